"""Section 1 of recommend: what finds the next item, on the baskets of Online Retail and on the visits of the simulated shop.

Each strategy alone, the two stages, and what the job makes of the exported file, by the job's own function, on the same held-out cases.
"""

import gzip
import itertools
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import msgspec
import numpy as np

from bench.public_data import RETAIL
from bench.report import Claim, exactly, measured
from simulation.segment_spec import segment_spec
from simulation.shop import Shop
from training.history import from_file
from training.recommend.cases import Cases
from training.recommend.deployed import as_kept, lists
from training.recommend.evaluate import Evaluation, batches, chosen_by, evaluate
from training.recommend.interactions import interactions
from training.recommend.measures import CUT, OF_RANKS, Tally, gain
from training.recommend.publishable import compare, learned
from training.recommend.split import Parts, split
from training.recommend.strategies.all import strategies
from training.recommend.strategies.strategy import Given
from udfs.core.recommend.strategy import Strategy
from udfs.recommend.packed import PackedRecommender, pack

LINES = 60_000
"""Of Online Retail: December 2010 and January 2011."""
PEOPLE, EVENTS = 2_000, 40
"""Of the shop, and its events for each of them."""
START, RATE = 1_767_571_200_000, 0.1
"""Monday, 5 January 2026, and events in a second: about ten days."""
MAX_CASES = 4_000
COMPARED = 500
SEED = 0
SINGLE = "item-to-item"


def check(lines: int = LINES) -> list[Claim]:
    """`lines` of Online Retail, and as many customers of the shop as there are thirty of."""
    with tempfile.TemporaryDirectory() as folder:
        months, visits = Path(folder) / "months.csv", Path(folder) / "shop.jsonl"
        with gzip.open(RETAIL, "rt", encoding="utf-8") as file:
            months.write_text("".join(itertools.islice(file, lines)), encoding="utf-8")
        visits.write_bytes(b"".join(_shop(min(PEOPLE, lines // 30))))
        return [
            *_of("Online Retail", months, "online-retail", ("order_completed",)),
            *_of("the shop", visits, "jsonl", ("product_viewed", "order_completed")),
        ]


def _shop(people: int) -> Iterator[bytes]:
    shop = Shop(seed=SEED, start=START, rate=RATE, customers=people)
    for posted in itertools.islice(shop, people * EVENTS):
        yield msgspec.json.encode(segment_spec(posted)) + b"\n"


def _of(name: str, path: Path, kind: str, events: tuple[str, ...]) -> Iterator[Claim]:
    read = interactions(from_file(path, kind), events)
    parts = split(read.sequences, "leave-one-out")
    began = time.perf_counter()
    made = strategies(Given())
    found = evaluate(parts, made, by=chosen_by("leave-one-out"), seed=SEED)
    yield measured(f"{name}: items", len(read.items), "items")
    yield measured(f"{name}: all strategies and two stages, settings chosen, learned and evaluated", time.perf_counter() - began, "s")
    for title, figures in found.strategies.items():
        yield measured(f"{name}: NDCG@10 of {title}", figures.measures["NDCG@10"] or 0.0, "")
    yield from _stages(name, found)
    yield from _engine(name, found, parts, read.items)


def _stages(name: str, found: Evaluation) -> Iterator[Claim]:
    if found.two_stages is None or found.verdict is None:
        yield measured(f"{name}: two stages, which had too little to learn from", 0, "")
        return
    yield measured(f"{name}: NDCG@10 of two stages", found.two_stages.measures["NDCG@10"] or 0.0, "")
    better = found.verdict.gains["NDCG@10"]
    yield measured(f"{name}: two stages against {found.verdict.best}, the best alone, NDCG@10", better.gain, "")
    yield measured(f"{name}: the same, lower end of the 95 % interval", better.low, "")
    yield measured(f"{name}: the same, upper end", better.high, "")


def _engine(name: str, found: Evaluation, parts: Parts, items: object) -> Iterator[Claim]:
    """What the job shows: its function on the exported file, against popularity and item-to-item on the same cases."""
    together = found.fitted[SINGLE]
    file = learned(
        parts.full,
        items,  # type: ignore[arg-type]  # ids in order
        together,  # type: ignore[arg-type]  # by neighbours
        alike=None,
        known=None,
        trending=None,
        weights={"together": 1.0},
        facts={},
    )
    recommender = PackedRecommender(pack(file), "")
    cases = parts.test.take(np.sort(np.random.default_rng(SEED).permutation(len(parts.test))[:MAX_CASES]))
    ours, theirs = _ranks(recommender, parts, cases), _alone(found, parts, cases)
    yield exactly(f"{name}: lists that differ from the evaluation's, item by item", _differing(recommender, found, cases), "lists", 0)
    yield measured(f"{name}: NDCG@10 of what the job shows", float(OF_RANKS["NDCG@10"](ours).mean()), "")
    for other, ranks in theirs.items():
        better = gain(ours, ranks, cases.people, "NDCG@10", seed=SEED)
        claim = f"{name}: the job against {other}, NDCG@10 {better.gain:+.4f}"
        yield measured(f"{claim}, lower end of the 95 % interval", better.low, "")
        yield measured(f"{claim}, upper end", better.high, "")


def _ranks(recommender: PackedRecommender, parts: Parts, cases: Cases) -> "np.ndarray[tuple[int], np.dtype[np.int64]]":
    tally = Tally(parts.full.popularity)
    for batch in batches(cases):
        tally.add(lists(recommender, Strategy(), as_kept(batch.histories()), CUT), batch.target)
    return tally.ranks


def _alone(found: Evaluation, parts: Parts, cases: Cases) -> "dict[str, np.ndarray[tuple[int], np.dtype[np.int64]]]":
    tallies = {name: Tally(parts.full.popularity) for name in ("popularity", SINGLE)}
    for batch in batches(cases):
        histories = batch.histories()
        for name, tally in tallies.items():
            tally.add(found.fitted[name].scores(histories).top(CUT, histories.seen), batch.target)
    return {name: tally.ranks for name, tally in tallies.items()}


def _differing(recommender: PackedRecommender, found: Evaluation, cases: Cases) -> int:
    asked = cases.take(np.arange(min(len(cases), COMPARED))).histories()
    return len(asked) - compare(recommender, found.fitted[SINGLE], asked)  # type: ignore[arg-type]  # by neighbours; raises where one differs
