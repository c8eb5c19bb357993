"""A recommender that a person writes, for a scenario: what goes with what, and what is popular. Read by the code that reads learned ones."""

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from udfs.core.recommend.categories import key_of
from udfs.core.recommend.recommender import CATEGORY, SEGMENT
from udfs.core.values.problems import did_you_mean
from udfs.recommend.packed import Learned, PackedRecommender, Rows, pack

KEYS = ("together", "alike", "popular", "categories", "segments")
EXAMPLE = "{together: {tent: [stove, lamp]}, popular: [mug, stove]}"
DECAY = 0.5
WEIGHTS = {"together": 1.0, "alike": 0.3}
Scores = dict[str, float]
Refuse = Callable[[tuple[str | int, ...], str, str | None], None]
"""Takes what is wrong: where, what, and a hint."""


def recommender_of(value: Any, refuse: Refuse) -> PackedRecommender | None:
    """The recommender of these lists, through the file format of the job; None where it is not a mapping."""
    if (learned := learned_of(value, refuse)) is None:
        return None
    content = pack(learned)
    return PackedRecommender(content, hashlib.sha256(content).hexdigest()[:12])


def learned_of(value: Any, refuse: Refuse) -> Learned | None:
    """What these lists say. What is wrong with them is refused, and left out."""
    if not isinstance(value, Mapping):
        refuse((), f"a recommender is a mapping such as {EXAMPLE}, or the name of a file that training exported", None)
        return None
    wrong = [key for key in value if key not in KEYS]
    for key in wrong:
        refuse((str(key),), f"unknown key '{key}'", did_you_mean(str(key), KEYS) or f"known here: {', '.join(KEYS)}")
    near = {source: _near(value.get(source, {}), source, refuse) for source in WEIGHTS}
    popular = {"": _scores(value.get("popular", []), ("popular",), refuse)}
    for key, kind in (("categories", CATEGORY), ("segments", SEGMENT)):
        for name, found in _mapping(value.get(key, {}), key, refuse):
            popular[f"{kind}{key_of(name) if kind == CATEGORY else name}"] = _scores(found, (key, name), refuse)
    return _learned(near, popular)


def _learned(near: Mapping[str, Mapping[str, Scores]], popular: Mapping[str, Scores]) -> Learned:
    names = {name for table in near.values() for item, others in table.items() for name in (item, *others)}
    ids = sorted(names | {name for scores in popular.values() for name in scores})
    number = {name: place for place, name in enumerate(ids)}

    def row(scores: Scores) -> tuple[Sequence[int], Sequence[float]]:
        best = sorted(scores.items(), key=lambda each: (-each[1], each[0]))
        return [number[name] for name, _ in best], [score for _, score in best]

    tables = {source: Rows.of([row(table.get(item, {})) for item in ids]) for source, table in near.items()}
    return Learned(ids=ids, decay=DECAY, weights=WEIGHTS, near=tables, leading={"popular": {group: row(found) for group, found in popular.items()}})


def _near(value: Any, source: str, refuse: Refuse) -> dict[str, Scores]:
    return {item: _scores(found, (source, item), refuse) for item, found in _mapping(value, source, refuse)}


def _mapping(value: Any, key: str, refuse: Refuse) -> Iterator[tuple[str, Any]]:
    if not isinstance(value, Mapping):
        refuse((key,), f"`{key}` is a mapping, such as {{tent: [stove, lamp]}}", None)
        return
    yield from ((str(name), found) for name, found in value.items())


def _scores(value: Any, where: tuple[str | int, ...], refuse: Refuse) -> Scores:
    """Items with scores: as they are written, else by their places, 1, 1/2, 1/3 and so on."""
    if isinstance(value, list) and all(isinstance(each, (str, int)) and not isinstance(each, bool) for each in value):
        return {str(each): 1 / place for place, each in enumerate(value, start=1)}
    if isinstance(value, Mapping) and all(map(_is_score, value.values())):
        return {str(name): float(score) for name, score in value.items()}
    refuse(where, "is a list of items, the best one first, or items with scores above 0", "such as [stove, lamp], or {stove: 0.9, lamp: 0.4}")
    return {}


def _is_score(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and 0 < value < 1e6
