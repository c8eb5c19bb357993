"""Claim 2 of models: what was learned in five simulated days, against the truth that only this check knows.

A shop that starts with Kairos has a past: a month of events without any message, which fills the profiles and is never learned from.
Then its carts are answered at random for five days, and what was logged is learned from. The five days after are lived twice: at random
and by the score.
"""

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy

from bench.report import Claim, at_least, exactly, measured
from services.control.model_records import checked, put_in_front, record
from services.local.book import book_of
from services.local.job import LocalJob
from services.replay.records import Record
from simulation.closed_loop import DAY, Course, Evaluated, auc, best_auc, live
from simulation.segment_spec import encoded
from simulation.world import World
from training.history import from_file
from training.inputs import Floats, matrix
from training.results import keep
from training.run import Learned, Task, learn
from training.store import Store
from udfs.codecs.encode import encode as written
from udfs.codecs.topics import Topics
from udfs.core.campaigns.book import Book, Entry
from udfs.core.campaigns.compile_book import compile_book
from udfs.core.features.model_inputs import encode

START = 1_764_547_200_000
CUSTOMERS = 4_000
PAST = 30
DAYS = 5
WITHIN = DAY
SEEDS = (211, 212, 213)
CAMPAIGN = "cart"
RULE = {
    "trigger": {"idle": "1h", "of": "cart", "unless": ["order_completed", "cart_cleared"]},
    "when": "cart.value > 30",
    "entry": {"again": "1d"},
}
WORDS = {"channel": "email", "content": {"subject": "Your cart", "body": "It waits."}}
DISCOUNT = 15
SUREST = 0.25
"""The share of carts without a discount, those most likely to be bought anyway. It was fixed in advance, with the truth of other shops."""


class Silent:
    """Ignores the progress of a training."""

    def prepared(self, *_: Any) -> None:
        """Ignore it."""

    def evaluated(self, *_: Any) -> None:
        """Ignore it."""


@dataclass(frozen=True, kw_only=True)
class Worth:
    """The true value of one message."""

    person: str
    percent: float
    gain: float


@dataclass(frozen=True, kw_only=True)
class Shop:
    """One shop: how well its model ranks, and the same five days twice."""

    seed: int
    rows: int
    """Decisions that the model was fitted on."""
    model: float
    best: float
    at_random: Sequence[Worth]
    by_score: Sequence[Worth]


def check() -> list[Claim]:
    """Three shops, each simulated in its own process."""
    shops = []
    with ProcessPoolExecutor(len(SEEDS), mp_context=get_context("spawn")) as pool:
        for shop in pool.map(lived, SEEDS):
            worth = f"worth of a decision in truth: {mean(shop.at_random):.2f} at random, {mean(shop.by_score):.2f} by score"
            print(f"   shop {shop.seed}: AUC {shop.model:.3f} of {shop.best:.3f} at best, from {shop.rows:,} decisions; {worth}", flush=True)
            shops.append(shop)
    at_random = [each for shop in shops for each in shop.at_random]
    by_score = [each for shop in shops for each in shop.by_score]
    low, high = interval(shops)
    return [
        measured(f"shops of {CUSTOMERS:,} customers: {PAST} days of past, {DAYS} of learning, {DAYS} by which it is evaluated", len(shops), "shops"),
        measured("decisions that a model was fitted on, mean", round(numpy.mean([shop.rows for shop in shops])), "decisions"),
        measured("AUC of the trained model on the days after, mean", float(numpy.mean([shop.model for shop in shops])), ""),
        measured("AUC of the truth itself, which no model can beat but by luck, mean", float(numpy.mean([shop.best for shop in shops])), ""),
        at_least("of what the truth knows beyond chance, the models have learned, mean", _learned_share(shops), "", 0.5),
        measured("worth of a decision at random, by the truth", mean(at_random), "USD"),
        measured("the same, of those who got the reminder", mean(_only(at_random, percent=0)), "USD"),
        measured("the same, of those who got the discount", mean(_only(at_random, percent=DISCOUNT)), "USD"),
        measured("worth of a decision by score, by the truth", mean(by_score), "USD"),
        at_least(f"by score less at random, paired by customer, lower end of its 95 % interval (upper {high:.2f})", low, "USD", 0.0),
        exactly("shops in which deciding by score was no better", sum(mean(shop.by_score) <= mean(shop.at_random) for shop in shops), "shops", 0),
    ]


def lived(seed: int) -> Shop:
    """Simulate one shop, from its past to the end."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        history = folder / "events.jsonl"
        world, profiles = _past(seed, history)
        job = _job(_book(None), profiles)
        with history.open("ab") as file:
            learning = live(world, job, days=DAYS, within=WITHIN, record=lambda each: _note(file.write, each))
        _log(learning, folder / "decisions.jsonl")
        at_random = live(world, job, days=DAYS, within=WITHIN)
        learned = learn(_task(folder), Silent())
        threshold = float(numpy.quantile(learned.fitted.scores(matrix(learned.chosen.inputs, learned.data.rows)), 1 - SUREST))
        by_score = _by_score(seed, profiles, _published(learned, folder, threshold))
    ripe = at_random.ripe()
    scores = learned.fitted.scores(_matrix(learned, [each.decision.features for each in ripe]))
    return Shop(
        seed=seed,
        rows=len(learned.parts.train),
        model=auc(list(map(float, scores)), [at_random.bought(each) for each in ripe]),
        best=best_auc(at_random),
        at_random=_worth(at_random.evaluated),
        by_score=_worth(by_score.evaluated),
    )


def mean(found: Sequence[Worth]) -> float:
    """The true figures of one message."""
    return sum(each.gain for each in found) / len(found)


def interval(shops: Iterable[Shop], *, rounds: int = 2_000) -> tuple[float, float]:
    """Bootstrap of the difference in mean worth: whoever is drawn is drawn with what happened to her in both lives."""
    people: dict[tuple[int, str], list[float]] = defaultdict(lambda: [0.0] * 4)
    for shop in shops:
        for place, found in ((0, shop.at_random), (2, shop.by_score)):
            for each in found:
                people[shop.seed, each.person][place] += each.gain
                people[shop.seed, each.person][place + 1] += 1
    table, chance = numpy.array(list(people.values())), numpy.random.default_rng(1)
    drawn = [table[chance.integers(len(table), size=len(table))].sum(axis=0) for _ in range(rounds)]
    low, high = numpy.quantile([by_score / scored - at_random / number for at_random, number, by_score, scored in drawn], (0.025, 0.975))
    return float(low), float(high)


def _past(seed: int, history: Path) -> tuple[World, Mapping[str, bytes]]:
    """A month of the shop without messages, and its customers' profiles after Kairos has read it."""
    world, job = _world(seed), LocalJob(_features(), links_ids=False)
    with history.open("wb") as file:
        for posted in world.until(START + PAST * DAY):
            event = Record(posted.at, posted.key.encode(), encoded(posted))
            job.take(event)
            _note(file.write, event)
    return world, dict(job.profiles)


def _by_score(seed: int, profiles: Mapping[str, bytes], book: Book) -> Course:
    """The same shop again, until five days are over; from then on the score decides."""
    world, job = _world(seed), _job(_book(None), profiles)
    for _ in world.until(START + PAST * DAY):
        pass
    live(world, job, days=DAYS, within=WITHIN)
    job.engine.book, job.engine.scorer = book, LocalJob(book).engine.scorer
    return live(world, job, days=DAYS, within=WITHIN)


def _world(seed: int) -> World:
    return World(seed=seed, start=START, customers=CUSTOMERS)


def _job(book: Book, profiles: Mapping[str, bytes]) -> LocalJob:
    job = LocalJob(book, links_ids=False)
    job.profiles = dict(profiles)
    return job


def _note(write: Any, event: Record) -> None:
    write(event.value + b"\n")


def _log(course: Course, path: Path) -> None:
    """The decisions as on their topic."""
    lines = [written(each.decision, decided_at=each.decision.at, topics=Topics())[2] for each in course.evaluated]
    path.write_bytes(b"\n".join(lines) + b"\n")


def _task(folder: Path) -> Task:
    return Task(
        source=from_file(folder / "events.jsonl", "jsonl"),
        decisions=folder / "decisions.jsonl",
        book=_book(None),
        campaign=CAMPAIGN,
        goal="order_completed",
        within=WITHIN,
        test_share=0.15,
        checked=10,
        anonymous=True,
    )


def _features() -> Book:
    return compile_book([entry for entry in book_of().entries.values() if entry.key == "features"])


def _book(threshold: float | None) -> Book:
    """Random: half get a discount, half a reminder. By score: the most likely buyers get the reminder, all others the discount."""
    offers: dict[str, Any]
    if threshold is None:
        offers = {"discount": {**WORDS, "offer": {"percent": DISCOUNT}}, "reminder": {**WORDS, "offer": {"percent": 0}}}
    else:
        offers = {"scored": {**WORDS, "offer": {"percent": f"{DISCOUNT} if score < {threshold:.6f} else 0"}}}
    document = {"campaign": CAMPAIGN, **RULE, "variants": offers, "score": {"model": "propensity", "cold_start": 1.0}}
    value = {"kind": "campaign", "name": CAMPAIGN, "version": "by-score" if threshold is not None else "by-chance", "document": document}
    return compile_book([*_features().entries.values(), Entry(f"campaign/{CAMPAIGN}", 10, json.dumps(value).encode())])


def _published(learned: Learned, folder: Path, threshold: float) -> Book:
    manifest, _ = keep(learned, _task(folder), name="propensity", store=Store(str(folder / "models")), out=folder / "out", at=START)
    return checked(_book(threshold), [record(put_in_front(manifest.document(), None), at=0)])


def _matrix(learned: Learned, vectors: Sequence[Mapping[str, Any]]) -> Floats:
    return numpy.array([encode(learned.chosen.inputs, vector) for vector in vectors], dtype=numpy.float32)


def _worth(evaluated: Iterable[Evaluated]) -> list[Worth]:
    return [Worth(person=each.person, percent=each.percent, gain=each.gain) for each in evaluated if each.channel is not None]


def _only(found: Iterable[Worth], *, percent: float) -> list[Worth]:
    return [each for each in found if each.percent == percent]


def _learned_share(shops: Sequence[Shop]) -> float:
    return float(numpy.mean([(shop.model - 0.5) / (shop.best - 0.5) for shop in shops]))
