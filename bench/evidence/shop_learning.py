"""Claim 2 of models: what was learned in five simulated days, against the truth that only this check knows."""

import json
import random
import tempfile
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from statistics import median
from typing import Any

import numpy

from bench.evidence.report import Claim, at_least, exactly, measured
from services.local.book import book_of
from services.local.job import LocalJob
from services.models.records import checked, put_in_front, record
from services.replay.records import Record
from simulation.closed_loop import DAY, Course, Judged, auc, best_auc, live
from simulation.world import World
from training.history import from_file
from training.inputs import matrix
from training.results import keep
from training.run import Learned, Task, learn
from training.store import Store
from udfs.core.book import Book, Entry
from udfs.core.model_inputs import encode

START = 1_764_547_200_000
CUSTOMERS = 8_000
DAYS = 5
WITHIN = DAY
SEEDS = (101, 102, 103)
CAMPAIGN = "cart"
RULE = {
    "trigger": {"idle": "1h", "of": "cart", "unless": ["order_completed", "cart_cleared"]},
    "when": "cart.value > 30",
    "entry": {"once_per": "cart.id"},
}
WORDS = {"channel": "email", "content": {"subject": "Your cart", "body": "It waits."}}
DISCOUNT = 15


class Silent:
    """Nobody watches this training."""

    def prepared(self, *_: Any) -> None:
        """Nothing to show."""

    def evaluated(self, *_: Any) -> None:
        """Nothing to show."""


def check() -> list[Claim]:
    """Three shops, each lived through twice: five days at random, then five more at random or by the score."""
    measures: list[tuple[float, float]] = []
    at_random: list[Judged] = []
    by_score: list[Judged] = []
    lower = 0
    for seed in SEEDS:
        with tempfile.TemporaryDirectory() as folder:
            model, best, random_course, scored_course = _lived(seed, Path(folder))
        measures.append((model, best))
        at_random += [each for each in random_course.judged if each.channel]
        by_score += [each for each in scored_course.judged if each.channel]
        means = [_worth(random_course.judged), _worth(scored_course.judged)]
        lower += means[1] <= means[0]
        worth = f"worth of a decision in truth: {means[0]:.2f} at random, {means[1]:.2f} by score"
        print(f"   shop {seed}: AUC {model:.3f} of {best:.3f} at best; {worth}", flush=True)
    low, high = _interval(at_random, by_score)
    return [
        measured(f"shops, each of {CUSTOMERS:,} customers over {2 * DAYS} days", len(SEEDS), "shops"),
        measured("AUC of the trained model on the five days after, mean", sum(model for model, _ in measures) / len(measures), ""),
        measured("AUC of the truth itself, which no model can beat but by luck, mean", sum(best for _, best in measures) / len(measures), ""),
        at_least(
            "of what the truth knows beyond chance, the model has learned", sum((m - 0.5) / (b - 0.5) for m, b in measures) / len(measures), "", 0.5
        ),
        measured("worth of a decision at random, by the truth", sum(each.gain for each in at_random) / len(at_random), "USD"),
        measured("worth of a decision by score, by the truth", sum(each.gain for each in by_score) / len(by_score), "USD"),
        at_least(f"difference, lower end of its 95 % interval (upper {high:.2f})", low, "USD", 0.0),
        exactly("shops in which deciding by score was no better", lower, "shops", 0),
    ]


def _lived(seed: int, folder: Path) -> tuple[float, float, Course, Course]:
    """AUC of the model and of the truth, and the second half by chance and by score."""
    history = folder / "history.jsonl"
    world, job = _fresh(seed)
    with history.open("wb") as file:

        def written(each: Record) -> None:
            file.write((each.value or b"") + b"\n")

        live(world, job, days=DAYS, within=WITHIN, record=written)
    at_random = live(world, job, days=DAYS + 2, within=WITHIN)
    learned = learn(_task(history), Silent())
    threshold = median(learned.fitted.scores(_rows(learned)))
    book = _published(learned, folder, threshold)
    again, other = _fresh(seed)
    live(again, other, days=DAYS, within=WITHIN)
    scored = LocalJob(book)
    other.engine.book, other.engine.scorer = book, scored.engine.scorer
    by_score = live(again, other, days=DAYS + 2, within=WITHIN)
    ripe = at_random.ripe()
    scores = learned.fitted.scores(_matrix(learned, [each.decision.features for each in ripe]))
    return auc(list(map(float, scores)), [at_random.bought(each) for each in ripe]), best_auc(at_random), at_random, by_score


def _task(history: Path) -> Task:
    return Task(
        source=from_file(history, "jsonl"), book=_book(None), campaign=CAMPAIGN, goal="order_completed", within=WITHIN, checked=10, anonymous=True
    )


def _worth(judged: Sequence[Judged]) -> float:
    """Of a decision that acted, in truth."""
    acted = [each.gain for each in judged if each.channel]
    return sum(acted) / max(1, len(acted))


def _fresh(seed: int) -> tuple[World, LocalJob]:
    return World(seed=seed, start=START, customers=CUSTOMERS), LocalJob(_book(None))


def _book(threshold: float | None) -> Book:
    """By chance: half get a discount, half a reminder. By score: who would hardly buy alone gets the discount."""
    offers: dict[str, Any]
    if threshold is None:
        offers = {"discount": {**WORDS, "offer": {"percent": DISCOUNT}}, "reminder": {**WORDS, "offer": {"percent": 0}}}
    else:
        offers = {"scored": {**WORDS, "offer": {"percent": f"{DISCOUNT} if score < {threshold:.6f} else 0"}}}
    document = {"campaign": CAMPAIGN, **RULE, "variants": offers, "score": {"model": "propensity", "cold_start": 1.0}}
    features = [entry for entry in book_of().entries.values() if entry.key == "features"]
    value = {"kind": "campaign", "name": CAMPAIGN, "version": "by-score" if threshold is not None else "by-chance", "document": document}

    return Book.of([*features, Entry(f"campaign/{CAMPAIGN}", 10, json.dumps(value).encode())])


def _published(learned: Learned, folder: Path, threshold: float) -> Book:
    task = _task(folder / "history.jsonl")
    manifest, _ = keep(learned, task, name="propensity", store=Store(str(folder / "models")), out=folder / "out", at=START)
    return checked(_book(threshold), [record(put_in_front(manifest.document(), None), at=0)])


def _rows(learned: Learned) -> Any:
    return matrix(learned.chosen.inputs, learned.parts.train)


def _matrix(learned: Learned, vectors: Sequence[dict[str, Any]]) -> Any:
    return numpy.array([encode(learned.chosen.inputs, vector) for vector in vectors], dtype=numpy.float32)


def _interval(at_random: Sequence[Judged], by_score: Sequence[Judged], *, rounds: int = 1_000) -> tuple[float, float]:
    """Bootstrap over customers of the difference in mean worth."""
    chance = random.Random(1)
    groups = [_by_person(at_random), _by_person(by_score)]
    found = []
    for _ in range(rounds):
        means = []
        for people in groups:
            drawn = chance.choices(people, k=len(people))
            means.append(sum(total for total, _ in drawn) / sum(number for _, number in drawn))
        found.append(means[1] - means[0])
    found.sort()
    return found[int(0.025 * rounds)], found[int(0.975 * rounds)]


def _by_person(judged: Sequence[Judged]) -> list[tuple[float, int]]:
    held: dict[str, list[float]] = defaultdict(list)
    for each in judged:
        held[each.person].append(each.gain)
    return [(sum(gains), len(gains)) for gains in held.values()]
