"""Lists that people were shown, as decisions log them: which items, at which place, and how likely each was to be shown there."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import msgspec

from training.logged import lines

MAX_LISTS = 50_000
"""The latest of all lists that are used."""
LEAST_PROBABILITY = 1e-6
"""Below this a logged probability is none."""


class ShownList(NamedTuple):
    """One list."""

    user_id: str
    at: int
    """Epoch milliseconds."""
    items: Sequence[str]
    """In the order of their places."""
    probabilities: Sequence[float]
    """That each was shown at its place, given the places before it."""


@dataclass(frozen=True, kw_only=True)
class Log:
    """What files of decisions hold."""

    lists: Sequence[ShownList]
    """In order of time."""
    left_out: Mapping[str, int]
    """Why so many lists, or records, are not used."""


class _Place(msgspec.Struct):
    item: str
    probability: float


class _List(msgspec.Struct):
    asked: str
    items: list[_Place]


class _Decided(msgspec.Struct):
    decision_id: str
    user_id: str
    at: int
    outcome: str
    attempt: int = 0
    recommended: list[_List] = []


def read(paths: Iterable[Path]) -> Log:
    """The lists of files of decisions, as `kairos try --records` or `kairos tail decisions --json` writes them; .gz, too.

    What is no decision is counted. Raises HistoryError for a line that is not JSON, and for a file that cannot be read.
    """
    left: Counter[str] = Counter()
    found: dict[tuple[str, int, str], ShownList] = {}
    for path in paths:
        for _, told in lines(path):
            if told.get("topic", "decisions") != "decisions":
                continue
            try:
                decided = msgspec.convert(told.get("value") if "topic" in told else told, _Decided)
            except msgspec.MsgspecError:
                left["records that are no decision"] += 1
                continue
            for each in decided.recommended:
                if (why := _why_not(decided, each)) is not None:
                    left[why] += 1
                    continue
                key = decided.decision_id, decided.attempt, each.asked
                left["lists of a decision that was there before"] += key in found
                found[key] = ShownList(decided.user_id, decided.at, [one.item for one in each.items], [one.probability for one in each.items])
    lists = sorted(found.values(), key=lambda each: (each.at, each.user_id))
    left["lists before the latest 50,000"] += max(0, len(lists) - MAX_LISTS)
    return Log(lists=lists[-MAX_LISTS:], left_out=+left)


def _why_not(decided: _Decided, shown: _List) -> str | None:
    """Why nothing can be learned from a list; None: something can."""
    if decided.outcome != "acted":
        return "lists of messages that were not sent"
    if "like=" in shown.asked:
        return "lists that go by something else than the customer's history"
    if len(shown.items) < 2:
        return "lists with fewer than two items"
    if not all(LEAST_PROBABILITY <= each.probability <= 1 for each in shown.items):
        return "lists without a probability above 0 and at most 1"
    return None
