"""Who belongs to which segment, from records of the topic `segments`: for what is popular with customers of a segment."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from training.errors import HistoryError
from training.recommend.sequences import Floats, Sequences

MIN_PEOPLE = 20
"""A segment with fewer people of the history says little, and too much of each."""


def read(path: Path) -> tuple[dict[str, set[str]], int]:
    """Segment -> the people who are in it at the end, and how many lines say nothing. Raises HistoryError if no line says anything."""
    found: dict[str, set[str]] = {}
    bad = 0
    try:
        with path.open(encoding="utf-8", errors="replace") as file:
            for line in file:
                user, segment, change = _record(line)
                if not user or not segment or change not in {"entered", "left"}:
                    bad += bool(line.strip())
                elif change == "entered":
                    found.setdefault(segment, set()).add(user)
                else:
                    found.get(segment, set()).discard(user)
    except OSError as error:
        problem = f"{path} cannot be read: {error}"
        raise HistoryError(problem) from error
    if not found:
        problem = f"{path} holds no record of a segment: each line is one of the topic segments, with user_id, segment and change"
        raise HistoryError(problem)
    return found, bad


def popularity(sequences: Sequences, people: Sequence[str], segments: Mapping[str, set[str]]) -> dict[str, Floats]:
    """Segment -> for each item how many of its people took it."""
    found: dict[str, Floats] = {}
    owners, items = sequences.distinct // sequences.n_items, sequences.distinct % sequences.n_items
    for name, members in sorted(segments.items()):
        inside = np.array([person in members for person in people] if len(members) >= MIN_PEOPLE else [], dtype=bool)
        if inside.sum() >= MIN_PEOPLE:
            found[name] = np.bincount(items[inside[owners]], minlength=sequences.n_items).astype(np.float64)
    return found


def _record(line: str) -> tuple[str, str, str]:
    """Of a record, or of a line of `kairos try --records`."""
    try:
        told = json.loads(line)
    except ValueError:
        return "", "", ""
    told = told.get("value", told) if isinstance(told, dict) else {}
    fields = [told.get(name) if isinstance(told, dict) else None for name in ("user_id", "segment", "change")]
    user, segment, change = (each if isinstance(each, str) else "" for each in fields)
    return user, segment, change
