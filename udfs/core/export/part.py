"""One part of what is known of somebody: what it means, how it is shown, and which fields of the profile it shows."""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import msgspec

from udfs.core.campaigns.book import Book
from udfs.core.profile.state import Profile
from udfs.core.values.instants import iso_of


class Known(NamedTuple):
    """Everything that is stored of one customer, and what it is read by."""

    user_id: str
    profile: Profile
    now: int
    """As of when, epoch milliseconds."""
    book: Book
    kept: bytes = b""
    """Ids that are remembered for 72 hours, apart from the profile."""


class Part(NamedTuple):
    """One part of an export."""

    name: str
    means: str
    tells: tuple[str, ...]
    """Fields of the profile. A test holds all parts together to all fields."""
    read: Callable[[Known], Any]
    fields: Mapping[str, str] = {}
    """Name -> meaning of what each entry is made of; empty where it is one value, or where names are the shop's own."""


def instant(at: int | None) -> str | None:
    """A time as people and programs read it, as in 2026-03-02T10:00:00.000Z; None where there is none, which is stored as 0 in many places."""
    if not at:
        return None
    return iso_of(at)


def fields_of(record: msgspec.Struct, *times: str, **instead: Any) -> dict[str, Any]:
    """The fields of something stored, in JSON types. `times`: those that are epoch milliseconds; `instead`: what stands in for others."""
    found: dict[str, Any] = {}
    for name in record.__struct_fields__:
        value = getattr(record, name)
        found[name] = instead[name] if name in instead else instant(value) if name in times else plainly(value)
    return found


def plainly(value: Any) -> Any:
    """A stored value in JSON types. Fingerprints become hexadecimal digits: what they were made of cannot be told."""
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, msgspec.Struct):
        return {name: plainly(getattr(value, name)) for name in value.__struct_fields__}
    if isinstance(value, Mapping):
        return {str(name): plainly(each) for name, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [plainly(each) for each in value]
    return value


def timed(found: Mapping[str, int]) -> dict[str, str | None]:
    """Name -> time."""
    return {name: instant(at) for name, at in found.items()}
