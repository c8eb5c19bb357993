"""What strangers send is kept only while it is small: texts are clipped, lists and objects are kept whole or not at all.

A list that lost its end would give a wrong count, and an object a wrong answer: what is too large is unknown instead.
"""

from collections.abc import Mapping
from typing import Any

MAX_TEXT = 500
"""Characters of a text."""
MAX_NAME = 64
"""Characters of a field's name."""
MAX_MEMBERS = 30
"""Members of a list or fields of an object."""
MAX_DEPTH = 4
MAX_VALUES = 100
"""Values of a list or object in all."""
MAX_CHARACTERS = 1_000
"""Of all names and texts in a list or object."""
MAX_CARRIED = 32_000
"""Characters of one property of an event that waits with a message or a journey."""
MAX_CARRIED_VALUES = 2_000
_LARGEST = 1e300


def clipped(text: str) -> str:
    """A text of at most MAX_TEXT characters."""
    return text if len(text) <= MAX_TEXT else text[:MAX_TEXT]


def scalar(value: Any) -> str | int | float | bool | None:
    """A plain value as it may be kept; None for what is no plain value, or a number beyond all measure."""
    if isinstance(value, str):
        return clipped(value)
    if isinstance(value, bool):
        return value
    if not isinstance(value, (int, float)) or not -_LARGEST < value < _LARGEST:
        return None
    return value if _is_storable(value) else float(value)


def small(value: Any) -> Any:
    """A value as it may be kept: plain, or a small list or object. None for one that is too large; nulls within are left out of objects."""
    if not isinstance(value, (list, tuple, Mapping)):
        return scalar(value)
    return _kept(value) if _Room(MAX_VALUES, MAX_CHARACTERS, MAX_MEMBERS, MAX_TEXT).holds(value, MAX_DEPTH) else None


def carried(value: Any) -> Any:
    """A property of an event as it waits with a message: itself, or None where it is too large. An order of hundreds of lines fits."""
    if isinstance(value, (list, tuple, Mapping, str)):
        fits = _Room(MAX_CARRIED_VALUES, MAX_CARRIED, MAX_CARRIED_VALUES, MAX_CARRIED).holds(value, 2 * MAX_DEPTH)
        return value if fits else None
    return value if _is_storable(value) else None


class _Room:
    """What may still be kept of one list or object."""

    def __init__(self, values: int, characters: int, members: int, text: int) -> None:
        self.values, self.characters, self.members, self.text = values, characters, members, text

    def holds(self, value: Any, depth: int) -> bool:
        """Whether it fits; looks at no more than fits."""
        self.values -= 1
        if isinstance(value, str):
            self.characters -= len(value) if self.text > MAX_TEXT else min(len(value), MAX_TEXT)
        if self.values < 0 or self.characters < 0 or depth < 0:
            return False
        if isinstance(value, Mapping):
            self.characters -= sum(map(len, value)) if len(value) <= self.members else 0
            return len(value) <= self.members and all(len(name) <= MAX_NAME and self.holds(held, depth - 1) for name, held in value.items())
        if isinstance(value, (list, tuple)):
            return len(value) <= self.members and all(self.holds(held, depth - 1) for held in value)
        return _is_storable(value)


def _is_storable(value: Any) -> bool:
    """Whether a number can stand in the state: whole ones as far as 64 bits reach."""
    return not isinstance(value, int) or -(1 << 63) <= value < 1 << 64


def _kept(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {name: kept for name, held in value.items() if (kept := _kept(held)) is not None}
    if isinstance(value, (list, tuple)):
        return [_kept(held) for held in value]
    return scalar(value)
