"""An event as its sender wrote it, before any check. Both JSON and Avro are read into this struct.

It has only the fields that Kairos knows; other top-level fields are ignored.
"""

from typing import Any

import msgspec


class Payload(msgspec.Struct, kw_only=True, rename="camel", gc=False):
    """Only types are checked. Everything is optional, so that `checks.event_of` can say what is missing."""

    message_id: str | None = None
    type: str | None = None
    event: str | None = None
    """Name of a track call."""
    name: str | None = None
    """Name of a page or screen call."""
    category: str | None = None
    user_id: str | int | None = None
    anonymous_id: str | int | None = None
    group_id: str | int | None = None
    previous_id: str | int | None = None
    timestamp: str | int | float | None = None
    original_timestamp: str | int | float | None = None
    sent_at: str | int | float | None = None
    received_at: str | int | float | None = None
    """When the sender's own gateway received it."""
    properties: dict[str, Any] | None = None
    products: list[Any] | None = None
    """At the top level in Avro; some JSON senders do the same."""
    traits: dict[str, Any] | None = None
    context: dict[str, Any] | None = None
    write_key: str | None = None
    batch: Any = None
    """The messages of the envelope that trackers send over HTTP."""


CAMEL = {field.name: field.encode_name for field in msgspec.structs.fields(Payload)}
"""Field -> its name in the Segment spec."""
OTHERS = {
    other: name for name, spelled in CAMEL.items() if name != spelled for other in (name, *([f"{spelled[:-2]}ID"] if spelled.endswith("Id") else []))
}
"""Other spellings of these names, `user_id` and `userID` -> the field."""
