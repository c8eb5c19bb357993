"""Small worlds of people and items, and the same evaluated by the slowest and plainest code there is."""

import math
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from random import Random
from typing import Any

import msgspec
import numpy as np

from simulation.segment_spec import iso
from tests.builders import DAY, MINUTE, MONDAY
from training.recommend.cases import Cases, Histories
from training.recommend.sequences import Sequences


def sequences(rows: Iterable[Sequence[int]], n_items: int, *, gap: int = MINUTE, begin: Mapping[int, int] | None = None) -> Sequences:
    """Items of each row, a minute apart; row n begins n days after Monday, or at `begin[n]`."""
    rows = [list(row) for row in rows]
    times = [(begin or {}).get(n, MONDAY + n * DAY) + place * gap for n, row in enumerate(rows) for place in range(len(row))]
    starts = np.cumsum([0, *map(len, rows)]).astype(np.int64)
    return Sequences(np.array([item for row in rows for item in row], np.int32), np.array(times, np.int64), starts, n_items)


def histories(rows: Sequence[Sequence[int]], n_items: int, *, masked: bool = True, own: Sequence[int] | None = None, day: int = 0) -> Histories:
    """These histories as a batch, each a day after the one before; the first one begins `day` days after Monday."""
    base = sequences(rows, n_items, begin={n: MONDAY + (day + n) * DAY for n in range(len(rows))})
    number = len(rows)
    nobody = np.full(number, -1, np.int64)
    target = np.zeros(number, np.int32)
    kept = nobody if own is None else np.array(own, np.int64)
    return Cases(base, base.starts[:-1], base.starts[1:], target, kept, nobody, masked).histories()


def clusters(people: int = 120, n_items: int = 40, *, seed: int = 3, shortest: int = 1, longest: int = 12) -> list[list[int]]:
    """Everybody takes items of one of four kinds, now and then another one, and some of them again."""
    random = Random(seed)
    rows = []
    for person in range(people):
        kind = [item for item in range(n_items) if item % 4 == person % 4]
        rows.append([random.choice(kind if random.random() < 0.85 else range(n_items)) for _ in range(random.randint(shortest, longest))])
    return rows


def best(scores: Mapping[int, float], seen: Iterable[int], k: int) -> list[int]:
    """The oracle of every list: all items that have a score, those not seen, by score rounded to a millionth, then by id."""
    left = set(scores) - set(seen)
    return sorted(left, key=lambda item: (-round(scores[item] * 1e6), item))[:k]


def measures(lists: Sequence[Sequence[int]], targets: Sequence[int], popularity: Sequence[float], n_items: int) -> dict[str, float]:
    """The oracle of the measures, from lists of 20."""
    found = dict.fromkeys(("HR@10", "HR@20", "NDCG@10", "MRR@20"), 0.0)
    for shown, target in zip(lists, targets, strict=True):
        for place, item in enumerate(shown, start=1):
            if item == target:
                found["HR@20"] += 1
                found["MRR@20"] += 1 / place
                if place <= 10:
                    found["HR@10"] += 1
                    found["NDCG@10"] += 1 / math.log2(place + 1)
    found = {name: value / len(targets) for name, value in found.items()}
    slots = [item for shown in lists for item in shown]
    found["coverage@20"] = len(set(slots)) / n_items
    wanted = sum(popularity[target] for target in targets) / len(targets)
    found["popularity_bias@20"] = sum(popularity[item] for item in slots) / len(slots) / wanted
    return found


def viewed(user: Any, item: Any, at: int, number: Any = None, **more: Any) -> dict[str, Any]:
    """An event of the Segment spec; `number` makes its message id."""
    event = {"type": "track", "event": "Product Viewed", "userId": user, "timestamp": iso(at), "properties": {"product_id": item}}
    return event | ({"messageId": f"message-number-{number}"} if number is not None else {}) | more


def write(path: Path, events: Iterable[Any]) -> Path:
    """A file with a line for each; bytes as they are."""
    path.write_bytes(b"".join((each if isinstance(each, bytes) else msgspec.json.encode(each)) + b"\n" for each in events))
    return path


def shop(path: Path, rows: Sequence[Sequence[int]], *, gap: int = MINUTE) -> Path:
    """The rows as a file of views, items as i00, i01, …"""
    found = sequences(rows, 1, gap=gap)
    events = [
        viewed(f"u{owner:04}", f"i{item:02}", int(at), n)
        for n, (owner, item, at) in enumerate(zip(found.owners, found.items, found.times, strict=True))
    ]
    return write(path, events)
