"""Amounts that a sender leaves to be added up: the payments of a refund, line by line. Unknown rather than wrong."""

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from udfs.codecs.amounts import Wrong, number

UNSAID = ""
"""Stands for an amount that has to be there and is not: it cannot be read, so the amount is unknown, not absent."""


class Sum(NamedTuple):
    """One list of lines, and which of them count."""

    of: str
    amount: str
    currency: str
    """The field of a line that says its currency; empty: none does."""
    needs: Mapping[str, frozenset[str]]
    """Field -> what it may say in a line that counts. A line that says something else makes the sum unknown."""
    skip: Mapping[str, frozenset[str]]
    """Field -> what it says in a line that is about no money, or about none that moved."""


def sum_of(found: Mapping[str, Any]) -> Sum:
    """A sum as a mapping's file says it."""
    return Sum(found["of"], found["amount"], found.get("currency", ""), _words(found.get("needs")), _words(found.get("skip")))


def add_up(told: Mapping[str, Any], sums: Iterable[Sum], event: dict[str, Any]) -> Any:
    """The sum of the first list in `told` that has lines; `event` gets the currency that they name, if it has none.

    A sum that nobody can tell is what was sent of it, or `UNSAID`: never a number.
    """
    each = next((each for each in sums if told.get(each.of)), None)
    if each is None:
        return UNSAID
    sent = told[each.of]
    lines = sent if isinstance(sent, list) else [sent]
    total, units, is_told = 0.0, set[str](), False
    for line in lines:
        if not isinstance(line, dict):
            return sent
        if any(_says(line, name) in words for name, words in each.skip.items()):
            continue
        if any(name in line and _says(line, name) not in words for name, words in each.needs.items()):
            return sent
        try:
            total += number(line.get(each.amount))
        except Wrong:
            return sent
        is_told = True
        if unit := _says(line, each.currency):
            units.add(unit)
    stated = _says(event, "currency")
    if not is_told or len(units | ({stated} if stated and units else set())) > 1:
        return sent
    if units and not stated:
        event["currency"] = units.pop().upper()
    return round(total, 6)


def _says(line: Mapping[str, Any], name: str) -> str:
    said = line.get(name)
    return "" if said is None else str(said).strip().lower()


def _words(found: Mapping[str, Any] | None) -> dict[str, frozenset[str]]:
    return {name: frozenset(str(word) for word in words) for name, words in (found or {}).items()}
