"""Erase people: the files that hold them are rewritten without them, each at once. Doing it again changes nothing."""

import time
from collections.abc import Iterable
from dataclasses import dataclass, field

import pyarrow as pa

from services.lake import erased, rows
from services.lake.store import File, Lake
from udfs.lake.pseudonyms import Pseudonyms
from udfs.lake.tables import LINKED, PERSON


@dataclass(kw_only=True)
class Erased:
    """What an erasure came to."""

    asked: int = 0
    """Ids that were named."""
    found: set[str] = field(default_factory=set)
    """Pseudonyms of which there was something."""
    linked: int = 0
    """Further pseudonyms of the same people: browsers, ids before a login."""
    rows: dict[str, int] = field(default_factory=dict)
    """Table -> rows that went."""
    rewritten: int = 0
    deleted: int = 0
    """Files in which nothing else was."""
    read: int = 0
    young: int = 0
    """Files that were too young to be touched, see `store.SETTLED_S`."""
    unfinished: int = 0
    """Files that were still being written, and may hold rows of these people: readers leave those out, and the next erasure removes them."""


def erase(lake: Lake, ids: Iterable[str], known: Pseudonyms, *, before: int, linking: bool = True) -> Erased:
    """Erase everything of these people that was recorded before an instant, epoch milliseconds; and whoever was erased earlier and came back.

    `linking`: also the events of browsers that were theirs. Raises LakeError.
    """
    wanted = dict.fromkeys({each for each in ids if each}, before)
    return erase_each(lake, wanted, known, linking=linking)


def erase_each(lake: Lake, ids: dict[str, int], known: Pseudonyms, *, linking: bool = True) -> Erased:
    """The same, with an instant for each id."""
    done = Erased(asked=len(ids))
    people = {pseudonym: before for name, before in ids.items() for pseudonym in known.all_of(name)}
    with lake.changing():
        files = lake.finished()
        if linking and people:
            further = _linked(lake, files, people)
            done.linked = len(further.keys() - people.keys())
            people = {**further, **people}
        everybody = erased.add(lake, people)
        if everybody:
            settled = lake.settled(files, now=time.time())
            done.young = len(files) - len(settled)
            for file in settled:
                _rewrite(lake, file, everybody, done)
        done.unfinished = lake.unfinished()
    return done


def _linked(lake: Lake, files: Iterable[File], people: dict[str, int]) -> dict[str, int]:
    """Pseudonym -> the instant of the person to whom it belongs."""
    found: dict[str, int] = {}
    by_limit: dict[int, list[str]] = {}
    for person, before in people.items():
        by_limit.setdefault(before, []).append(person)
    for batch in rows.batches(lake, (file for file in files if file.table == "events"), [PERSON, *LINKED]):
        for before, names in by_limit.items():
            for each in rows.linked(batch, pa.array(names, pa.string())):
                found[each] = max(before, found.get(each, 0))
    return found


def _rewrite(lake: Lake, file: File, people: dict[str, int], done: Erased) -> None:
    done.read += 1
    names, limits = pa.array(people.keys(), pa.string()), pa.array(people.values(), pa.int64())
    gone = 0
    for batch in rows.batches(lake, [file], [PERSON, rows.RECORDED]):
        mine = batch.filter(rows.is_erased(batch, names, limits))
        gone += mine.num_rows
        done.found |= set(mine.column(PERSON).unique().to_pylist())
    if not gone:
        return
    making = lake.making(file)
    left = rows.write(lake, making, rows.schema_of(lake, [file]), rows.without(rows.batches(lake, [file]), people))
    lake.replace(file, making if left else None)
    done.rows[file.table] = done.rows.get(file.table, 0) + gone
    if left:
        done.rewritten += 1
    else:
        done.deleted += 1
