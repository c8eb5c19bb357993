"""Claim 3 of models, in the shop: what a campaign that chooses by uplift is truly worth, against whoever knows the truth.

The campaign draws for some weeks in several shops; what it logged is learned from by `training.uplift`, and the model is published. In other shops
it then decides, and the truth says what each decision was worth. Two know more than any model can learn from a log: one was taught the true
worth of each message itself, and decides by the same features; the other knows each customer's character, which no event tells.
"""

from collections import defaultdict
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from sklearn.ensemble import HistGradientBoostingRegressor

from bench.intervals import of_mean
from bench.report import Claim, at_least, exactly, measured
from bench.uplift_shop import CAMPAIGN, CHANNEL, MODEL, PERCENTS, START, Drawn, book, lived, log
from simulation.closed_loop import COSTS
from training.inputs import Floats
from training.store import Store
from training.uplift.learn import Learned, answers, learn
from training.uplift.learners.all import DEFAULT
from training.uplift.logged import Logged, read
from training.uplift.results import keep
from training.uplift.table import Numbers
from udfs.core.features.model_inputs import encode

SHOPS, OTHERS = range(300, 320), range(400, 404)
"""Seeds of the shops that are learned from, and of those it decides in."""
CUSTOMERS, PAST, DAYS = 1_500, 15, 25
WORKERS = 2
TEST = 0.1
"""The share of the log that the model's card is about, and that it does not learn from."""
EXPLORE = 0.02
VARIANTS = tuple(sorted(PERCENTS))
SHARE = 0.9
TAUGHT = {"max_iter": 200, "learning_rate": 0.05, "max_leaf_nodes": 15, "min_samples_leaf": 50, "random_state": 0}


def check(customers: int = CUSTOMERS) -> list[Claim]:
    """Learn, publish, decide, compare with the truth."""
    with TemporaryDirectory() as name, ProcessPoolExecutor(WORKERS, mp_context=get_context("spawn")) as pool:
        live = partial(lived, customers=customers, past=PAST, days=DAYS)
        drawn = list(pool.map(partial(live, explore=1.0), SHOPS))
        log(drawn, Path(name) / "log.jsonl")
        logged = read([Path(name) / "log.jsonl"], CAMPAIGN, book(1.0).features, reward="value")
        print(f"   {len(logged.table):,} decisions to learn from", flush=True)
        learned, model = _learned(logged, Path(name))
        known = [each for days in drawn for each in days.drawn]
        asked = [each for days in pool.map(partial(live, explore=1.0), OTHERS) for each in days.drawn]
        acted = [each for days in pool.map(partial(live, explore=EXPLORE, model=model), OTHERS) for each in days.drawn]
    return [
        measured(f"decisions drawn in {len(SHOPS)} shops", len(logged.table), "decisions"),
        measured("of these, followed by an order within a day", 100 * float((logged.table.y != 0).mean()), "%"),
        *_compared("decisions drawn in other shops", asked, _by_model(logged, learned, asked), _taught(logged, known, asked), goal=SHARE),
        *_compared("decisions of the model in other shops", acted, np.array([each.gain for each in acted]), _taught(logged, known, acted), goal=None),
        exactly("decisions of the model, without its answer", sum(not each.is_scored for each in acted), "decisions", 0),
    ]


def _compared(what: str, found: Sequence[Drawn], ours: Numbers, taught: Numbers, *, goal: float | None) -> list[Claim]:
    """What the choices of the model are worth, against those of others, and of whoever knows more."""
    gains = _gains(found)
    knowing, everybody = np.maximum(gains.max(axis=1), 0.0), gains[:, int(gains.mean(axis=0).argmax())]
    low, mean, _ = of_mean(_by_person(found, ours - everybody))
    share = float(ours.mean() / taught.mean())
    of_features = f"{what}: by uplift, of what the same features can tell"
    return [
        measured(what, len(found), "decisions"),
        *(measured(f"{what}: {name} to everybody", float(gains[:, place].mean()), "USD each") for place, name in enumerate(VARIANTS)),
        measured(f"{what}: by uplift", float(ours.mean()), "USD each"),
        measured(f"{what}: by the same features, taught by the truth", float(taught.mean()), "USD each"),
        measured(f"{what}: by whoever knows each customer's character", float(knowing.mean()), "USD each"),
        at_least(f"{what}: by uplift less the better message to everybody ({mean:+.2f} USD for each person), low end", low, "USD", 0.0),
        measured(of_features, share, "") if goal is None else at_least(of_features, share, "", goal),
        measured(f"{what}: by uplift, of whoever knows each customer's character", float(ours.mean() / knowing.mean()), ""),
    ]


def _gains(found: Sequence[Drawn]) -> Numbers:
    return np.array([[each.gains[name] for name in VARIANTS] for each in found])


def _by_model(logged: Logged, learned: Learned, found: Sequence[Drawn]) -> Numbers:
    """What the choices of the exported model are worth, by the rule of `choose: uplift`."""
    x = _matrix(logged, found)
    uplift = answers(learned.exported, x) * x[:, [_cart_value(logged)]]
    return _worth(uplift - [COSTS[CHANNEL]] * len(VARIANTS), found)


def _worth(net: Numbers, found: Sequence[Drawn]) -> Numbers:
    """Of each decision that sends what brings most, or nothing where nothing brings anything."""
    return np.where(net.max(axis=1) > 0, _gains(found)[np.arange(len(found)), net.argmax(axis=1)], 0.0)


def _cart_value(logged: Logged) -> int:
    return [each.feature for each in logged.chosen.inputs].index("cart_value")


def _learned(logged: Logged, folder: Path) -> tuple[Learned, dict[str, Any]]:
    """As `python -m training uplift` does it; the model's document."""
    made = learn(logged.table, [DEFAULT], test_share=TEST, costs=[0.0] * len(logged.table.names), worth=1.0, seed=0)
    features = book(1.0).features.version
    store = Store(str(folder / "models"))
    manifest, _ = keep(logged, made, name=MODEL, campaign=CAMPAIGN, reward="value", features=features, store=store, out=folder / "out", at=START)
    return made, manifest.document()


def _taught(logged: Logged, drawn: Sequence[Drawn], found: Sequence[Drawn]) -> Numbers:
    """What decisions are worth whose rule was fitted to the true worth of each message in the shops that were learned from, by the same features.
    Like the model it is fitted to shares of the cart's value."""
    known, asked = _matrix(logged, drawn), _matrix(logged, found)
    truth = _gains(drawn) / np.maximum(known[:, [_cart_value(logged)]], 1.0)
    told = np.column_stack([HistGradientBoostingRegressor(**TAUGHT).fit(known, truth[:, arm]).predict(asked) for arm in range(len(VARIANTS))])
    return _worth(told, found)


def _matrix(logged: Logged, drawn: Sequence[Drawn]) -> Floats:
    return np.array([encode(logged.chosen.inputs, each.features) for each in drawn], dtype=np.float32)


def _by_person(found: Sequence[Drawn], figures: Numbers) -> list[float]:
    """The sum of each person."""
    sums: defaultdict[str, float] = defaultdict(float)
    for each, figure in zip(found, figures, strict=True):
        sums[each.person] += float(figure)
    return list(sums.values())
