"""The options of a list with the values of one moment: read as they are meant, or not at all."""

from math import isfinite
from typing import Any

from udfs.core.items.categories import parts_of
from udfs.core.recommend.call import Asked, name_of
from udfs.core.values.money import Currency
from udfs.core.values.numbers import written
from udfs.core.values.numerals import CURRENCIES, Ambiguous


def plainly(asked: Asked, currency: Currency) -> Asked:
    """The same with options that can be compared: prices as numbers in the shop's currency, names as texts. What cannot be read is not asked for.

    >>> plainly(Asked(3, category=" ", brand=7, max_price="30 EUR", in_stock="yes"), Currency("EUR"))
    Asked(number=3, like=None, category=None, brand='7', min_price=None, max_price=30.0, in_stock=None, strategy='default')
    """
    return asked._replace(
        category=None if not (path := name_of(asked.category)) or not parts_of(path) else path,
        brand=name_of(asked.brand),
        min_price=_price(asked.min_price, currency),
        max_price=_price(asked.max_price, currency),
        in_stock=asked.in_stock if isinstance(asked.in_stock, bool) else None,
    )


def _price(value: Any, currency: Currency) -> float | None:
    """A bound in the shop's currency; of a text with another one what the shop's table makes of it."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    if not isinstance(value, str):
        return float(value) if isfinite(value) else None
    try:
        told = written(value.strip())
    except Ambiguous:
        return None
    if told is None:
        return None
    return currency.convert(told.amount, told.unit if told.unit in CURRENCIES else None)
