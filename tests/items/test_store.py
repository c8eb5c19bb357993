"""Items on disk, and the snapshots and layers that are written of them."""

import hashlib
import sqlite3
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.items.store import Store, decode
from udfs.catalogue.snapshot import BadSnapshot, Layered, Removed, Snapshot, encode, hash_of, head, mapped
from udfs.core.items.item import Item, ItemReason


def layer(store: Store, since: int | None = None) -> Snapshot:
    with tempfile.TemporaryFile() as file:
        store.write(file, since=since)
        return mapped(file)


def bytes_of(store: Store) -> bytes:
    with tempfile.TemporaryFile() as file:
        store.write(file)
        file.seek(0)
        return file.read()


@settings(max_examples=50, deadline=None)
@given(st.lists(st.tuples(st.text(min_size=1, max_size=8), st.one_of(st.none(), st.floats(0, 1e6))), max_size=40), st.text(max_size=8))
def test_a_snapshot_says_what_the_last_entry_of_each_id_says(told: list[tuple[str, float | None]], other: str) -> None:
    """None stands for a removal; half of them come after the whole snapshot, as a layer."""
    told = [(key.encode("utf-8", "replace").decode(), price) for key, price in told]
    entries: list[Item | Removed] = [Removed(key) if price is None else Item(id=key, price=price) for key, price in told]
    with Store() as store:
        store.put(entries[::2])
        base, stamp = layer(store), store.stamp
        store.put(entries[1::2])
        layered = Layered([base, layer(store, since=stamp)], "v")
        whole = Layered([layer(store)], "v")
    expected = dict(told[::2])
    expected.update(told[1::2])
    for key in {*expected, other}:
        price = expected.get(key)
        for catalogue in (layered, whole):
            found = catalogue.find(key)
            assert (found.price if isinstance(found, Item) else None) == price


def test_the_same_items_in_any_order_are_the_same_bytes() -> None:
    some = [Item(id=f"i{number}", price=float(number)) for number in range(500)]
    with Store() as one, Store() as other:
        one.put(some)
        other.put(some[::-1])
        other.put([Removed("never"), *some[:7]])
        other.forget_removed()
        assert bytes_of(one) == bytes_of(other)


def test_what_says_the_same_as_before_is_no_change() -> None:
    with Store() as store:
        assert store.put([Item(id="a", price=1.0), Item(id="b")]) == 2
        stamp = store.stamp
        assert store.put([Item(id="a", price=1.0)]) == 0
        assert (store.stamp, store.changed_since(stamp)) == (stamp, 0)
        assert store.put([Item(id="a", price=2.0)]) == 1
        assert store.changed_since(stamp) == 1


def test_a_store_goes_on_where_it_stood_and_what_failed_left_no_trace(tmp_path: Path) -> None:
    with Store(tmp_path / "items") as store:
        store.put([Item(id="a", price=1.0)], facts={"offset": "5"})

    def breaking() -> object:
        yield Item(id="b")
        raise OSError

    with Store(tmp_path / "items") as store:
        with pytest.raises(OSError):
            store.put(breaking(), facts={"offset": "9"})  # type: ignore[arg-type]
        assert (len(store), store.fact("offset"), store.get("b")) == (1, "5", None)
        assert store.get("a") == Item(id="a", price=1.0)


def test_a_store_of_a_version_before_goes_on(tmp_path: Path) -> None:
    """Before version 0.2 the entries stood in a table that was ordered by their hashes."""
    base = sqlite3.connect(tmp_path / "items")
    base.execute("CREATE TABLE items (hash BLOB, id TEXT, record BLOB, changed INTEGER, removed INTEGER, PRIMARY KEY (hash, id)) WITHOUT ROWID")
    base.execute("CREATE INDEX by_change ON items (changed)")
    base.execute("CREATE TABLE facts (name TEXT PRIMARY KEY, value TEXT) WITHOUT ROWID")
    base.execute("INSERT INTO facts VALUES ('stamp', '4')")
    entries: list[Item | Removed] = [Item(id="a", price=1.0), Item(id="b"), Removed("c")]
    rows = [(hash_of(each.id), each.id, encode(each), stamp, isinstance(each, Removed)) for stamp, each in enumerate(entries, 2)]
    base.executemany("INSERT INTO items VALUES (?, ?, ?, ?, ?)", rows)
    base.commit()
    base.close()
    for _ in range(2):
        with Store(tmp_path / "items") as store:
            assert (len(store), store.stamp, store.changed_since(3), store.held("c")) == (2, 4, 1, Removed("c"))
            assert store.put([Item(id="a", price=1.0)]) == 0
            assert store.get("a") == Item(id="a", price=1.0)


@settings(max_examples=50, deadline=None)
@given(st.dictionaries(st.text(min_size=1, max_size=3), st.floats(0, 3)), st.dictionaries(st.text(min_size=1, max_size=3), st.floats(0, 3)))
def test_two_stores_are_laid_beside_each_other_id_by_id(one: dict[str, float], two: dict[str, float]) -> None:
    with Store() as ours, Store() as theirs:
        for store, told in ((ours, one), (theirs, two)):
            store.put([Item(id=key, price=price) for key, price in told.items()])
            store.put([Item(id="gone"), Removed("gone")])
        found = {key: (left and decode(left), right and decode(right)) for key, left, right in ours.beside(theirs)}
    expected = {key: tuple(Item(id=key, price=told[key]) if key in told else None for told in (one, two)) for key in {*one, *two}}
    assert found == expected


def test_what_is_written_says_its_own_hash_and_size() -> None:
    with Store() as store, tempfile.TemporaryFile() as file:
        store.put([Item(id=f"i{number}") for number in range(100)])
        written = store.write(file)
        file.seek(0)
        data = file.read()
    assert (written.sha256, written.size, written.items) == (hashlib.sha256(data).hexdigest(), len(data), 100)


@pytest.mark.parametrize("data", [b"x" * 10, b"KAIROSC2" + b"\x00" * 40, head(5)[0], head(2**58)[0] + b"\x00" * 100])
def test_what_is_no_snapshot_is_refused(data: bytes) -> None:
    with pytest.raises(BadSnapshot):
        Snapshot(data)


def test_an_empty_file_is_refused_and_an_empty_catalogue_is_not() -> None:
    with tempfile.TemporaryFile() as file, pytest.raises(BadSnapshot):
        mapped(file)
    with Store() as store:
        assert Layered([layer(store)], "v").find("a") is ItemReason.UNKNOWN_ITEM


def test_a_record_of_a_newer_version_is_unknown_and_no_exception() -> None:
    with Store() as store:
        store.put([Item(id="a")])
        data = bytearray(bytes_of(store))
    data[-len(encode(Item(id="a"))) + 1] = 9  # another tag
    assert Layered([Snapshot(bytes(data))], "v").find("a") is ItemReason.FAILED
