"""Reads the currency of a policy: the shop's own, and what one of each other is worth in it."""

from typing import Any

from udfs.core.policy.language.shape import CURRENCY
from udfs.core.values.document_reader import DocumentReader, KeyPath
from udfs.core.values.money import Currency
from udfs.core.values.problems import short, shown
from udfs.core.values.shapes import keys

_PATH = ("currency",)


def read_currency(reader: DocumentReader, found: Any) -> Currency:
    """The currency of a document."""
    found = reader.mapping(_PATH, found, "{base: USD, rates: {EUR: 1.08}}")
    reader.keys(_PATH, found, keys(CURRENCY))
    base = _unit(reader, (*_PATH, "base"), found["base"]) if "base" in found else None
    rates = reader.mapping((*_PATH, "rates"), found.get("rates", {}), "{EUR: 1.08}")
    if "rates" in found and "base" not in found:
        reader.refuse(_PATH, "rates need a base, such as base: USD")
    known: dict[str, float] = {}
    for unit, rate in rates.items():
        path = (*_PATH, "rates", str(unit))
        _unit(reader, path, unit, at_key=True)
        if isinstance(rate, bool) or not isinstance(rate, (int, float)) or not 0 < rate < 1e12:
            reader.refuse(path, f"is how much one {short(str(unit))} is worth in {base or 'the base'}, such as 1.08")
            continue
        if unit == base and rate != 1:
            reader.refuse(path, f"one {short(str(unit))} is worth one {short(str(unit))}: it is the base itself", "leave it out")
        known[str(unit)] = float(rate)
    return Currency(base=base, rates=known)


def _unit(reader: DocumentReader, path: KeyPath, found: Any, *, at_key: bool = False) -> str | None:
    """A currency as events have it: in capitals; None when it is none."""
    if not isinstance(found, str) or not found.strip():
        reader.refuse(path, "is a currency, such as USD", at_key=at_key)
        return None
    if found != found.strip().upper():
        reader.refuse(path, f"a currency is written in capitals, not {shown(found)}", f"write {found.strip().upper()}", at_key=at_key)
    return found
