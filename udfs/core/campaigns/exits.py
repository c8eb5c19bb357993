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


def in_words(found: object) -> list[str]:
    """The exits of a document as a person says them: `order_completed`, `payment_succeeded (same invoice_id)`."""
    words: list[str] = []
    for each in found if isinstance(found, list) else [] if found is None else [found]:
        if isinstance(each, Mapping):
            same = each.get("same")
            about = ", ".join(str(name) for name in same) if isinstance(same, list) else str(same)
            events = each.get("event")
            words += [f"{name} (same {about})" for name in (events if isinstance(events, list) else [events])]
        else:
            words.append(str(each))
    return words
