"""What the job recommends from, as one file: neighbours by history and by catalogue, and what leads in each group.

Before it is written, the lists that the engine makes of it are compared with those of the evaluation, item by item.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from training.errors import ParityError
from training.recommend.cases import Histories
from training.recommend.catalogue import Catalogue
from training.recommend.deployed import as_kept, lists
from training.recommend.scores import NONE
from training.recommend.sequences import Floats, Longs, Sequences
from training.recommend.strategies.neighbours import ByNeighbours, Table
from udfs.core.recommend.categories import key_of, upwards
from udfs.core.recommend.recommender import CATEGORY, SEGMENT
from udfs.core.recommend.strategy import Source, Strategy
from udfs.core.values.durations import DAY
from udfs.recommend.packed import Learned, PackedRecommender, Rows, pack

MAX_LEADERS = 100
NEW = 30 * DAY
"""An item that nobody had taken before that is new."""
Group = tuple[list[int], list[float]]


@dataclass(frozen=True, kw_only=True)
class Published:
    """What was written, and how it was compared."""

    file: Path
    bytes: int
    compared: int
    """Histories whose lists are the same."""


def learned(
    everything: Sequences,
    items: Sequence[str],
    together: ByNeighbours,
    *,
    alike: Table | None,
    known: Catalogue | None,
    trending: Floats | None,
    weights: Mapping[str, float],
    facts: Mapping[str, Any],
    segments: Mapping[str, Floats] | None = None,
    ranker: bytes | None = b"",
) -> Learned:
    """Everything that a file holds.

    `trending`: how many people took each item lately; None: not known. `segments`: how popular each is in them. `ranker`: empty for none; None: for
    one that is still to be learned.
    """
    near = {Source.TOGETHER.value: _rows(together.table)}
    if alike is not None:
        near[Source.ALIKE.value] = _rows(alike)
    groups = _groups(known)
    leading = {"popular": _leading(everything.popularity, groups)}
    whole = np.arange(len(items), dtype=np.int64)
    leading["popular"] |= {f"{SEGMENT}{name}": found for name, values in (segments or {}).items() if (found := _leaders(values, whole))[0]}
    if trending is not None:
        leading["trending"] = _leading(trending, groups)
    leading["new"] = _leading(_freshness(everything), groups)
    of_items = {} if ranker == b"" else _of_items(everything, trending, known)
    return Learned(
        ids=items,
        decay=together.decay,
        weights=dict(weights),
        near=near,
        leading=leading,
        facts=facts,
        of_items=of_items,
        ranker=ranker or b"",
    )


def write(made: Learned, together: ByNeighbours, histories: Histories, file: Path) -> Published:
    """Write the file. Raises ParityError if a single list of these histories differs from the evaluation's."""
    content = pack(made)
    compared = compare(PackedRecommender(content, ""), together, histories)
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(content)
    return Published(file=file, bytes=len(content), compared=compared)


def compare(recommender: PackedRecommender, together: ByNeighbours, histories: Histories) -> int:
    """How many lists of the item-to-item strategy were compared. Raises ParityError for the first that differs."""
    kept = as_kept(histories)
    theirs = together.scores(kept).top(MAX_LEADERS, kept.seen)
    alone = Strategy(weights={Source.TOGETHER: 1.0}, fill=())
    ours = lists(recommender, alone, kept, MAX_LEADERS)
    differing = np.flatnonzero((ours.ids != theirs.ids).any(axis=1))
    if len(differing):
        row = int(differing[0])
        place = int(np.flatnonzero(ours.ids[row] != theirs.ids[row])[0])
        problem = (
            f"export refused: for history {row} the engine has item {ours.ids[row, place]} at place {place + 1}, and the evaluation "
            f"item {theirs.ids[row, place]}: it must not be published"
        )
        raise ParityError(problem)
    return len(kept)


def _rows(table: Table) -> Rows:
    rows, places = np.nonzero(table.ids != NONE)
    starts = np.concatenate([[0], np.cumsum(np.bincount(rows, minlength=len(table.ids)))])
    return Rows(starts, table.ids[rows, places], table.scores[rows, places])


def _groups(known: Catalogue | None) -> dict[str, Longs]:
    """Group -> the numbers of its items: everything, and each category with what is below it."""
    found: dict[str, list[int]] = {}
    for number, category in enumerate(known.categories if known is not None else ()):
        for path in upwards(category) if category else ():
            found.setdefault(f"{CATEGORY}{key_of(path)}", []).append(number)
    return {group: np.array(numbers, np.int64) for group, numbers in found.items()}


def _of_items(everything: Sequences, trending: Floats | None, known: Catalogue | None) -> dict[str, Floats | Longs]:
    """What a ranker reads of each item, as of the end of what was learned from."""
    first = np.full(everything.n_items, np.iinfo(np.int64).max)
    np.minimum.at(first, everything.items, everything.times)
    end = int(everything.times.max(initial=0))
    paths = [key_of(each) if each else "" for each in known.categories] if known is not None else [""] * everything.n_items
    number = {path: place for place, path in enumerate(sorted({"", *paths}))}  # the empty one is the first: none
    return {
        "item_people": np.log1p(everything.popularity),
        "item_lately": np.log1p(trending) if trending is not None else np.zeros(everything.n_items),
        "item_age": np.where(everything.popularity > 0, (end - np.minimum(first, end)) / DAY, 0.0),
        "item_category": np.array([number[path] for path in paths], np.int64),
    }


def _leading(values: Floats, groups: Mapping[str, Longs]) -> dict[str, Group]:
    everything = {"": np.arange(len(values), dtype=np.int64), **groups}
    return {group: found for group, numbers in everything.items() if (found := _leaders(values, numbers))[0]}


def _leaders(values: Floats, numbers: Longs) -> Group:
    """The best, with scores from 0 to 1; of equal ones the smaller number first."""
    mine = values[numbers]
    order = numbers[np.argsort(-mine, kind="stable")][:MAX_LEADERS]
    order = order[values[order] > 0]
    most = float(mine.max(initial=0.0)) or 1.0
    return order.tolist(), (values[order] / most).tolist()


def _freshness(everything: Sequences) -> Floats:
    """How new each item is, from 0 to 1. Where the history itself is short, nothing is."""
    values = np.zeros(everything.n_items)
    if not len(everything.times):
        return values
    first = np.full(everything.n_items, np.iinfo(np.int64).max)
    np.minimum.at(first, everything.items, everything.times)
    end = int(everything.times.max())
    if end - int(everything.times.min()) <= 2 * NEW:
        return values
    age = end - first
    fresh = (age >= 0) & (age < NEW)
    values[fresh] = 1 - age[fresh] / NEW
    return values
