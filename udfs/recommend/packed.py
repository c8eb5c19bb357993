"""What was learned of items, as one file that is mapped into memory: asking for the neighbours of an item costs a microsecond or two."""

import sys
from bisect import bisect_left, bisect_right
from collections.abc import Mapping, Sequence
from mmap import mmap
from typing import Any, NamedTuple

import msgspec
import numpy as np

from udfs.core.recommend.recommender import NOTHING, Part, Ranked, Scored, Told
from udfs.recommend.features import FACTS, FEATURES, features
from udfs.recommend.layout import HEAD, KINDS, MAGIC, BadRecommender, Head, Place, opened, sources
from udfs.recommend.ranker import Ranker, Tell
from udfs.recommend.sums import Sums
from udfs.scoring.files import ModelRefused

BEGINS = 8
"""Bytes of an id that are compared at once."""


def _begins(starts: Any, ids: Any) -> Any:
    """How each id begins, as a number: ids in order have them in order, too."""
    found = np.zeros(len(starts) - 1, np.uint64)
    for place in range(BEGINS):
        at = starts[:-1] + np.uint64(place)
        inside = at < starts[1:]
        found[inside] |= ids[at[inside]].astype(np.uint64) << np.uint64(8 * (BEGINS - 1 - place))
    return found


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
    of_items: Mapping[str, Any] = {}
    """What the ranker reads of each item, by the names in `FACTS`; empty where there is no ranker."""
    ranker: bytes = b""
    """An ONNX model that reads `FEATURES`; empty: lists are in the order of their sums."""


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
    arrays |= {name: np.asarray(learned.of_items[name]).astype(KINDS[kind]) for name, kind in FACTS.items() if learned.of_items}
    if learned.ranker:
        arrays["ranker"] = np.frombuffer(learned.ranker, np.uint8)
    places, body = dict[str, Place](), b""
    pieces: list[bytes] = []
    size = 0
    for name, array in arrays.items():
        kind = next(code for code, dtype in KINDS.items() if dtype == array.dtype)
        places[name] = Place(size, len(array), kind)
        body = array.tobytes()
        pieces.append(body + b"\0" * (-len(body) % 8))
        size += len(pieces[-1])
    read = list(FEATURES) if learned.ranker else []
    told = Head(len(texts), learned.decay, dict(learned.weights), places, groups, dict(learned.facts), read)
    head = msgspec.json.encode(told, order="sorted")
    head += b" " * (-len(head) % 8)
    return HEAD.pack(MAGIC, len(head)) + head + b"".join(pieces)


class PackedRecommender:
    """One file, opened."""

    def __init__(self, mapped: mmap | bytes, version: str, *, tell: Tell = lambda _: None) -> None:
        """Raises BadRecommender. `tell` takes what is to be reported on `rejected`, should the ranker fail later."""
        if sys.byteorder != "little":
            message = "a recommender can only be read on a little-endian machine"
            raise BadRecommender(message)
        self.version: str | None = version
        whole = memoryview(mapped)
        try:
            head, arrays = opened(whole)
            self.ranker = Ranker(bytes(arrays["ranker"]), tell) if "ranker" in arrays else None
        except BadRecommender:
            raise
        except ModelRefused as error:
            message = f"the ranker of the recommender is refused: {error.message}"
            raise BadRecommender(message) from error
        except Exception as error:  # bytes from outside; whatever is wrong with them, they are not used
            message = f"the recommender is not what training writes: {type(error).__name__}: {error}"
            raise BadRecommender(message) from error
        self._whole = mapped
        self.count = head.items
        self.decay = head.decay
        self.weights: Mapping[str, float] = head.weights
        self.facts: Mapping[str, Any] = head.facts
        self._id_starts, self._ids = arrays["id_starts"], arrays["ids"]
        self._begins = memoryview(_begins(np.asarray(self._id_starts), np.asarray(self._ids)))
        self._near = {source: tuple(arrays[f"{source}_{part}"] for part in ("starts", "items", "scores")) for source in sources(arrays)}
        self._groups = head.groups
        self._leading = arrays["leading_items"], arrays["leading_scores"]
        self._arrays = {source: (starts, np.asarray(items), np.asarray(scores)) for source, (starts, items, scores) in self._near.items()}
        self._leaders = np.asarray(self._leading[0]), np.asarray(self._leading[1])
        self._of_items = {name: np.asarray(arrays[name]) for name in FACTS if name in arrays}

    def number(self, item_id: str) -> int | None:
        """Found by halving, since ids are in order, and UTF-8 keeps it: by how they begin, then as a whole."""
        wanted = item_id.encode("utf-8", "surrogatepass")
        begins = int.from_bytes(wanted[:BEGINS].ljust(BEGINS, b"\0"))
        every = self._begins
        low = bisect_left(every, begins)
        if low == self.count or every[low] != begins:
            return None
        alone = low + 1 == self.count or every[low + 1] != begins
        high = low + 1 if alone else bisect_right(every, begins, low)
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

    def ranked(self, parts: Sequence[Part], told: Told | None = None) -> Ranked:
        """What these parts bring, added up in double precision, in their order; with `told`, as the ranker orders it."""
        sums = self._sums(parts)
        return sums if self.ranker is None or told is None else self.ranker.ordered(sums, parts, told, self._of_items)

    def features(self, parts: Sequence[Part], told: Told) -> tuple[Sequence[int], Any]:
        """What a ranker would be asked: the numbers of the first candidates, and a row of `FEATURES` for each. The file must tell of its items."""
        sums = self._sums(parts)
        asked = features(sums, parts, told, self._of_items) if sums.numbers else np.zeros((0, len(FEATURES)), np.float32)
        return sums.numbers[: len(asked)], asked

    def _sums(self, parts: Sequence[Part]) -> Sums:
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
