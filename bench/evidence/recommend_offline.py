"""Section 1 of recommend: what finds the next item, on the baskets of Online Retail and on the visits of the simulated shop.

Each strategy alone, the two stages over all of them, what the job makes of the exported file by the job's own function, and what its ranker gains
over the order of its sums. All on the same held-out cases, with 95 % intervals over people.
"""

import csv
import gzip
import itertools
import tempfile
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import numpy as np

from bench.public_data import RETAIL
from bench.report import Claim, exactly, measured
from bench.shop_tastes import STAYS, Insider
from simulation.catalogue import outdoor_shop
from simulation.segment_spec import segment_spec
from simulation.shop import Shop
from training.history import from_file
from training.recommend import catalogue as catalogues
from training.recommend.cases import Cases
from training.recommend.catalogue import Catalogue
from training.recommend.deployed import as_kept, lists
from training.recommend.evaluate import MAX_CASES, Evaluation, batches, chosen_by, evaluate
from training.recommend.exporting import published
from training.recommend.interactions import Interactions, interactions
from training.recommend.measures import CUT, OF_RANKS, Gain, Tally, gain
from training.recommend.publishable import compare, learned
from training.recommend.split import Parts, split
from training.recommend.strategies.all import strategies
from training.recommend.strategies.strategy import Given
from training.recommend.strategies.strategy import Strategy as Learner
from udfs.core.recommend.strategy import Strategy
from udfs.recommend.packed import PackedRecommender, pack

LINES = 60_000
"""Of Online Retail: December 2010 and January 2011."""
PEOPLE, EVENTS = 2_000, 40
"""Of the shop, and its events for each of them."""
START, RATE = 1_767_571_200_000, 0.1
"""Monday, 5 January 2026, and events in a second: about ten days."""
MAX_ENGINE = 4_000
COMPARED = 500
SEED = 0
SINGLE, BY = "item-to-item", "NDCG@10"
SHOWN = ("NDCG@10", "HR@10", "HR@20", "coverage@20", "popularity_bias@20")


class Run(NamedTuple):
    """One dataset, evaluated."""

    name: str
    read: Interactions
    parts: Parts
    made: Mapping[str, Learner]
    known: Catalogue
    found: Evaluation


def check(lines: int = LINES) -> list[Claim]:
    """`lines` of Online Retail, and as many customers of the shop as there are thirty of."""
    with tempfile.TemporaryDirectory() as told:
        folder = Path(told)
        _retail(folder, lines)
        (folder / "shop.jsonl").write_bytes(b"".join(_shop(min(PEOPLE, lines // 30))))
        (folder / "outdoor.jsonl").write_bytes(b"".join(msgspec.json.encode(row) + b"\n" for row in outdoor_shop().feed()))
        retail = _run("Online Retail", folder / "retail.csv", "online-retail", ("order_completed",), folder / "articles.jsonl")
        shop = _run("the shop", folder / "shop.jsonl", "jsonl", ("product_viewed", "order_completed"), folder / "outdoor.jsonl")
        return [claim for run in (retail, shop) for claim in (*_strategies(run), *_truth(run), *_engine(run), *_ranker(run, folder))]


def _retail(folder: Path, lines: int) -> None:
    """The first lines, and what each article is called in them, as a feed."""
    names: dict[str, str] = {}
    with gzip.open(RETAIL, "rt", encoding="utf-8", newline="") as file, (folder / "retail.csv").open("w", encoding="utf-8", newline="") as out:
        for line in itertools.islice(file, lines):
            out.write(line)
            code, name = next(csv.reader([line]))[1:3]
            if name.strip():
                names[code.strip()] = name.strip()
    with (folder / "articles.jsonl").open("wb") as feed:
        for code, name in names.items():
            feed.write(msgspec.json.encode({"id": code, "name": name}) + b"\n")


def _shop(people: int) -> Iterator[bytes]:
    shop = Shop(seed=SEED, start=START, rate=RATE, customers=people)
    for posted in itertools.islice(shop, people * EVENTS):
        yield msgspec.json.encode(segment_spec(posted)) + b"\n"


def _run(name: str, path: Path, kind: str, events: tuple[str, ...], feed: Path) -> Run:
    read = interactions(from_file(path, kind), events)
    known = catalogues.read(feed, read.items)
    parts = split(read.sequences, "leave-one-out")
    made = strategies(Given(tokens=known.tokens))
    return Run(name, read, parts, made, known, evaluate(parts, made, by=chosen_by("leave-one-out"), seed=SEED))


def _strategies(run: Run) -> Iterator[Claim]:
    """The figures and the times of each, and what the two stages gain over it."""
    name, found = run.name, run.found
    yield measured(f"{name}: items", len(run.read.items), "items")
    yield measured(f"{name}: cases", found.cases, "cases")
    stages = found.two_stages
    for title, figures in [*found.strategies.items(), *([("two stages", stages)] if stages is not None else [])]:
        yield from _measures(f"{name}, {title}", figures.measures)
        yield measured(f"{name}, {title}: to choose settings and to learn", figures.seconds, "s")
    if stages is None or found.verdict is None:
        yield _worded(f"{name}: two stages", "none: there was too little to learn from")
        return
    people = run.parts.test.sample(MAX_CASES, seed=SEED).people
    for title, figures in found.strategies.items():
        yield _gain(f"{name}: two stages against {title}", gain(stages.ranks, figures.ranks, people, BY, seed=SEED))
    outcome = "are better" if found.verdict.beats else "are NOT better beyond chance"
    yield _worded(f"{name}: against {found.verdict.best}, the best alone, two stages", outcome)


def _truth(run: Run) -> Iterator[Claim]:
    """In the shop: what somebody would find who knows each customer's tastes and purse. One unknown is chosen in their favour, on the same cases."""
    if not run.name.endswith("shop") or run.found.two_stages is None:
        return
    insider, test = Insider(run.read.people, run.read.items, seed=SEED), run.parts.test.sample(MAX_CASES, seed=SEED)
    reached: list[Tally] = []
    for stays in STAYS:
        tally = Tally(run.parts.full.popularity)
        for batch in batches(test):
            tally.add(insider.lists(batch.histories(), batch.people.tolist(), CUT, stays=stays), batch.target)
        reached.append(tally)
    best = max(reached, key=lambda tally: float(OF_RANKS[BY](tally.ranks).mean()))
    yield from _measures(f"{run.name}, whoever knows tastes and purses", best.figures())
    yield _gain(f"{run.name}: two stages against whoever knows them", gain(run.found.two_stages.ranks, best.ranks, test.people, BY, seed=SEED))


def _engine(run: Run) -> Iterator[Claim]:
    """What the job shows: its function on the exported file, against popularity and item-to-item on the same cases."""
    together: Any = run.found.fitted[SINGLE]
    ids: Any = run.read.items
    file = learned(run.parts.full, ids, together, alike=None, known=None, trending=None, weights={"together": 1.0}, facts={})
    recommender = PackedRecommender(pack(file), "")
    cases = run.parts.test.sample(MAX_ENGINE, seed=SEED)
    ours, theirs = Tally(run.parts.full.popularity), {name: Tally(run.parts.full.popularity) for name in ("popularity", SINGLE)}
    for batch in batches(cases):
        histories = batch.histories()
        ours.add(lists(recommender, Strategy(), as_kept(histories), CUT), batch.target)
        for other, tally in theirs.items():
            tally.add(run.found.fitted[other].scores(histories).top(CUT, histories.seen), batch.target)
    yield exactly(f"{run.name}: lists that differ from the evaluation's, item by item", _differing(recommender, together, cases), "lists", 0)
    yield from _measures(f"{run.name}, the job without content and ranker", ours.figures())
    for other, tally in theirs.items():
        yield _gain(f"{run.name}: the job against {other}", gain(ours.ranks, tally.ranks, cases.people, BY, seed=SEED))


def _differing(recommender: PackedRecommender, together: Any, cases: Cases) -> int:
    asked = cases.take(np.arange(min(len(cases), COMPARED))).histories()
    return len(asked) - compare(recommender, together, asked)  # raises where one differs


def _ranker(run: Run, folder: Path) -> Iterator[Claim]:
    """What `--export` writes, with all sources: its ranker against the order of the sums, on the held-out half that did not decide about it."""
    began = time.perf_counter()
    export = published(folder / "recommender.krec", run.read, run.parts, run.made, run.known, run.found, segments_file=None, by=BY, seed=SEED)
    yield measured(f"{run.name}: the export for the job, weights and ranker chosen, learned and compared", time.perf_counter() - began, "s")
    yield _worded(f"{run.name}: weights", ", ".join(f"{source} {weight:g}" for source, weight in export.weights.items()))
    trial = export.trial
    if trial is None:
        yield _worded(f"{run.name}: ranker of the job", "none: there was too little to learn from")
        return
    yield from _measures(f"{run.name}, the job in the order of its sums", trial.alone)
    yield from _measures(f"{run.name}, the job with its ranker", trial.ranked)
    yield _gain(f"{run.name}: the ranker against the order of the sums", trial.gain)
    yield _worded(f"{run.name}: the ranker is", "kept" if trial.is_kept else "left out, since it is not better beyond chance")


def _measures(what: str, figures: Mapping[str, float | None]) -> Iterator[Claim]:
    yield from (measured(f"{what}: {name}", value, "") for name in SHOWN if (value := figures[name]) is not None)


def _gain(what: str, found: Gain) -> Claim:
    return _worded(f"{what}, {BY}", f"{found.gain:+.4f} [{found.low:+.4f}, {found.high:+.4f}]")


def _worded(claim: str, figure: str) -> Claim:
    return Claim(claim=claim, figure=figure, unit="", goal="", holds=True)
