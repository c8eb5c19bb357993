"""One row of a feed as an item: what can be read of it is accepted, what cannot is set aside with the place, the reason and the cure."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from services.items import values
from services.items.columns import COMPUTED
from services.items.faults import Fault, shown, told_by
from services.items.nested import NESTED, plain
from services.items.prices import prices_of, stock_of
from services.items.remembered import Remembered
from services.items.values import MAX_PROPERTIES, Unfit, is_nothing
from udfs.core.items.item import MAX_ID, Item
from udfs.core.values.bounded import MAX_NAME


def _remembered(read: Callable[[Any], Any]) -> Remembered[str, Any]:
    return Remembered(lambda value: None if is_nothing(value) else read(value))


_READERS: tuple[tuple[str, Callable[[Any], Any], Remembered[str, Any] | None], ...] = (
    ("name", values.text, None),
    ("category", values.category, _remembered(values.category)),
    ("brand", values.text, _TEXTS := _remembered(values.text)),
    ("tags", values.tags, _remembered(values.tags)),
    ("image", values.address, None),
    ("url", values.address, None),
    ("released", values.date, _remembered(values.date)),
    ("embedding", values.embedding, None),
)
"""Field, its reader, and what texts said to it, where many items say the same."""
_OWN = "properties."


def item_of(fields: Mapping[str, Any], *, currency: str | None = None, now: int = 0) -> tuple[Item | None, Sequence[Fault]]:
    """The item, None where it has no id, and what was set aside. `currency`: of prices that say none; `now`, epoch milliseconds, decides which sale
    prices are in force (0: those with dates are not)."""
    found, faults = known_of(fields, currency=currency, now=now)
    return None if found is None else Item(**found), faults


def known_of(
    fields: Mapping[str, Any], *, currency: str | None = None, now: int = 0, flat: bool = False
) -> tuple[dict[str, Any] | None, Sequence[Fault]]:
    """The same, with the item as its known fields. `flat`: no value is an object or a list, as in a table."""
    faults: list[Fault] = []
    if not flat and not NESTED.isdisjoint(map(type, fields.values())):
        fields = plain(fields, currency, faults)
    item_id = _id(fields.get("id"), faults)
    if item_id is None:
        return None, faults
    found: dict[str, Any] = {"id": item_id}
    for field, read, remembered in _READERS:
        if (value := fields.get(field)) is None:
            continue
        try:
            if remembered is not None and value.__class__ is str:
                told = remembered[value]
            elif is_nothing(value):
                continue
            else:
                told = read(value)
        except Unfit as error:
            faults.append(Fault(field, error.what, error.fix, shown(value)))
            continue
        if told:  # an empty list of tags is none
            found[field] = told
    found |= prices_of(fields, currency, now, faults)
    found |= stock_of(fields, faults)
    if own := _properties(fields, faults):
        found["properties"] = own
    if "viewers_1h" in fields or "learned" in fields:
        faults += [
            Fault(name, "is not read: Kairos computes it", "leave it out", shown(fields[name])) for name in sorted(COMPUTED) if _says(fields, name)
        ]
    return found, faults


def _says(fields: Mapping[str, Any], name: str) -> bool:
    return not is_nothing(fields.get(name))


def _id(value: Any, faults: list[Fault]) -> str | None:
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    item_id = str(value).strip() if isinstance(value, (str, int)) and not isinstance(value, bool) else ""
    if not item_id.isascii():
        item_id = item_id.encode("utf-8", "replace").decode()
    if not item_id or is_nothing(item_id):
        faults.append(Fault("id", "is missing", "give each item the id that events carry as product_id", shown(value), whole=True))
        return None
    if len(item_id) > MAX_ID:
        faults.append(Fault("id", f"has {len(item_id):,} characters", f"an id has {MAX_ID} at most", shown(value), whole=True))
        return None
    return item_id


def _properties(fields: Mapping[str, Any], faults: list[Fault]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    told_fields: Iterable[tuple[str, Any]] = fields.items()
    if (whole := fields.get("properties")) is not None and not is_nothing(whole):
        told = told_by("properties", whole, values.properties, faults) or {}
        told_fields = [*((_OWN + name, value) for name, value in told.items()), *told_fields]
    for field, value in told_fields:
        if value is None or not field.startswith(_OWN):
            continue
        if value.__class__ is str:  # and no text is a fault
            told = _TEXTS[value]
        elif is_nothing(value):
            continue
        else:
            told = told_by(field, value, values.property_of, faults)
        if told is None:
            continue
        if len(found) >= MAX_PROPERTIES:
            faults.append(Fault(field, f"is more than {MAX_PROPERTIES} properties of one item", "leave out what no campaign reads"))
            break
        found[field[len(_OWN) : len(_OWN) + MAX_NAME]] = told
    return found
