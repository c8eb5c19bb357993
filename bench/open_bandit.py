"""The Open Bandit data (https://arxiv.org/abs/2008.07146) as logs: a shop showed the same items by two policies at once, with known probabilities.

So what is estimated from the log of one policy about the other can be compared with what the other one really earned.
"""

import csv
from collections.abc import Mapping

import numpy as np

from bench.public_data import DATA
from services.documents import yaml12
from training.ope.log import Choice, Floats, Log, log_of

FOLDER = DATA / "obd_small"
CAMPAIGNS = ("men", "women")
RANDOM, THOMPSON = "random", "bts"
POSITIONS = 3
"""Items are shown three at a time; each place is a context."""
DRAWS = 100_000


def read_log(policy: str, campaign: str) -> Log:
    """What one policy showed, and what was clicked."""
    with (FOLDER / policy / campaign / f"{campaign}.csv").open(newline="") as file:
        return log_of([_choice(row) for row in csv.DictReader(file)])


def _choice(row: Mapping[str, str]) -> Choice:
    return Choice(
        arm=_item(int(row["item_id"])), reward=float(row["click"]), probability=float(row["propensity_score"]), context=f"place {row['position']}"
    )


def _item(number: int) -> str:
    return f"item-{number:02d}"


def uniform(log: Log) -> Floats:
    """The probabilities of the random policy."""
    return np.full((len(log), len(log.arms)), 1 / len(log.arms))


def thompson(log: Log, campaign: str, *, seed: int = 0) -> Floats:
    """The probabilities of the other policy: Thompson sampling with the posteriors that it had, published with the data, ranks the items."""
    told = yaml12.read(FOLDER / "prior_bts.yaml").value[campaign]
    dice = np.random.default_rng(seed)
    shown = np.zeros((POSITIONS, len(log.arms)))
    column = {arm: place for place, arm in enumerate(log.arms)}
    columns = [column[_item(number)] for number in range(len(told["alpha"]))]
    for _ in range(10):
        drawn = dice.beta(told["alpha"], told["beta"], (DRAWS // 10, len(columns)))
        ranked = np.argsort(-drawn, axis=1)[:, :POSITIONS]
        for place in range(POSITIONS):
            shown[place, columns] += np.bincount(ranked[:, place], minlength=len(columns)) / DRAWS
    places: Floats = shown[[int(name.split()[1]) - 1 for name in log.contexts]]
    return places[log.context]
