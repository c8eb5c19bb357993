"""Which items may be shown to somebody, the best first: what the sources bring, added up, then what fills the list up.

Nothing here looks at all items: the work grows with the history, which is bounded, and not with the shop.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from udfs.core.recommend.categories import key_of
from udfs.core.recommend.recommender import CATEGORY, SEGMENT, Recommender
from udfs.core.recommend.strategy import Fill, Source, Strategy

LAST = 10
"""The latest items of a history whose neighbours are looked at."""
STEPS = 1e6
"""Scores are compared in steps of a millionth; at the same step the smaller id goes first."""
MAX_LEADING = 50
"""Items of a list of leaders that are added to what neighbours bring."""
_NEAR = (Source.TOGETHER, Source.ALIKE)
_LEADING = (Source.TRENDING, Source.NEW)
_SHIFT = 32


class Candidate(NamedTuple):
    """An item that may be shown."""

    number: int
    item: str
    score: float
    """Rounded to a millionth."""
    source: str
    """What brought most of its score, a `Source` or a `Fill`."""
    because_of: str | None
    """The item of the history that did."""
    group: str = ""
    """The category or the segment in which it leads, where that brought it."""


class About(NamedTuple):
    """What is known of whoever the list is for."""

    history: Sequence[str]
    """Ids of items, the newest last."""
    categories: Sequence[str] = ()
    """The categories looked at, the narrowest first: `Outdoor > Tents`, then `Outdoor`."""
    segments: Sequence[str] = ()
    """The segments that somebody belongs to, the latest first."""


class _Held:
    """What an item's score is made of."""

    __slots__ = ("group", "most", "of", "score", "source")

    def __init__(self, score: float, source: str, of: int, group: str) -> None:
        self.score = self.most = score
        self.source, self.of, self.group = source, of, group


def candidates(recommender: Recommender, strategy: Strategy, about: About) -> Iterator[Candidate]:
    """All candidates, the best first, each once."""
    weights = recommender.weights if strategy.weights is None else strategy.weights
    recent = known(recommender, about.history)
    found = _scored(recommender, weights, recent, about)
    for number in _in_order(found):
        held = found[number]
        because = recommender.item(held.of) if held.of >= 0 else None
        yield Candidate(number, recommender.item(number), round(held.score * STEPS) / STEPS, held.source, because, held.group)
    brought = set(found)
    for fill, source, kind, name in _filling(strategy, about):
        group = f"{kind}{name}"
        for number in recommender.leading(source, f"{kind}{key_of(name)}" if kind == CATEGORY else group)[0]:
            if number not in brought:
                brought.add(number)
                yield Candidate(number, recommender.item(number), 0.0, fill, None, group)


def known(recommender: Recommender, history: Sequence[str]) -> list[int]:
    """The numbers of the latest items of which something was learned, the newest first."""
    found: list[int] = []
    for item in reversed(history):
        number = recommender.number(item)
        if number is not None:
            found.append(number)
            if len(found) == LAST:
                break
    return found


def _scored(recommender: Recommender, weights: Mapping[str, float], recent: Sequence[int], about: About) -> dict[int, _Held]:
    found: dict[int, _Held] = {}
    for source in _NEAR:
        if not (weight := weights.get(source, 0.0)):
            continue
        for place, number in enumerate(recent):
            counts = weight * recommender.decay**place
            ids, scores = recommender.near(source, number)
            for near, score in zip(ids, scores, strict=True):
                part = counts * score
                held = found.get(near)
                if held is None:
                    found[near] = _Held(part, source, number, "")
                else:
                    held.score += part
                    if part > held.most:
                        held.most, held.source, held.of = part, source, number
    for source in _LEADING:
        if not (weight := weights.get(source, 0.0)) or not about.categories:
            continue
        group = f"{CATEGORY}{about.categories[0]}"
        ids, scores = recommender.leading(source, f"{CATEGORY}{key_of(about.categories[0])}")
        for near, score in zip(ids[:MAX_LEADING], scores[:MAX_LEADING], strict=True):
            part = weight * score
            held = found.get(near)
            if held is None:
                found[near] = _Held(part, source, -1, group)
            else:
                held.score += part
                if part > held.most:
                    held.most, held.source, held.of, held.group = part, source, -1, group
    return found


def _in_order(found: Mapping[int, _Held]) -> Iterator[int]:
    """The numbers by rounded score, then by id; what rounds to nothing is left out. Sorted as plain integers, which takes a third of the time."""
    last = (1 << _SHIFT) - 1
    keys = [(step << _SHIFT) + last - number for number, held in found.items() if (step := round(held.score * STEPS)) > 0]
    keys.sort(reverse=True)
    for key in keys:
        yield last - (key & last)


def _filling(strategy: Strategy, about: About) -> Iterator[tuple[Fill, str, str, str]]:
    """What fills the list up, as what it is called, what leads, and in which group: its kind and its name."""
    for fill in strategy.fill:
        if fill is Fill.PAGE:
            for category in about.categories:
                yield from ((fill, source, CATEGORY, category) for source in ("trending", "popular"))
        elif fill is Fill.SEGMENT:
            yield from ((fill, "popular", SEGMENT, segment) for segment in about.segments)
        else:
            yield fill, "popular", "", ""
