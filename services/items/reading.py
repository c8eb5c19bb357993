"""One row of a feed as an item: what can be read of it is accepted, what cannot is set aside with the place, the reason and the cure."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

from services.items import values
from services.items.values import MAX_PROPERTIES, Unfit, is_nothing
from udfs.core.items.item import MAX_ID, Item
from udfs.core.values.instants import read as read_date

MAX_SHOWN = 40


class Fault(NamedTuple):
    """What was set aside: a field of a row, or (field `id`, or none) the row as a whole."""

    field: str | None
    what: str
    fix: str
    value: str = ""
    """The value, clipped."""
    whole: bool = False
    """Nothing of the row was accepted."""


class Row(NamedTuple):
    """One row as its reader gives it: field -> value, and where it stands."""

    line: int
    fields: Mapping[str, Any]


_READERS: Mapping[str, Callable[[Any], Any]] = {
    "name": values.text,
    "category": values.category,
    "brand": values.text,
    "tags": values.tags,
    "image": values.address,
    "url": values.address,
    "released": values.date,
    "embedding": values.embedding,
}


def item_of(fields: Mapping[str, Any], *, currency: str | None = None, now: int = 0) -> tuple[Item | None, list[Fault]]:
    """The item, None where it has no id, and what was set aside. `currency`: of prices that say none; `now`, epoch milliseconds, decides which sale
    prices are in force (0: those with dates are not)."""
    faults: list[Fault] = []
    item_id = _id(fields.get("id"), faults)
    if item_id is None:
        return None, faults
    found: dict[str, Any] = {"id": item_id}
    for field, read in _READERS.items():
        if (value := fields.get(field)) is not None and not is_nothing(value) and (told := _read(field, value, read, faults)) is not None:
            found[field] = told
    found |= _prices(fields, currency, now, faults)
    found |= _stock(fields, faults)
    if own := _properties(fields, faults):
        found["properties"] = own
    return Item(**found), faults


def _id(value: Any, faults: list[Fault]) -> str | None:
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    item_id = str(value).strip() if isinstance(value, (str, int)) and not isinstance(value, bool) else ""
    item_id = item_id.encode("utf-8", "replace").decode()
    if not item_id or is_nothing(item_id):
        faults.append(Fault("id", "is missing", "give each item the id that events carry as product_id", _shown(value), whole=True))
        return None
    if len(item_id) > MAX_ID:
        faults.append(Fault("id", f"has {len(item_id):,} characters", f"an id has {MAX_ID} at most", _shown(value), whole=True))
        return None
    return item_id


def _read(field: str, value: Any, read: Callable[[Any], Any], faults: list[Fault]) -> Any:
    try:
        return read(value)
    except Unfit as error:
        faults.append(Fault(field, error.what, error.fix, _shown(value)))
    return None


def _prices(fields: Mapping[str, Any], currency: str | None, now: int, faults: list[Fault]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    told = fields.get("currency")
    stated = _read("currency", told, values.currency_of, faults) if told is not None and not is_nothing(told) else None
    amounts: dict[str, tuple[float, str | None]] = {}
    for field in ("price", "list_price", "sale_price"):
        if (value := fields.get(field)) is None or is_nothing(value):
            continue
        read = _read(field, value, lambda each: values.amount(each, stated, currency), faults)
        if read is not None:
            amounts[field] = read
    units = {unit for _, unit in amounts.values() if unit}
    if stated is None and not units and told is not None and not is_nothing(told):
        return found  # in a currency that nobody can read: no price is better than one in another currency
    if len(units) > 1:
        faults.append(Fault("price", f"its prices are in {' and '.join(sorted(units))}", "write them in one currency"))
        return found
    if unit := stated or next(iter(units), currency):
        found["currency"] = unit
    price, regular, sale = (amounts[field][0] if field in amounts else None for field in ("price", "list_price", "sale_price"))
    if sale is not None and (price is None or sale < price) and _in_force(fields.get("sale_dates"), now, faults):
        regular, price = price if regular is None else regular, sale
    if price is not None:
        found["price"] = price
        if regular is not None and regular > price:
            found["list_price"] = regular
    return found


def _in_force(dates: Any, now: int, faults: list[Fault]) -> bool:
    """Whether a sale price with these dates, `from/to`, is the price now."""
    if dates is None or is_nothing(dates):
        return True
    ends = [read_date(part.strip()) for part in str(dates).split("/")]
    if len(ends) != 2 or ends[0] is None or ends[1] is None:
        faults.append(Fault("sale_price_effective_date", "is no span of time", "write 2026-03-01T00:00Z/2026-03-10T23:59Z", _shown(dates)))
        return False
    return ends[0].at <= now <= ends[1].at + (86_399_999 if ends[1].day is not None else 0)


def _stock(fields: Mapping[str, Any], faults: list[Fault]) -> dict[str, Any]:
    count: float | None = None
    whether: bool | None = None
    if (value := fields.get("stock")) is not None and not is_nothing(value):
        count, whether = _read("stock", value, values.stock, faults) or (None, None)
    if (value := fields.get("in_stock")) is not None and not is_nothing(value):
        told, stated = _read("availability", value, values.availability, faults) or (None, None)
        count = told if count is None else count
        whether = whether if stated is None else stated  # what is said outright outweighs a count
    return {name: value for name, value in (("stock", count), ("in_stock", whether)) if value is not None}


def _properties(fields: Mapping[str, Any], faults: list[Fault]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in _told(fields, faults):
        if value is None or is_nothing(value):
            continue
        if len(found) >= MAX_PROPERTIES:
            faults.append(Fault(f"properties.{name}", f"is more than {MAX_PROPERTIES} properties of one item", "leave out what no campaign reads"))
            break
        if (told := _read(f"properties.{name}", value, values.property_of, faults)) is not None:
            found[name[:64]] = told
    return found


def _told(fields: Mapping[str, Any], faults: list[Fault]) -> Iterator[tuple[str, Any]]:
    whole = fields.get("properties")
    if whole is not None and not is_nothing(whole):
        yield from (_read("properties", whole, values.properties, faults) or {}).items()
    for field, value in fields.items():
        if field.startswith("properties."):
            yield field.removeprefix("properties."), value


def _shown(value: Any) -> str:
    try:
        found = str(value)
    except (ValueError, RecursionError):  # a whole number of thousands of digits
        return "such a value"
    return found if len(found) <= MAX_SHOWN else found[:MAX_SHOWN] + "…"
