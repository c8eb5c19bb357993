"""Reads the numbers that a feature adds up: a number, `UNREADABLE` where one was sent and is none, None where none was sent.

Where something was added and its price was not sent, nobody can say what it was either. A quantity that was not sent is one, as in carts.
"""

from collections.abc import Mapping
from typing import Any

from udfs.core.expressions import logic
from udfs.core.expressions.logic import part
from udfs.core.features.doubts import ANY_KEY, UNREADABLE
from udfs.core.features.features import Read
from udfs.core.values.money import AMOUNTS, COSTS
from udfs.core.values.names import first_of, twins
from udfs.core.values.numbers import in_text

MEASURED = frozenset({*AMOUNTS, "quantity"})
"""What the catalogue knows as a number: None in their place was sent, and cannot be read."""
_ABSENT = object()
_LARGEST = 1e300
_WHOLE = 1 << 63
"""Beyond it a whole number cannot be stored as one."""


def amount(root: str, steps: list[str], kind: str) -> Read:
    """The number at `root.steps`, as the aggregate `kind` takes it."""
    inner, last = [(name, twins(name)) for name in steps[:-1]], steps[-1]
    others = twins(last)
    absent: Any = None
    if last == "quantity" and root in {"properties", "item"}:
        absent = 1
    elif last in COSTS and (root == "item" or (root == "properties" and kind == "sum")):
        absent = UNREADABLE
    in_line = root == "item"

    def read(values: Mapping[str, Any]) -> Any:
        held: Any = values[root]
        if in_line and _is_blank(held):
            return UNREADABLE
        for name, spelled in inner:
            if not isinstance(held, dict):
                return absent if held is None else UNREADABLE
            held = part(held, name, spelled)
        if not isinstance(held, dict):
            return absent if held is None else UNREADABLE
        value = held.get(last, _ABSENT)
        if others and (value is None or value is _ABSENT) and (said := first_of(held, others)) is not None:
            value = said
        if value is _ABSENT:
            return absent
        if isinstance(value, str):
            value = in_text(value)
        return _bounded(value)

    return read


def product(read: Read, times: Read) -> Read:
    """One number times another; the other is 1 where it was not sent."""

    def multiplied(values: Mapping[str, Any]) -> Any:
        one, factor = read(values), times(values)
        if one is UNREADABLE or factor is UNREADABLE:
            return UNREADABLE
        if one is None or factor is None:
            return one
        return _bounded(logic.mul(one, factor))

    return multiplied


def is_measured(source: object) -> bool:
    """Whether a value of an event is a number by its name, such as properties.price."""
    root, _, name = str(source).partition(".")
    return name in MEASURED and root in {"properties", "item"}


def told(root: str, steps: list[str], read: Read) -> Read:
    """A value that is repeated as it was sent: an amount that was sent, and that `read` finds nothing in, is `UNREADABLE`."""
    if not is_measured(".".join((root, *steps))):
        return read
    only, in_line = steps[0], root == "item"
    root = "told" if root == "properties" else root

    def read_told(values: Mapping[str, Any]) -> Any:
        value = read(values)
        if value is not None:
            return value
        held: Any = values[root]
        return UNREADABLE if (in_line and _is_blank(held)) or (isinstance(held, dict) and only in held) else None

    return read_told


def lines(steps: list[str], walk: Read, *, must: bool) -> Read:
    """A list of the event. `must`: what is read of its lines they must have, and the event its lines."""
    is_known = steps == ["products"]

    def read(values: Mapping[str, Any]) -> Any:
        found = walk(values)
        if isinstance(found, list):
            return found
        return UNREADABLE if must or found is not None or (is_known and "products" in values["properties"]) else None

    return read


def key(root: str, short: Read, walk: Read) -> Read:
    """What a figure is kept for, as a text; `ANY_KEY` where it was sent, and nobody can read it."""

    def read(values: Mapping[str, Any]) -> Any:
        value = short(values)
        if value is None:
            return ANY_KEY if walk(values) is not None or (root == "item" and _is_blank(values["item"])) else None
        return value if isinstance(value, str) else str(value).lower()

    return read


def _is_blank(line: Any) -> bool:
    """Whether nothing can be read of a line: the codec makes an empty one of what is no object."""
    return not line or not isinstance(line, dict)


def _bounded(value: Any) -> Any:
    if type(value) not in (int, float) or not -_LARGEST < value < _LARGEST:
        return UNREADABLE
    return value if -_WHOLE < value < _WHOLE else float(value)
