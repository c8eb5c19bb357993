"""Claim 6 of models: the four stages of the funnel in the simulated shop, each with its goal, and what they are worth with and without.

The campaigns are those that ship, without a trained model: scores are their cold starts, and the bandit of loyalty has learned nothing. A goal is
compared customer by customer after her first message, with what she did at the same time in a life without messages.
"""

from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context

import numpy as np

from bench.funnel_shop import ALL, NOTHING, STAGES, START, WAYS, Life, Stage, lived
from bench.intervals import of_mean
from bench.report import Claim, at_least, measured
from simulation.closed_loop import DAY

CUSTOMERS, DAYS = 600, 56
SEEDS = (6, 7)
WORKERS = 2

Lives = dict[tuple[int, str], Life]


def check(customers: int = CUSTOMERS, seeds: Sequence[int] = SEEDS) -> list[Claim]:
    """Every shop once without messages, once with each stage, and once with all."""
    lives: Lives = {}
    jobs = [(seed, way) for seed in seeds for way in WAYS]
    with ProcessPoolExecutor(WORKERS, mp_context=get_context("spawn")) as pool:
        for job, life in zip(jobs, pool.map(partial(_lived, customers=customers), jobs), strict=True):
            lives[job] = life
            print(f"   shop {job[0]}, {job[1]}: {sum(life.messages.values()):,} messages", flush=True)
    found = [measured(f"shops of {customers:,} customers, {DAYS} days, each lived {len(WAYS)} times", len(seeds), "shops")]
    for stage in STAGES:
        found += [*_goal(lives, stage, seeds), *_worth(lives, stage.campaign, seeds)]
    found += _worth(lives, ALL, seeds)
    low, mean, _ = of_mean(_money(lives, ALL, seeds))
    found.append(at_least(f"all four against no message: low end of the interval ({mean:+.3f} USD a customer)", low, "USD a customer", 0))
    return found


def _lived(job: tuple[int, str], *, customers: int) -> Life:
    seed, way = job
    return lived(seed, way, customers=customers, days=DAYS)


def _goal(lives: Lives, stage: Stage, seeds: Sequence[int]) -> list[Claim]:
    """Customers whose first message has had its time, in the life with the stage and in the one without."""
    end = START + DAYS * DAY
    told = [
        (seed, person, at) for seed in seeds for person, at in lives[seed, stage.campaign].told[stage.campaign].items() if at + stage.within <= end
    ]
    if len(told) < 2:
        return [measured(f"{stage.campaign}: customers who got a message", len(told), "customers")]
    with_it = np.array([lives[seed, stage.campaign].reached(stage, person, at) for seed, person, at in told], float)
    without = np.array([lives[seed, NOTHING].reached(stage, person, at) for seed, person, at in told], float)
    low, mean, high = of_mean(100 * (with_it - without))
    goal = f"{stage.campaign}: {stage.goal} within {stage.within // DAY} d of the first message"
    return [
        measured(f"{stage.campaign}: customers who got a message", len(told), "customers"),
        measured(f"{goal}, without it", 100 * float(without.mean()), "%"),
        measured(f"{goal}, with it", 100 * float(with_it.mean()), "%"),
        measured(f"{goal}: difference, 95 % interval {low:+.2f} to {high:+.2f}", mean, "points"),
        at_least(f"{goal}: high end of the interval, so that it is not known to harm", high, "points", 0),
    ]


def _worth(lives: Lives, way: str, seeds: Sequence[int]) -> list[Claim]:
    """Money with and without, of everybody who got any message."""
    apart = _money(lives, way, seeds)
    messages = sum(sum(lives[seed, way].messages.values()) for seed in seeds)
    low, mean, high = of_mean(apart)
    title = f"{way}: {messages:,} messages to {len(apart):,} customers, money a customer more than without, 95 % interval {low:+.3f} to {high:+.3f}"
    return [measured(title, mean, "USD")]


def _money(lives: Lives, way: str, seeds: Sequence[int]) -> list[float]:
    """How much more each customer who got a message brought than in the life without any."""
    return [
        lives[seed, way].money.get(person, 0.0) - lives[seed, NOTHING].money.get(person, 0.0)
        for seed in seeds
        for person in sorted({person for told in lives[seed, way].told.values() for person in told})
    ]
