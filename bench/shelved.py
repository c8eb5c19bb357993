"""A catalogue and a recommender of any number of items in force in a running stack, without the minutes that a feed of them takes to be read."""

from collections.abc import Iterable, Sequence
from pathlib import Path

from bench.lab import Lab
from bench.worst_items import learned
from services.catalogue.files import CatalogueFiles
from services.control.pointers import CATALOGUE
from services.items.store import Store
from services.recommend.local import FILE
from services.recommender.publish import publish
from udfs.core.items.item import Item
from udfs.core.items.published import Published
from udfs.recommend.packed import pack

CONTROL = "control"


def put_catalogue(stack: Lab, items: Iterable[Item]) -> Published:
    """Publish these items as the service of the catalogue does, once it has read them from their topic."""
    with Store() as store:
        store.put(items)
        version = Published((CatalogueFiles(str(stack.home / "catalogue-store")).put(store),))
    CATALOGUE.publish(stack.brokers, CONTROL, version)
    return version


def put_recommender(stack: Lab, ids: Sequence[str]) -> Published:
    """Publish a recommender of these items, with a hundred neighbours for each and a ranker. `ids` are of a hundred items at least."""
    folder = stack.home / "learned"
    folder.mkdir(exist_ok=True)
    Path(folder / FILE).write_bytes(pack(learned(ids, ranker=True)))
    return publish(stack.brokers, CONTROL, folder, store=str(stack.home / "recommender-store"))


def article(each: str) -> Item:
    """A product in stock, of a category that depends on its id."""
    return Item(id=each, name=f"Article {each}", price=9.0, currency="EUR", stock=3.0, category=f"Outdoor > Kind {len(each) % 7}")
