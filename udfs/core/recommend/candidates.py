"""Which items may be shown to somebody, the best first: what the sources bring, added up, then what fills the list up.

Nothing here looks at all items: the work grows with the history, which is bounded, and not with the shop.
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from udfs.core.recommend.categories import key_of
from udfs.core.recommend.recommender import CATEGORY, SEGMENT, Part, Ranked, Recommender, Told
from udfs.core.recommend.strategy import Fill, Source, Strategy

LAST = 10
"""The latest items of a history whose neighbours are looked at."""
LAST_ALIKE = 3
"""The same for what the catalogue says."""
_NEAR = ((Source.TOGETHER, LAST), (Source.ALIKE, LAST_ALIKE))
_LEADING = (Source.TRENDING, Source.NEW)


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
    fits: tuple[str, ...] = ()
    """What of it somebody looks for in this visit."""


class About(NamedTuple):
    """What is known of whoever the list is for."""

    history: Sequence[str]
    """Ids of items, the newest last."""
    categories: Sequence[str] = ()
    """The categories looked at, the narrowest first: `Outdoor > Tents`, then `Outdoor`."""
    segments: Sequence[str] = ()
    """The segments that somebody belongs to, the latest first."""
    visit: int = 0
    """How many items of the history are of the latest visit, counted from the newest."""


class Brought(NamedTuple):
    """What the sources bring."""

    parts: Sequence[tuple[Part, str]]
    """What was added up, each with the group that it leads in, if that is what it is."""
    ranked: Ranked


def brought(recommender: Recommender, strategy: Strategy, about: About) -> Brought:
    """What the sources bring: retrieval, then the ranker. A strategy with weights of its own orders by these: the ranker has learned with others."""
    parts, told = asked(recommender, strategy, about)
    uses_ranker = strategy.ranker and strategy.weights is None
    return Brought(parts, recommender.ranked([part for part, _ in parts], told if uses_ranker else None))


def asked(recommender: Recommender, strategy: Strategy, about: About) -> tuple[Sequence[tuple[Part, str]], Told]:
    """What is added up, each with its group, and what a ranker reads of whoever it is for."""
    recent = _known(recommender, about.history)
    numbers = [number for number, _ in recent]
    told = Told(numbers, sum(place < about.visit for _, place in recent), len(about.history))
    return _parts(recommender, strategy, about, numbers), told


def candidates(recommender: Recommender, strategy: Strategy, about: About, found: Brought | None = None) -> Iterator[Candidate]:
    """All candidates, the best first, each once. `found`: what the sources bring, if somebody has asked them already."""
    parts, ranked = found or brought(recommender, strategy, about)
    for place, (number, score) in enumerate(zip(ranked.numbers, ranked.scores, strict=True)):
        (source, key, _), group = parts[ranked.part(place)]
        of = None if isinstance(key, str) else recommender.item(key)
        yield Candidate(number, recommender.item(number), score, source, of, group)
    listed = set(ranked.numbers)
    for fill, source, kind, name in _filling(strategy, about):
        group = f"{kind}{name}"
        for number in recommender.leading(source, f"{kind}{key_of(name)}" if kind == CATEGORY else group)[0]:
            if number not in listed:
                listed.add(number)
                yield Candidate(number, recommender.item(number), 0.0, fill, None, group)


def _known(recommender: Recommender, history: Sequence[str]) -> list[tuple[int, int]]:
    """The latest items of which something was learned, the newest first: the number of each, and how many of the history came after it."""
    found: list[tuple[int, int]] = []
    for place, item in enumerate(reversed(history)):
        number = recommender.number(item)
        if number is not None:
            found.append((number, place))
            if len(found) == LAST:
                break
    return found


def _parts(recommender: Recommender, strategy: Strategy, about: About, recent: Sequence[int]) -> list[tuple[Part, str]]:
    weights = recommender.weights if strategy.weights is None else strategy.weights
    found: list[tuple[Part, str]] = []
    for source, last in _NEAR:
        if weight := weights.get(source, 0.0):
            found += [((source, number, weight * recommender.decay**place), "") for place, number in enumerate(recent[:last])]
    for source in _LEADING:
        if about.categories and (weight := weights.get(source, 0.0)):
            category = about.categories[0]
            found.append(((source, f"{CATEGORY}{key_of(category)}", weight), f"{CATEGORY}{category}"))
    return found


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
