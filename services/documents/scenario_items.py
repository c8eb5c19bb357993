"""The products of a story: written into it, or a feed next to it. What cannot be read of them is a mistake of the story."""

from pathlib import Path
from typing import Any, Protocol

from services.documents.yaml12 import Where
from services.items.columns import fields_of
from services.items.feed import Report, items
from services.items.problems import FeedError
from services.items.reading import item_of
from udfs.core.items.item import Item

_EXAMPLE = "{id: tent, price: 129, stock: 3}"


class Refuse(Protocol):
    """Notes a mistake."""

    def __call__(self, where: Where, message: str, suggestion: str | None = None) -> None:
        """At `where` of the story."""
        ...


def catalogue_of(value: Any, *, folder: Path, now: int, refuse: Refuse) -> tuple[Item, ...]:
    """The items of `catalogue`. `now`, epoch milliseconds, decides which sale prices are in force."""
    if isinstance(value, str):
        return _of_feed(folder / value, value, now, refuse)
    if not isinstance(value, list):
        refuse(("catalogue",), f"`catalogue` is a list of products, such as [{_EXAMPLE}], or the name of a feed in the same folder")
        return ()
    found: list[Item] = []
    for index, fields in enumerate(value):
        where: Where = ("catalogue", index)
        if not isinstance(fields, dict):
            refuse(where, f"a product is a mapping: {_EXAMPLE}")
            continue
        told = {str(key): each for key, each in fields.items()}
        item, faults = item_of({field: told[name] for name, field in fields_of(told).items()}, now=now)
        for fault in faults:
            refuse(where, f"{fault.field or 'the product'} {fault.what}", fault.fix)
        if item is not None:
            found.append(item)
    return tuple(found)


def _of_feed(path: Path, name: str, now: int, refuse: Refuse) -> tuple[Item, ...]:
    report = Report(name=name)
    try:
        found = tuple(items(path, report, now=now))
    except FeedError as error:
        refuse(("catalogue",), str(error))
        return ()
    for told in report.faults.values():
        refuse(("catalogue",), f"{name}, line {told.places[0][0]}: {told.fault.field or 'the row'} {told.fault.what}", told.fault.fix)
    return found
