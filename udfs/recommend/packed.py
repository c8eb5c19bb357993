"""What was learned of items, as one file that is mapped into memory: asking for the neighbours of an item costs a microsecond or two.

    KAIROSR1 | length of the head | head, JSON | arrays, each at a multiple of eight bytes

The head says where each array is. Numbers are little-endian: places 64 bits, numbers of items 32 bits, scores 32-bit floats, as evaluation has them.
Items are numbered in the order of their ids. Everything is checked when the file is opened, so that asking can neither fail nor read beyond it.
"""

import struct
import sys
from collections.abc import Mapping, Sequence
from mmap import mmap
from typing import Any, NamedTuple

import msgspec
import numpy as np

from udfs.core.recommend.recommender import NOTHING, Part, Scored
from udfs.core.values.errors import Unavailable
from udfs.recommend.sums import Sums

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
}
"""Of each array, as `struct` writes it."""
_KINDS: Mapping[str, Any] = {"Q": np.dtype("<u8"), "I": np.dtype("<u4"), "f": np.dtype("<f4"), "B": np.dtype("u1")}


class BadRecommender(Unavailable):
    """Bytes that are no recommender of this version of Kairos."""


class Rows(NamedTuple):
    """Items and scores, row by row: those of row `n` are at `starts[n]:starts[n + 1]`."""

    starts: Any
    items: Any
    scores: Any

    @classmethod
    def of(cls, rows: Sequence[tuple[Sequence[int], Sequence[float]]]) -> "Rows":
        """From plain rows, each with its items and their scores."""
        starts = np.cumsum([0, *(len(items) for items, _ in rows)])
        return cls(starts, [item for items, _ in rows for item in items], [score for _, scores in rows for score in scores])


class Learned(NamedTuple):
    """What a file holds."""

    ids: Sequence[str]
    """Of items, in order."""
    decay: float
    weights: Mapping[str, float]
    near: Mapping[str, Rows]
    """Source -> a row for each item, the best neighbour first."""
    leading: Mapping[str, Mapping[str, tuple[Sequence[int], Sequence[float]]]]
    """Source -> group -> items, the best first, with scores from 0 to 1."""
    facts: Mapping[str, Any] = {}
    """Where it comes from, for people."""


class _Place(msgspec.Struct, array_like=True):
    begin: int
    count: int
    kind: str


class _Head(msgspec.Struct):
    items: int
    decay: float
    weights: dict[str, float]
    arrays: dict[str, _Place]
    groups: dict[str, dict[str, tuple[int, int]]]
    facts: dict[str, Any] = {}


def pack(learned: Learned) -> bytes:
    """The file. The same input gives the same bytes."""
    texts = [each.encode("utf-8", "surrogatepass") for each in learned.ids]
    arrays: dict[str, Any] = {
        "id_starts": np.cumsum([0, *map(len, texts)]).astype("<u8"),
        "ids": np.frombuffer(b"".join(texts), np.uint8),
    }
    for source, rows in learned.near.items():
        arrays |= {
            f"{source}_starts": np.asarray(rows.starts).astype("<u8"),
            f"{source}_items": np.asarray(rows.items).astype("<u4"),
            f"{source}_scores": np.asarray(rows.scores).astype("<f4"),
        }
    groups: dict[str, dict[str, tuple[int, int]]] = {}
    items: list[int] = []
    scores: list[float] = []
    for source, named in learned.leading.items():
        for group, (leaders, worth) in sorted(named.items()):
            groups.setdefault(source, {})[group] = len(items), len(items) + len(leaders)
            items += list(leaders)
            scores += list(worth)
    arrays |= {"leading_items": np.asarray(items).astype("<u4"), "leading_scores": np.asarray(scores).astype("<f4")}
    places, body = dict[str, _Place](), b""
    pieces: list[bytes] = []
    size = 0
    for name, array in arrays.items():
        kind = next(code for code, dtype in _KINDS.items() if dtype == array.dtype)
        places[name] = _Place(size, len(array), kind)
        body = array.tobytes()
        pieces.append(body + b"\0" * (-len(body) % 8))
        size += len(pieces[-1])
    head = msgspec.json.encode(_Head(len(texts), learned.decay, dict(learned.weights), places, groups, dict(learned.facts)), order="sorted")
    head += b" " * (-len(head) % 8)
    return HEAD.pack(MAGIC, len(head)) + head + b"".join(pieces)


class PackedRecommender:
    """One file, opened."""

    def __init__(self, mapped: mmap | bytes, version: str) -> None:
        """Raises BadRecommender."""
        if sys.byteorder != "little":
            message = "a recommender can only be read on a little-endian machine"
            raise BadRecommender(message)
        self.version: str | None = version
        whole = memoryview(mapped)
        try:
            head, start = _head(whole)
            arrays = {name: _array(whole, start, place) for name, place in head.arrays.items()}
            _check(head, arrays)
        except BadRecommender:
            raise
        except Exception as error:  # bytes from outside; whatever is wrong with them, they are not used
            message = f"the recommender is not what training writes: {type(error).__name__}: {error}"
            raise BadRecommender(message) from error
        self._whole = mapped
        self.count = head.items
        self.decay = head.decay
        self.weights: Mapping[str, float] = head.weights
        self.facts: Mapping[str, Any] = head.facts
        self._id_starts, self._ids = arrays["id_starts"], arrays["ids"]
        self._near = {source: tuple(arrays[f"{source}_{part}"] for part in ("starts", "items", "scores")) for source in _sources(arrays)}
        self._groups = head.groups
        self._leading = arrays["leading_items"], arrays["leading_scores"]
        self._arrays = {source: (starts, np.asarray(items), np.asarray(scores)) for source, (starts, items, scores) in self._near.items()}
        self._leaders = np.asarray(self._leading[0]), np.asarray(self._leading[1])

    def number(self, item_id: str) -> int | None:
        """Found by halving, since ids are in order, and UTF-8 keeps it."""
        wanted = item_id.encode("utf-8", "surrogatepass")
        low, high = 0, self.count
        ids, starts = self._ids, self._id_starts
        while low < high:
            middle = (low + high) // 2
            found = bytes(ids[starts[middle] : starts[middle + 1]])
            if found < wanted:
                low = middle + 1
            elif found == wanted:
                return middle
            else:
                high = middle
        return None

    def item(self, number: int) -> str:
        """The id of an item."""
        return bytes(self._ids[self._id_starts[number] : self._id_starts[number + 1]]).decode("utf-8", "surrogatepass")

    def near(self, source: str, number: int) -> Scored:
        """The neighbours of an item."""
        found = self._near.get(source)
        if found is None:
            return NOTHING
        starts, items, scores = found
        begin, end = starts[number], starts[number + 1]
        return items[begin:end].tolist(), scores[begin:end].tolist()

    def ranked(self, parts: Sequence[Part]) -> Sums:
        """What these parts bring, added up in double precision, in their order."""
        pieces = []
        for source, key, weight in parts:
            if isinstance(key, str):
                begin, end = self._groups.get(source, {}).get(key, (0, 0))
                items, scores = self._leaders
            elif (found := self._arrays.get(source)) is not None:
                starts, items, scores = found
                begin, end = starts[key], starts[key + 1]
            else:
                begin, end, (items, scores) = 0, 0, self._leaders
            pieces.append((items[begin:end], scores[begin:end], weight))
        return Sums(pieces)

    def leading(self, source: str, group: str) -> Scored:
        """What leads in a group."""
        begin, end = self._groups.get(source, {}).get(group, (0, 0))
        items, scores = self._leading
        return items[begin:end].tolist(), scores[begin:end].tolist()

    @property
    def groups(self) -> Mapping[str, Sequence[str]]:
        """The groups that have leaders, by source."""
        return {source: list(named) for source, named in self._groups.items()}


def _head(whole: memoryview) -> tuple[_Head, int]:
    if len(whole) < HEAD.size or whole[: len(MAGIC)] != MAGIC:
        message = "it is no recommender, or one of another version of Kairos: export and publish it again"
        raise BadRecommender(message)
    _, size = HEAD.unpack(whole[: HEAD.size])
    if size > min(MAX_HEAD, len(whole) - HEAD.size):
        message = "the recommender is cut off: export and publish it again"
        raise BadRecommender(message)
    head = msgspec.json.decode(whole[HEAD.size : HEAD.size + size], type=_Head)
    if not 0 <= head.items < MAX_ITEMS or not 0 <= head.decay <= 1:
        message = f"the recommender says {head.items} items and decay {head.decay}"
        raise BadRecommender(message)
    return head, HEAD.size + size


def _array(whole: memoryview, start: int, place: _Place) -> Any:
    size = _KINDS[place.kind].itemsize * place.count
    begin = start + place.begin
    if place.begin < 0 or place.count < 0 or begin % 8 or begin + size > len(whole):
        message = "the recommender is cut off: export and publish it again"
        raise BadRecommender(message)
    return whole[begin : begin + size].cast(place.kind)  # type: ignore[call-overload]  # one of the keys of _KINDS


def _sources(arrays: Mapping[str, Any]) -> list[str]:
    return [source for source in NEAR if f"{source}_starts" in arrays]


def _check(head: _Head, arrays: Mapping[str, Any]) -> None:
    """Everything that is read without a question later. Raises BadRecommender, or KeyError for what is missing."""
    for name, kind in _KIND_OF.items():
        _hold(name not in arrays or arrays[name].format == kind)
    _rows(arrays["id_starts"], head.items, len(arrays["ids"]))
    _ids(arrays["id_starts"], arrays["ids"], head.items)
    for source in _sources(arrays):
        _rows(arrays[f"{source}_starts"], head.items, len(arrays[f"{source}_items"]))
        _scored(arrays[f"{source}_items"], arrays[f"{source}_scores"], head.items)
    _scored(arrays["leading_items"], arrays["leading_scores"], head.items)
    total = len(arrays["leading_items"])
    for named in head.groups.values():
        for begin, end in named.values():
            _hold(0 <= begin <= end <= total)
    _hold(all(0 <= weight <= MAX_WEIGHT for weight in head.weights.values()))


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
