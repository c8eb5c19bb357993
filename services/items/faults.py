"""What is set aside of a feed: a value that cannot be read, or a row, with the reason and the cure."""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from services.items.values import Unfit

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


def told_by(field: str, value: Any, read: Callable[[Any], Any], faults: list[Fault]) -> Any:
    """What a reader makes of the value of a field; None where it is set aside, which is added to the faults."""
    try:
        return read(value)
    except Unfit as error:
        faults.append(Fault(field, error.what, error.fix, shown(value)))
    return None


def shown(value: Any) -> str:
    """A value as a report shows it."""
    try:
        found = str(value)
    except (ValueError, RecursionError):  # a whole number of thousands of digits
        return "such a value"
    return found if len(found) <= MAX_SHOWN else found[:MAX_SHOWN] + "…"
