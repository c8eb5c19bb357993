"""The catalogue in the job's process: loaded while events go on, one version after the other, and never at their cost."""

import hashlib
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from services.catalogue.files import CatalogueFiles
from services.items.store import Store
from udfs.catalogue.files import fetch
from udfs.catalogue.loaded import LoadedCatalogue
from udfs.catalogue.snapshot import BadSnapshot, Removed, Snapshot
from udfs.core.items.item import Item, ItemReason
from udfs.core.items.published import Layer, Published


def until(holds: Callable[[], bool]) -> None:
    ends = time.monotonic() + 20
    while not holds():
        assert time.monotonic() < ends, "it never came"
        time.sleep(0.01)


def price(catalogue: LoadedCatalogue, item_id: str = "a") -> float | str | None:
    found = catalogue.current.find(item_id)
    return found.price if isinstance(found, Item) else found.value


@pytest.fixture
def store() -> Store:
    return Store()


@pytest.fixture
def files(tmp_path: Path) -> CatalogueFiles:
    return CatalogueFiles(str(tmp_path / "store"))


def version(store: Store, files: CatalogueFiles, **prices: float | None) -> Published:
    store.put([Item(id=key, price=value) if value is not None else Removed(key) for key, value in prices.items()])
    return Published((files.put(store),))


def test_before_anything_is_published_the_reason_says_so() -> None:
    assert price(LoadedCatalogue(lambda _: None)) == "NO_CATALOGUE"


def test_a_version_is_in_force_as_soon_as_it_is_there(store: Store, files: CatalogueFiles) -> None:
    told: list[str] = []
    catalogue = LoadedCatalogue(told.append)
    first = version(store, files, a=1.0)
    catalogue.follow(first, wait=20)
    assert (price(catalogue), catalogue.current.version, told) == (1.0, first.version, [])
    second = version(store, files, a=2.0)
    catalogue.follow(second)
    until(lambda: price(catalogue) == 2.0)


def test_a_layer_of_changes_lies_on_the_version_below_which_is_not_read_again(store: Store, files: CatalogueFiles) -> None:
    read: list[str] = []

    def counting(layer: Layer) -> Snapshot:
        read.append(layer.sha256)
        return fetch(layer)

    catalogue = LoadedCatalogue(lambda _: None, read=counting)
    base = version(store, files, a=1.0, b=1.0, c=1.0)
    catalogue.follow(base, wait=20)
    stamp = store.stamp
    store.put([Item(id="a", price=9.0), Removed("b"), Item(id="d", price=4.0)])
    layered = Published((*base.layers, files.put(store, since=stamp)))
    catalogue.follow(layered)
    until(lambda: catalogue.current.version == layered.version)
    assert [price(catalogue, key) for key in "abcd"] == [9.0, "UNKNOWN_ITEM", 1.0, 4.0]
    assert len(read) == 2


def test_an_event_never_waits_for_a_version_that_is_on_its_way(store: Store, files: CatalogueFiles) -> None:
    go = threading.Event()

    def slow(layer: Layer) -> Snapshot:
        go.wait(20)
        return fetch(layer)

    catalogue = LoadedCatalogue(lambda _: None, read=slow)
    catalogue.follow(version(store, files, a=1.0))
    assert price(catalogue) == "LOADING"
    go.set()
    until(lambda: price(catalogue) == 1.0)
    go.clear()
    catalogue.follow(version(store, files, a=2.0))
    assert price(catalogue) == 1.0  # the version before stays in force meanwhile
    go.set()
    until(lambda: price(catalogue) == 2.0)


def test_of_many_versions_in_a_row_the_last_is_in_force(store: Store, files: CatalogueFiles) -> None:
    catalogue = LoadedCatalogue(lambda _: None)
    for number in range(20):
        catalogue.follow(version(store, files, a=float(number)))
    until(lambda: price(catalogue) == 19.0)
    time.sleep(0.1)
    assert price(catalogue) == 19.0


def test_a_removed_catalogue_is_none() -> None:
    catalogue = LoadedCatalogue(lambda _: None)
    catalogue.follow(None)
    assert price(catalogue) == "NO_CATALOGUE"


@pytest.mark.parametrize("harm", ["missing", "changed", "shorter", "longer", "no snapshot"])
def test_a_file_that_is_not_what_was_published_is_refused_told_once_and_changes_nothing(store: Store, files: CatalogueFiles, harm: str) -> None:
    told: list[str] = []
    catalogue = LoadedCatalogue(told.append, again_s=(0.01, 0.01))
    catalogue.follow(version(store, files, a=1.0), wait=20)
    bad = version(store, files, a=2.0).layers[0]
    path = Path(bad.uri.removeprefix("file://"))
    data = path.read_bytes()
    if harm == "missing":
        path.unlink()
    elif harm == "no snapshot":
        data = b"x" * len(data)
        path.write_bytes(data)
        bad = bad._replace(sha256=hashlib.sha256(data).hexdigest())
    else:
        path.write_bytes({"changed": data[:-1] + b"\x00", "shorter": data[:-1], "longer": data + b"x"}[harm])
    catalogue.follow(Published((bad,)), wait=20)
    until(lambda: bool(told))
    assert price(catalogue) == 1.0
    time.sleep(0.2)
    assert len(told) == 1


def test_a_first_version_that_is_refused_gives_the_reason_and_is_tried_again_when_it_is_published_again(store: Store, files: CatalogueFiles) -> None:
    broken = True

    def failing(layer: Layer) -> Snapshot:
        if broken:
            message = "the store is away"
            raise BadSnapshot(message)
        return fetch(layer)

    told: list[str] = []
    catalogue = LoadedCatalogue(told.append, read=failing, again_s=())
    wanted = version(store, files, a=1.0)
    catalogue.follow(wanted, wait=20)
    until(lambda: price(catalogue) == ItemReason.REFUSED.value)
    broken = False
    until(lambda: not any(thread.name == "load the catalogue" for thread in threading.enumerate()))
    catalogue.follow(wanted, wait=20)
    until(lambda: price(catalogue) == 1.0)
    assert told == ["the store is away"]


def test_a_store_that_is_away_for_a_moment_is_asked_again(store: Store, files: CatalogueFiles) -> None:
    tries: list[int] = []

    def failing(layer: Layer) -> Snapshot:
        tries.append(1)
        if len(tries) < 3:
            raise OSError
        return fetch(layer)

    catalogue = LoadedCatalogue(lambda _: None, read=failing, again_s=(0.01, 0.01, 0.01))
    catalogue.follow(version(store, files, a=1.0))
    until(lambda: price(catalogue) == 1.0)
    assert len(tries) == 3


def test_whoever_changes_the_file_after_it_was_read_changes_nothing(store: Store, files: CatalogueFiles) -> None:
    """A file that is mapped and then cut off would end the process."""
    catalogue = LoadedCatalogue(lambda _: None)
    published = version(store, files, **{f"i{number}": float(number) for number in range(5_000)})
    catalogue.follow(published, wait=20)
    Path(published.layers[0].uri.removeprefix("file://")).write_bytes(b"")
    assert [price(catalogue, f"i{number}") for number in range(0, 5_000, 500)] == [float(number) for number in range(0, 5_000, 500)]


def test_the_store_keeps_what_is_published_and_what_may_still_be_read(store: Store, files: CatalogueFiles, tmp_path: Path) -> None:
    old, new = version(store, files, a=1.0), version(store, files, a=2.0)
    assert files.tidy(new.layers, now=time.time()) == 0
    assert files.tidy(new.layers, now=time.time() + 7_200) == 1
    assert [path.stem for path in (tmp_path / "store").iterdir()] == [new.layers[0].sha256]
    assert old != new


def test_a_store_with_a_login_in_its_address_is_refused() -> None:
    with pytest.raises(ValueError, match="credentials"):
        CatalogueFiles("s3://key:secret@bucket/prefix")


def test_the_copy_is_nobody_elses(store: Store, files: CatalogueFiles) -> None:
    before = set(Path(tempfile.gettempdir()).glob("kairos-catalogue-*"))
    held = fetch(version(store, files, a=1.0).layers[0])
    assert held.count == 1
    assert set(Path(tempfile.gettempdir()).glob("kairos-catalogue-*")) == before
