"""How the file of a recommender is laid out, and what is checked before it is used.

    KAIROSR1 | length of the head | head, JSON | arrays, each at a multiple of eight bytes

The head says where each array is. Numbers are little-endian: places 64 bits, numbers of items 32 bits, scores 32-bit floats, as evaluation has them.
Items are numbered in the order of their ids.
"""

import struct
from collections.abc import Mapping
from typing import Any

import msgspec
import numpy as np

from udfs.core.values.errors import Unavailable
from udfs.recommend.features import FACTS, FEATURES
from udfs.recommend.ranker import MAX_BYTES

MAGIC = b"KAIROSR1"
HEAD = struct.Struct("<8sQ")
MAX_HEAD = 64 * 1024**2
MAX_ITEMS = 1 << 31
MAX_SCORE, MAX_WEIGHT = 1e6, 1e3
"""Beyond these, scores mean nothing. What is not a number is beyond them, too."""
NEAR = ("together", "alike")
LEADING = ("popular", "trending", "new")
_ROWS = {"starts": "Q", "items": "I", "scores": "f"}
_KIND_OF = {
    "id_starts": "Q",
    "ids": "B",
    **{f"{source}_{part}": kind for source in (*NEAR, "leading") for part, kind in _ROWS.items()},
    **FACTS,
    "ranker": "B",
}
"""Of each array, as `struct` writes it."""
KINDS: Mapping[str, Any] = {"Q": np.dtype("<u8"), "I": np.dtype("<u4"), "f": np.dtype("<f4"), "B": np.dtype("u1")}


class BadRecommender(Unavailable):
    """Bytes that are no recommender of this version of Kairos."""


class Place(msgspec.Struct, array_like=True):
    """Where an array is, counted from the end of the head."""

    begin: int
    count: int
    kind: str


class Head(msgspec.Struct):
    """What a file says of itself."""

    items: int
    decay: float
    weights: dict[str, float]
    arrays: dict[str, Place]
    groups: dict[str, dict[str, tuple[int, int]]]
    facts: dict[str, Any] = {}
    features: list[str] = []
    """What the ranker reads; empty: there is none."""


def opened(whole: memoryview) -> tuple[Head, dict[str, Any]]:
    """The head and the arrays, by name. Everything is checked, so that asking can neither fail nor read beyond them.

    Raises BadRecommender, or whatever bytes from outside may cause.
    """
    head, start = _head(whole)
    arrays = {name: _array(whole, start, place) for name, place in head.arrays.items()}
    _check(head, arrays)
    return head, arrays


def sources(arrays: Mapping[str, Any]) -> list[str]:
    """The sources that have neighbours."""
    return [source for source in NEAR if f"{source}_starts" in arrays]


def _head(whole: memoryview) -> tuple[Head, int]:
    if len(whole) < HEAD.size or whole[: len(MAGIC)] != MAGIC:
        message = "it is no recommender, or one of another version of Kairos: export and publish it again"
        raise BadRecommender(message)
    _, size = HEAD.unpack(whole[: HEAD.size])
    if size > min(MAX_HEAD, len(whole) - HEAD.size):
        message = "the recommender is cut off: export and publish it again"
        raise BadRecommender(message)
    head = msgspec.json.decode(whole[HEAD.size : HEAD.size + size], type=Head)
    if not 0 <= head.items < MAX_ITEMS or not 0 <= head.decay <= 1:
        message = f"the recommender says {head.items} items and decay {head.decay}"
        raise BadRecommender(message)
    return head, HEAD.size + size


def _array(whole: memoryview, start: int, place: Place) -> Any:
    size = KINDS[place.kind].itemsize * place.count
    begin = start + place.begin
    if place.begin < 0 or place.count < 0 or begin % 8 or begin + size > len(whole):
        message = "the recommender is cut off: export and publish it again"
        raise BadRecommender(message)
    return whole[begin : begin + size].cast(place.kind)  # type: ignore[call-overload]  # one of the keys of KINDS


def _check(head: Head, arrays: Mapping[str, Any]) -> None:
    """Everything that is read without a question later. Raises BadRecommender, or KeyError for what is missing."""
    for name, kind in _KIND_OF.items():
        _hold(name not in arrays or arrays[name].format == kind)
    _rows(arrays["id_starts"], head.items, len(arrays["ids"]))
    _ids(arrays["id_starts"], arrays["ids"], head.items)
    for source in sources(arrays):
        _rows(arrays[f"{source}_starts"], head.items, len(arrays[f"{source}_items"]))
        _scored(arrays[f"{source}_items"], arrays[f"{source}_scores"], head.items)
    _scored(arrays["leading_items"], arrays["leading_scores"], head.items)
    total = len(arrays["leading_items"])
    for named in head.groups.values():
        for begin, end in named.values():
            _hold(0 <= begin <= end <= total)
    _hold(all(0 <= weight <= MAX_WEIGHT for weight in head.weights.values()))
    _of_items(head, arrays)


def _of_items(head: Head, arrays: Mapping[str, Any]) -> None:
    for name in FACTS:
        if name in arrays:
            _hold(len(arrays[name]) == head.items and (name == "item_category" or bool(np.isfinite(np.asarray(arrays[name])).all())))
    if "ranker" not in arrays:
        return
    if tuple(head.features) != FEATURES:
        message = "the ranker of the recommender reads other features than this version of Kairos has: export and publish it again"
        raise BadRecommender(message)
    _hold(all(name in arrays for name in FACTS) and len(arrays["ranker"]) <= MAX_BYTES)


def _ids(starts: Any, texts: Any, number: int) -> None:
    """Each is a text, and they are in order: so they are found by halving. Raises UnicodeDecodeError."""
    before = b""
    for place in range(number):
        text = bytes(texts[starts[place] : starts[place + 1]])
        text.decode("utf-8", "surrogatepass")
        _hold(not place or text > before)
        before = text


def _rows(starts: Any, number: int, size: int) -> None:
    found = np.asarray(starts)
    _hold(len(found) == number + 1 and found[0] == 0 and int(found[-1]) == size and bool((found[1:] >= found[:-1]).all()))


def _scored(items: Any, scores: Any, number: int) -> None:
    _hold(len(items) == len(scores))
    if len(items):
        found = np.asarray(scores)
        _hold(int(np.asarray(items).max()) < number and float(found.min()) >= -MAX_SCORE and float(found.max()) <= MAX_SCORE)


def _hold(whether: bool) -> None:  # noqa: FBT001  # a check, read as a sentence
    if not whether:
        message = "the recommender contradicts itself: export and publish it again"
        raise BadRecommender(message)
