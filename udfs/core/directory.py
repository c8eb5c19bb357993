"""Records of the directory of people, the topic `people`. Schema: `schemas/person.avsc`."""

import msgspec


class Person(msgspec.Struct, kw_only=True, frozen=True):
    """What the directory of people says of somebody: written when one of these changes."""

    user_id: str
    anonymous: bool
    """The key is an anonymous id: who it is was never said."""
    first_seen: str
    """Day (UTC) of the first event, as 2026-03-02."""
    last_seen: str
    segments: list[str]
    country: str | None
    opted_in: list[str]
    """Purposes, and purposes by channel, to which the customer said yes."""
    decided_at: int = 0


class Forgotten(msgspec.Struct, kw_only=True, frozen=True):
    """Nothing is known of somebody any longer: the directory's record is removed."""

    user_id: str
