"""What an item costs, and whether there are any: fields that several columns of a feed tell together."""

from collections.abc import Mapping, Sequence
from typing import Any

from services.items import values
from services.items.faults import Fault, shown, told_by
from services.items.remembered import Remembered
from services.items.values import Unfit, is_nothing
from udfs.core.values.instants import read as read_date
from udfs.core.values.numbers import USUAL

_Known = tuple[Mapping[str, Any], Sequence[Fault]]
"""Known fields, and what was set aside."""
_Prices = tuple[Any, Any, Any, Any, Any, str | None, int, tuple[type, ...]]
"""Price, list price, sale price, its dates and currency as the feed has them, the usual currency, the time now, and the types of the first five."""


def prices_of(fields: Mapping[str, Any], usual: str | None, now: int, faults: list[Fault]) -> Mapping[str, Any]:
    """The fields `price`, `list_price` and `currency`. `usual`: the currency of prices that say none; `now`: epoch milliseconds."""
    get = fields.get
    price, regular, sale, dates, unit = get("price"), get("list_price"), get("sale_price"), get("sale_dates"), get("currency")
    types = (price.__class__, regular.__class__, sale.__class__, dates.__class__, unit.__class__)
    told = (price, regular, sale, dates, unit, usual, now, types)
    try:
        held = _PRICES.get(told)
    except TypeError:  # a list or an object
        held = _prices(told)
    if held is None:
        if regular is None and dates is None and unit is None and (quick := _quick(price, sale, usual)) is not None:
            return quick
        held = _PRICES[told]
    known, wrong = held
    if wrong:
        faults += wrong
    return known


def _quick(price: Any, sale: Any, usual: str | None) -> Mapping[str, Any] | None:
    """The same of amounts as programs write them, without anything besides: those of most feeds, and of each item others. None: it is not so."""
    if not isinstance(price, str) or (paid := USUAL.fullmatch(price)) is None:
        return None
    amount, unit = paid.groups()
    if unit not in values.UNITS:
        return None
    now = float(amount)
    found: dict[str, Any] = {"price": now}
    if isinstance(sale, str):
        if (reduced := USUAL.fullmatch(sale)) is None or reduced[2] != unit:
            return None
        if (less := float(reduced[1])) < now:
            found = {"price": less, "list_price": now}
    elif sale is not None:
        return None
    if unit := unit or usual:
        found["currency"] = unit
    return found


def _prices(said: _Prices) -> _Known:
    price, list_price, sale_price, dates, told, usual, now, _ = said
    faults: list[Fault] = []
    stated = told_by("currency", told, values.currency_of, faults) if told is not None and not is_nothing(told) else None
    amounts: dict[str, tuple[float, str | None]] = {}
    for field, value in (("price", price), ("list_price", list_price), ("sale_price", sale_price)):
        if value is None or is_nothing(value):
            continue
        try:
            if (read := values.amount(value, stated, usual)) is not None:
                amounts[field] = read
        except Unfit as error:
            faults.append(Fault(field, error.what, error.fix, shown(value)))
    units = {unit for _, unit in amounts.values() if unit}
    if stated is None and not units and told is not None and not is_nothing(told):
        return {}, faults  # in a currency that nobody can read: no price is better than one in another currency
    if len(units) > 1:
        faults.append(Fault("price", f"its prices are in {' and '.join(sorted(units))}", "write them in one currency"))
        return {}, faults
    found: dict[str, Any] = {}
    if unit := stated or next(iter(units), usual):
        found["currency"] = unit
    paid, regular, sale = (amounts[field][0] if field in amounts else None for field in ("price", "list_price", "sale_price"))
    if sale is not None and (paid is None or sale < paid) and _in_force(dates, now, faults):
        regular, paid = paid if regular is None else regular, sale
    if paid is not None:
        found["price"] = paid
        if regular is not None and regular > paid:
            found["list_price"] = regular
    return found, faults


_PRICES = Remembered(_prices)


def _in_force(dates: Any, now: int, faults: list[Fault]) -> bool:
    """Whether a sale price with these dates, `from/to`, is the price now."""
    if dates is None or is_nothing(dates):
        return True
    ends = [read_date(part.strip()) for part in str(dates).split("/")]
    if len(ends) != 2 or ends[0] is None or ends[1] is None:
        faults.append(Fault("sale_price_effective_date", "is no span of time", "write 2026-03-01T00:00Z/2026-03-10T23:59Z", shown(dates)))
        return False
    return ends[0].at <= now <= ends[1].at + (86_399_999 if ends[1].day is not None else 0)


def stock_of(fields: Mapping[str, Any], faults: list[Fault]) -> Mapping[str, Any]:
    """The fields `stock` and `in_stock`."""
    stock, in_stock = fields.get("stock"), fields.get("in_stock")
    told = (stock, in_stock, stock.__class__, in_stock.__class__)
    try:
        known, wrong = _STOCKS[told]
    except TypeError:  # a list or an object
        known, wrong = _stock(told)
    if wrong:
        faults += wrong
    return known


def _stock(said: tuple[Any, Any, type, type]) -> _Known:
    stock, in_stock, *_ = said
    faults: list[Fault] = []
    count: float | None = None
    whether: bool | None = None
    if stock is not None and not is_nothing(stock):
        count, whether = told_by("stock", stock, values.stock, faults) or (None, None)
    if in_stock is not None and not is_nothing(in_stock):
        told, stated = told_by("availability", in_stock, values.availability, faults) or (None, None)
        count = told if count is None else count
        whether = whether if stated is None else stated  # what is said outright outweighs a count
    return {name: value for name, value in (("stock", count), ("in_stock", whether)) if value is not None}, faults


_STOCKS = Remembered(_stock)
