"""The exits of a campaign or of a wait: which events end it, and what they must have in common with what they end."""

from collections.abc import Iterable, Mapping

Exits = Mapping[str, tuple[str, ...]]
"""Event -> the properties that must be the same as those of the event that began what it ends; empty: it ends all of the customer's."""


def held_against(*each: Exits) -> frozenset[str]:
    """The properties that these exits compare."""
    return frozenset(name for exits in each for same in exits.values() for name in same)


def joined(each: Iterable[Exits]) -> frozenset[str]:
    """The events of all of them."""
    return frozenset(name for exits in each for name in exits)
