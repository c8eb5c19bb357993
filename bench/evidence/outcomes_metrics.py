"""Claim 1 of outcomes, of metrics: every figure of `kairos report` equals an oracle that works it out by hand, over random histories.

A history is a few people and their browsers. There are orders in several currencies, refunds, cancellations, and orders that several messages
report. Clocks are late or early, and events are sent twice. There are receipts of people and machines, revised outcomes and holdouts. Ids turn
out to be one person's, and browsers change hands. Histories are put together into shops, each reported once for every way to divide figures.
"""

import time
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from statistics import median

from bench.report import Claim, at_least, exactly, measured
from tests.kpi_oracle.compare import figures_of, reported, wrong_in
from tests.kpi_oracle.figures import NAMES
from tests.kpi_oracle.worlds import several

HISTORIES = 100_000
SHOP = 100
"""Histories of one shop."""
WAYS: tuple[tuple[str, ...], ...] = (("week", "campaign"), ("segment", "stage"), ("channel",))
"""The first shop is divided in the first way, the next in the second, and so on."""
WORKERS = 2


def check(histories: int = HISTORIES) -> list[Claim]:
    """Every history in one report, compared figure by figure."""
    found: Counter[str] = Counter()
    took: list[float] = []
    with ProcessPoolExecutor(WORKERS) as pool:
        for shop, seconds in pool.map(_reported, range(0, histories, SHOP)):
            found += shop
            took.append(seconds)
    above = sum(found[f"above {name}"] > 0 for name in NAMES)
    return [
        at_least("random histories", histories, "histories", HISTORIES),
        at_least("events in them", found["events"], "events", histories),
        at_least("outcomes in them, every revision", found["outcomes"], "records", histories),
        at_least("ids that turned out to be one person's", found["joined"], "ids", histories // 10),
        exactly("metrics with a figure above nothing", above, "metrics", len(NAMES)),
        at_least("figures compared", found["figures"], "figures", histories),
        exactly("figures on which report and oracle do not agree", found["wrong"], "figures", 0),
        measured("a report of all metrics over such a shop, median", median(took), "s"),
    ]


def _reported(first: int) -> tuple[Counter[str], float]:
    found: Counter[str] = Counter()
    made = several(range(first, first + SHOP))
    by = WAYS[first // SHOP % len(WAYS)]
    began = time.perf_counter()
    told = reported(made, by)
    seconds = time.perf_counter() - began
    wrong, people = wrong_in(made, told)
    found["events"] += len(made.arrivals)
    found["outcomes"] += len(made.outcomes)
    found["joined"] += len({each.key for each in made.arrivals}) - people
    figures = figures_of(told)
    found["figures"] += len(figures)
    found.update({f"above {key[0]}" for key, said in figures.items() if said.numerator})
    found["wrong"] += len(wrong)
    for line in wrong[:3]:
        print(f"   shop of histories {first} to {first + SHOP - 1}, by {', '.join(by)}: {line}", flush=True)
    return found, seconds
