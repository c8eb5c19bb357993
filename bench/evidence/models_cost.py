"""Claim 8 of models: what a decision costs that asks no model, one, four and eight: each by a call of its own, batched, and merged into one graph.

Each kind is measured in turns with the others, on other rows each turn, in time of this thread. "By a call of its own" is what the engine did before
models that read the same row were asked together: a row is made and onnxruntime entered for each. "Batched" makes the row once.
"""

import logging
import time
from collections.abc import Iterator, Sequence
from contextlib import nullcontext
from pathlib import Path
from random import Random
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any
from unittest.mock import patch

import msgspec
import numpy as np

from bench.onnx_files import manifest
from bench.report import Claim, at_most, exactly, measured
from tests.builders import DAY, MONDAY, book, campaign, event
from training.estimators.all import estimator
from training.estimators.estimator import fit_with
from udfs.core.campaigns.book import Book, ControlValue, Entry
from udfs.core.campaigns.compile_book import apply
from udfs.core.decision.scores import Answer, Question
from udfs.core.engine import Engine
from udfs.core.features.model_inputs import Input
from udfs.core.features.models import Model
from udfs.core.records import Decision
from udfs.scoring.loaded import LoadedModels

NUMBERS = (0, 1, 4, 8)
KINDS = ("logistic", "lightgbm")
WIDTH = 20
"""Features that each model reads."""
ROWS, USERS, TURNS = 1_000, 100, 9
WAIT_S = 60.0
NAMES = tuple(f"number-{number}" for number in range(max(NUMBERS)))
FEATURES = {
    "features": [{"name": f"f{number}", "event": "product_viewed", "aggregate": "sum", "of": f"properties.f{number}"} for number in range(WIDTH)]
}
ALONE, BATCHED, MERGED = "each by a call of its own", "one row for all", "one graph"


class OneByOne(LoadedModels):
    """Asks each by a call of its own, as before."""

    def ask_all(self, models: Sequence[Model], row: Sequence[float]) -> Sequence[Answer]:
        """In one row."""
        return [self.ask(each, row) for each in models]


def check(turns: int = TURNS) -> list[Claim]:
    """Small models and large ones."""
    logging.getLogger("udfs.scoring").setLevel(logging.ERROR)
    claims: list[Claim] = []
    with TemporaryDirectory() as place:
        for kind in KINDS:
            claims += _of(kind, Path(place) / kind, turns)
    return claims


def _of(kind: str, folder: Path, turns: int) -> Iterator[Claim]:
    folder.mkdir()
    files = list(_files(kind))
    taken: dict[tuple[int, str], list[float]] = {}
    differ = 0
    cases = [(number, way) for number in NUMBERS for way in ((ALONE, BATCHED, MERGED) if number > 1 else (ALONE,))]
    engines = {(number, way): _engine(folder, files, number, way) for number, way in cases}
    blobs: dict[tuple[int, str], dict[str, bytes]] = {case: {} for case in cases}
    for turn in range(turns):
        events = list(_events(turn))
        said: dict[int, list[Any]] = {}
        for case in cases[turn % len(cases) :] + cases[: turn % len(cases)]:
            number, way = case
            engine, mine = engines[case], blobs[case]
            decisions = []
            began = time.thread_time()
            with patch.object(Question, "_ask_together", lambda *_: None) if way == ALONE else nullcontext():
                for each in events:
                    step = engine.on_event(mine.get(each.user_id), each)
                    mine[each.user_id] = step.blob
                    decisions.append(step.records[0])
            taken.setdefault(case, []).append((time.thread_time() - began) / len(events) * 1e6)
            scores = [[score.score for score in each.scores.values()] for each in decisions if isinstance(each, Decision)]
            differ += said.setdefault(number, scores) != scores
    for number, way in cases:
        title = f"{kind} ({len(files[0]):,} bytes), {number} models" + (f", {way}" if number > 1 else "")
        yield measured(f"{title}: a decision, event and all", median(taken[number, way]), "us")
    for number in NUMBERS[2:]:
        for one, other in ((BATCHED, ALONE), (MERGED, ALONE)):
            ratio = median(a / b for a, b in zip(taken[number, one], taken[number, other], strict=True))
            yield at_most(f"{kind}, {number} models: {one} / {other}, turn by turn", ratio, "", 1.0)
    yield exactly(f"{kind}: turns in which the ways differ in any score", differ, "turns", 0)


def _files(kind: str) -> Iterator[bytes]:
    random = np.random.default_rng(8)
    x = random.normal(size=(2_000, WIDTH)).astype(np.float32)
    chosen = estimator(kind)
    inputs = [Input(f"f{number}", "0") for number in range(WIDTH)]
    for number in range(len(NAMES)):
        y = (x[:, number] + random.normal(size=len(x)) > 0).astype(np.int64)
        yield fit_with(chosen, chosen.tried[0], x, y, inputs=inputs, seed=number).onnx()


def _engine(folder: Path, files: Sequence[bytes], number: int, way: str) -> Engine:
    """The engine with a campaign of so many scores. Where they are to be one graph, it is one when this returns."""
    scores = {f"s{place}": {"model": NAMES[place], "cold_start": 0.5} for place in range(number)}
    asked = campaign("scored", trigger={"event": "product_viewed"}, when=None, entry=None, **({"score": scores} if scores else {}))
    found = book(FEATURES, asked)
    found = apply(found, *(_control(folder, found, NAMES[place], files[place]) for place in range(number)))
    scorer = LoadedModels() if way == MERGED else OneByOne()
    scorer.follow(found.models, wait=WAIT_S)
    engine = Engine(found, scorer=scorer)
    if way == MERGED:
        models = [each.current for each in found.models.values()]
        until = time.monotonic() + WAIT_S
        engine.on_event(None, event("product_viewed", MONDAY))
        while scorer._together.answers(models, [0.0] * WIDTH) is None:
            if time.monotonic() > until:
                message = "the models were not merged"
                raise RuntimeError(message)
            time.sleep(0.05)
    return engine


def _control(folder: Path, found: Book, name: str, data: bytes) -> Entry:
    told = manifest(folder, data, features=found.features, inputs=[f"f{number}" for number in range(WIDTH)], name=name, input="input")
    document = {"model": name, "current": told["version"], "versions": [told]}
    return Entry(f"model/{name}", 10, msgspec.json.encode(ControlValue(kind="model", name=name, version="v", status="live", document=document)))


def _events(turn: int) -> Iterator[Any]:
    random = Random(turn)
    for number in range(ROWS):
        properties: dict[str, Any] = {f"f{place}": random.gauss(0, 1) for place in range(WIDTH)}
        at = MONDAY + turn * DAY + number * 1_000
        yield event("product_viewed", at, user=f"user-{number % USERS}", message_id=f"{turn}-{number}", **properties)
