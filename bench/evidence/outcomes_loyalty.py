"""Claim 5 of outcomes: the shop for ten simulated weeks, with the shipped loyalty campaign: its bandit against a fixed split, in money a customer.

The same customers live with the same dice once for each way to choose: the bandit as it ships, the same with `reward: value`, a split in equal parts,
and each variant for everybody. So money is compared customer by customer, with what each of them did otherwise. The truth of every decision is asked,
too: what it says is without luck. What points cost the shop, nobody has told it: they count as nothing.
"""

from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context

import numpy as np

from bench.intervals import of_mean
from bench.loyal_shop import BANDIT, BY_VALUE, SPLIT, Drawn, Life, book_of_loyalty, lived, variants_of
from bench.report import Claim, at_least, measured

CUSTOMERS = 3_000
WEEKS = 10
SEEDS = (5, 6)
WORKERS = 2
LATE_DAYS = 14
"""The last so many days, by which the bandit has learned."""


def check(customers: int = CUSTOMERS, seeds: Sequence[int] = SEEDS) -> list[Claim]:
    """Every shop once for each way to choose."""
    variants = variants_of(book_of_loyalty(SPLIT))
    ways = (BANDIT, BY_VALUE, SPLIT, *variants)
    lives: dict[tuple[int, str], Life] = {}
    with ProcessPoolExecutor(WORKERS, mp_context=get_context("spawn")) as pool:
        jobs = [(seed, way) for seed in seeds for way in ways]
        for job, life in zip(jobs, pool.map(partial(_lived, customers=customers), jobs), strict=True):
            lives[job] = life
            print(f"   shop {job[0]}, {job[1]}: {len(life.drawn):,} messages, learned {life.epochs} times", flush=True)
    found = [
        measured(f"shops of {customers:,} customers, {WEEKS} weeks, each lived {len(ways)} times", len(seeds), "shops"),
        measured("customers who got a message of the campaign", len(_met(lives, ways)), "customers"),
    ]
    for way in ways:
        low, mean, high = of_mean([lives[seed, way].money.get(user, 0.0) for seed, user in _met(lives, ways)])
        found.append(measured(f"{_named(way)}: money a customer ({low:.2f} to {high:.2f})", mean, "USD"))
    best = max(variants, key=lambda way: sum(lives[seed, way].money.get(user, 0.0) for seed, user in _met(lives, ways)))
    for one, other in ((BANDIT, SPLIT), (BY_VALUE, SPLIT), (best, SPLIT), (best, BANDIT)):
        low, mean, high = of_mean(_apart(lives, one, other, ways))
        found.append(measured(f"{_named(one)} less {_named(other)}, customer by customer: money a customer ({low:+.3f} to {high:+.3f})", mean, "USD"))
    return [*found, *_true(lives, variants), *_learned(lives, variants)]


def _lived(job: tuple[int, str], *, customers: int) -> Life:
    seed, way = job
    return lived(seed, way, customers=customers, days=7 * WEEKS)


def _named(way: str) -> str:
    return {BANDIT: "the bandit", BY_VALUE: "the bandit by value", SPLIT: "the fixed split"}.get(way, f"{way} for everybody")


def _met(lives: dict[tuple[int, str], Life], ways: Sequence[str]) -> list[tuple[int, str]]:
    """Shop and customer, of all who got a message in one of the lives at least: of the others nothing differs."""
    seeds = {seed for seed, _ in lives}
    return sorted({(seed, each.user) for seed in seeds for way in ways for each in lives[seed, way].drawn})


def _apart(lives: dict[tuple[int, str], Life], one: str, other: str, ways: Sequence[str]) -> list[float]:
    return [lives[seed, one].money.get(user, 0.0) - lives[seed, other].money.get(user, 0.0) for seed, user in _met(lives, ways)]


def _true(lives: dict[tuple[int, str], Life], variants: Sequence[str]) -> list[Claim]:
    """What each way is worth by the truth, a message."""
    found = []
    for way in (BANDIT, BY_VALUE, SPLIT):
        drawn = _drawn(lives, way)
        found.append(measured(f"by the truth, a message of {_named(way)}", float(np.mean([each.gains[each.variant] for each in drawn])), "USD"))
    split = _drawn(lives, SPLIT)
    for name in variants:
        found.append(
            measured(f"by the truth, the same messages with {name} for everybody", float(np.mean([each.gains[name] for each in split])), "USD")
        )
    oracle = float(np.mean([max(each.gains.values()) for each in split]))
    found.append(measured("by the truth, with the variant that is best for each, which nobody can know", oracle, "USD"))
    return found


def _learned(lives: dict[tuple[int, str], Life], variants: Sequence[str]) -> list[Claim]:
    """Whether the bandit has found what it looks for: that the goal is reached."""
    split = _drawn(lives, SPLIT)
    odds = {name: float(np.mean([each.odds[name] for each in split])) for name in variants}
    best = max(odds, key=lambda name: odds[name])
    late = [each for each in _drawn(lives, BANDIT) if each.day >= 7 * WEEKS - LATE_DAYS]
    share = float(np.mean([each.probability if each.variant == best else 1 - each.probability for each in late])) if late else 0.0
    of = f"by the truth, chance that the goal is reached with {' and '.join(f'{name} {odds[name]:.4f}' for name in variants)}"
    last = f"probability of {best}, the better one by this, in the bandit's last {LATE_DAYS} days"
    learned_by = [life.epochs for (_, way), life in lives.items() if way == BANDIT]
    return [
        measured(f"{of}: difference", max(odds.values()) - min(odds.values()), ""),
        at_least("epochs in which every bandit learned something", min(learned_by), "epochs", 1),
        measured(f"{last} (two variants; 0.5 is where it begins)", share, ""),
    ]


def _drawn(lives: dict[tuple[int, str], Life], way: str) -> list[Drawn]:
    return [each for (_, name), life in sorted(lives.items()) if name == way for each in life.drawn]
