"""From a history to the comparison of strategies and, if asked for, to the file that the job recommends from."""

import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from services.recommend.local import FILE
from training.history import HistorySource
from training.recommend import catalogue, export
from training.recommend.asked import TOGETHER, Asked
from training.recommend.cases import Cases
from training.recommend.evaluate import Say, chosen_by, evaluate
from training.recommend.exporting import published
from training.recommend.interactions import interactions
from training.recommend.report import document, exported, warnings
from training.recommend.shown import read as read_shown
from training.recommend.split import split
from training.recommend.strategies.all import strategies
from training.recommend.strategies.strategy import Given

COMPARED = 500
"""Histories whose lists must be the same in the exported model."""

Tell = Callable[[str], None]


def learn(source: HistorySource, asked: Asked, *, tell: Tell, say: Say = lambda _: None) -> dict[str, Any]:
    """Everything there is to say of it, as JSON. `tell` takes lines for people, `say` what is being done. Raises HistoryError and ParityError."""
    log = read_shown(asked.decisions) if asked.decisions else None
    begun = time.perf_counter()
    say("reading the history")
    read = interactions(source, asked.events)
    read_s = time.perf_counter() - begun
    known = None if asked.catalogue is None else catalogue.read(asked.catalogue, read.items)
    for each in warnings(read.told, known):
        tell(each)
    by = chosen_by(asked.protocol)
    parts = split(read.sequences, asked.protocol)
    given = Given(repeats=asked.protocol == "sessions", tokens=None if known is None else known.tokens)
    made = strategies(given, asked.names)
    compared = evaluate(parts, made, by=by, seed=asked.seed, say=say)
    found = document(source.name, asked.protocol, read, known, compared, read_s=read_s)
    if asked.folder is None:
        return found
    together = made[TOGETHER].fit(parts.everything, compared.settings[TOGETHER], seed=asked.seed)
    tell(_graph(asked.folder, together, read.items, parts.test))
    say("what the job recommends from")
    done = published(asked.folder / FILE, read, parts, made, known, compared, segments_file=asked.segments, shown=log, by=by, seed=asked.seed)
    for each in done.notes:
        tell(each)
    return found | {"export": exported(done)}


def _graph(folder: Path, fitted: Any, items: Sequence[str], cases: Cases) -> str:
    done = export.write(fitted, items, cases.take(np.arange(min(len(cases), COMPARED))).histories(), folder)
    return f"exported {', '.join(each.name for each in done.files)} to {folder}: {done.bytes:,} bytes, {done.compared:,} lists are the same"
