"""All items, by id, in one file of SQLite: what the newest record of each says, and what has changed since the last whole snapshot.

Memory stays small however many items there are, and a process that is killed goes on where it stood.
"""

import hashlib
import sqlite3
from array import array
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from operator import itemgetter
from pathlib import Path
from typing import IO, NamedTuple

import msgspec

from udfs.catalogue.snapshot import Removed, encode, hash_of, head
from udfs.core.items.item import Item

BATCH = 5_000
CACHE_KIB = 128 * 1024
decode = msgspec.msgpack.Decoder(Item | Removed).decode
"""What a record says."""
_TABLES = (
    "CREATE TABLE IF NOT EXISTS entries (hash BLOB, id TEXT, record BLOB, changed INTEGER, removed INTEGER, UNIQUE (hash, id))",
    "CREATE INDEX IF NOT EXISTS changes ON entries (changed)",
    "CREATE TABLE IF NOT EXISTS facts (name TEXT PRIMARY KEY, value TEXT) WITHOUT ROWID",
    "CREATE TABLE IF NOT EXISTS categories (name TEXT PRIMARY KEY, since INTEGER) WITHOUT ROWID",
    "CREATE TABLE IF NOT EXISTS news (number INTEGER PRIMARY KEY AUTOINCREMENT, record BLOB)",
)
_BEFORE = "items"
"""The table in which entries stood before version 0.2: in the order of their hashes, so that a new one could change any page of the file."""
_PUT = """
INSERT INTO entries VALUES (?, ?, ?, ?, ?) ON CONFLICT (hash, id)
DO UPDATE SET record = excluded.record, changed = excluded.changed, removed = excluded.removed WHERE record <> excluded.record
"""


Told = Callable[[Item | Removed | None, Item | Removed], bytes | None]
"""What is to be told of an item that was the first and is now the second; None: nothing."""


class Written(NamedTuple):
    """A snapshot that was written."""

    sha256: str
    size: int
    items: int


class Store:
    """Items on disk. One process may write at a time."""

    def __init__(self, path: Path | None = None) -> None:
        """None: for this run alone, in a file that goes with it."""
        self._base = sqlite3.connect("" if path is None else path, isolation_level=None, timeout=5)
        self._base.execute(f"PRAGMA cache_size=-{CACHE_KIB}")
        self._base.execute("PRAGMA journal_mode=" + ("OFF" if path is None else "WAL"))
        self._base.execute("PRAGMA synchronous=" + ("OFF" if path is None else "NORMAL"))
        for table in _TABLES:
            self._base.execute(table)
        if self._base.execute("SELECT 1 FROM sqlite_master WHERE name = ?", (_BEFORE,)).fetchone():
            self._base.execute("BEGIN IMMEDIATE")
            self._base.execute(f"INSERT OR IGNORE INTO entries SELECT hash, id, record, changed, removed FROM {_BEFORE}")
            self._base.execute(f"DROP TABLE {_BEFORE}")
            self._base.execute("COMMIT")

    def __enter__(self) -> "Store":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the file."""
        self._base.close()

    def put(self, entries: Iterable[Item | Removed], *, facts: Mapping[str, str] | None = None, told: Told | None = None) -> int:
        """Take in items and removals; of one id the last counts. Returns how many changes that made.

        `facts`, and what is `told` of each change (see `news`), are stored with them, or none of it is.
        """
        stamp = int(self.fact("stamp") or 0) + 1
        changed, remaining = 0, iter(entries)
        self._base.execute("BEGIN")
        try:
            while batch := list(islice(remaining, BATCH)):
                if told is not None:
                    self._base.executemany("INSERT INTO news (record) VALUES (?)", list(self._news(batch, told)))
                rows = [(hash_of(e.id), _stored(e.id), encode(e), stamp, isinstance(e, Removed)) for e in batch]
                rows.sort(key=itemgetter(0))  # a snapshot reads them in this order: so each page of the file once, and not each row for itself
                changed += self._base.executemany(_PUT, rows).rowcount
            for name, value in {**(facts or {}), **({"stamp": str(stamp)} if changed else {})}.items():
                self._base.execute("INSERT OR REPLACE INTO facts VALUES (?, ?)", (name, value))
            self._base.execute("COMMIT")
        except BaseException:
            self._base.execute("ROLLBACK")
            raise
        return changed

    def _news(self, batch: Sequence[Item | Removed], told: Told) -> Iterator[tuple[bytes]]:
        before: dict[str, Item | Removed] = {}
        for entry in batch:
            held = before.get(entry.id) or self.held(entry.id)
            before[entry.id] = entry
            if held != entry and (record := told(held, entry)) is not None:
                yield (record,)

    def news(self, most: int = BATCH) -> list[tuple[int, bytes]]:
        """The news that are not yet `sent`, oldest first: numbers and records."""
        return [(number, bytes(record)) for number, record in self._base.execute("SELECT number, record FROM news ORDER BY number LIMIT ?", (most,))]

    def sent(self, number: int) -> None:
        """News up to this number are where they belong."""
        self._base.execute("DELETE FROM news WHERE number <= ?", (number,))

    def known_since(self, category: str, now: int) -> int:
        """Since when this store knows items of a category, epoch milliseconds; from now on, if it knew none."""
        self._base.execute("INSERT OR IGNORE INTO categories VALUES (?, ?)", (category, now))
        (since,) = self._base.execute("SELECT since FROM categories WHERE name = ?", (category,)).fetchone()
        return int(since)

    def fact(self, name: str) -> str | None:
        """Something that was stored with the items."""
        found = self._base.execute("SELECT value FROM facts WHERE name = ?", (name,)).fetchone()
        return None if found is None else str(found[0])

    @property
    def stamp(self) -> int:
        """Grows with each change."""
        return int(self.fact("stamp") or 0)

    def __len__(self) -> int:
        (count,) = self._base.execute("SELECT count(*) FROM entries WHERE removed = 0").fetchone()
        return int(count)

    def changed_since(self, stamp: int) -> int:
        """How many items have changed, or were removed, after this stamp."""
        (count,) = self._base.execute("SELECT count(*) FROM entries WHERE changed > ?", (stamp,)).fetchone()
        return int(count)

    def get(self, item_id: str) -> Item | None:
        """An item; None where there is none, or it was removed."""
        found = self.held(item_id)
        return found if isinstance(found, Item) else None

    def held(self, item_id: str) -> Item | Removed | None:
        """What was said last of an item."""
        row = self._base.execute("SELECT record FROM entries WHERE hash = ? AND id = ?", (hash_of(item_id), _stored(item_id))).fetchone()
        return decode(row[0]) if row else None

    def beside(self, other: "Store") -> Iterator[tuple[str, bytes | None, bytes | None]]:
        """Each id that this store or another one has an item of, in the order of their hashes, with the records of both; None: it has none."""
        ours, theirs = self._records(), other._records()
        one, two = next(ours, None), next(theirs, None)
        while one is not None or two is not None:
            if two is None or (one is not None and one[:2] < two[:2]):
                assert one is not None
                yield one[1], one[2], None
                one = next(ours, None)
            elif one is None or two[:2] < one[:2]:
                yield two[1], None, two[2]
                two = next(theirs, None)
            else:
                yield one[1], one[2], two[2]
                one, two = next(ours, None), next(theirs, None)

    def _records(self) -> Iterator[tuple[bytes, str, bytes]]:
        yield from self._base.execute("SELECT hash, id, record FROM entries WHERE removed = 0 ORDER BY hash, id")

    def write(self, file: IO[bytes], *, since: int | None = None) -> Written:
        """Write a snapshot of everything, or (since) a layer of what has changed after that stamp, removals included. The same items give the same
        bytes."""
        # Few have changed, and SQLite would read all of them in the order that is asked for: so the index is named.
        where, values = ("entries WHERE removed = 0", ()) if since is None else ("entries INDEXED BY changes WHERE changed > ?", (since,))
        (count,) = self._base.execute(f"SELECT count(*) FROM {where}", values).fetchone()
        beginning, start = head(count)
        hashes, offsets, place = array("Q"), array("Q", [0]), 0
        file.seek(start)
        for key, record in self._base.execute(f"SELECT hash, record FROM {where} ORDER BY hash, id", values):
            hashes.append(int.from_bytes(key, "big"))
            place += len(record)
            offsets.append(place)
            file.write(record)
        file.seek(0)
        file.write(beginning)
        file.write(hashes.tobytes())
        file.write(offsets.tobytes())
        file.flush()
        file.seek(0)
        digest = hashlib.file_digest(file, "sha256")  # type: ignore[arg-type]
        return Written(digest.hexdigest(), start + place, count)

    def forget_removed(self) -> None:
        """Nothing need be known of what was removed: a whole snapshot says it by not having it."""
        self._base.execute("DELETE FROM entries WHERE removed = 1")


def _stored(item_id: str) -> str:
    return item_id.encode("utf-8", "replace").decode()
