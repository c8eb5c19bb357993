"""Records with everything that is known of somebody, or of who was erased: answers, notices of erasures, and what one id hands over to another.

Fields follow `schemas/response.avsc`, `schemas/erasure.avsc` and `schemas/identity.avsc`.
"""

from collections.abc import Sequence
from enum import StrEnum

import msgspec


class Status(StrEnum):
    """What is known of somebody."""

    UNKNOWN = "unknown"
    """Nothing, and nothing says that anything ever was."""
    KNOWN = "known"
    """There is a profile."""
    DENIALS = "denials"
    """They were forgotten, and what they had denied is kept."""
    ERASED = "erased"
    """They were erased, and what still arrives of them is dropped for a time."""


class Response(msgspec.Struct, kw_only=True, frozen=True):
    """The answer to one request about one customer. It reserves nothing, and may be given more than once."""

    request_id: str
    request: str
    """The event that asked, such as profile_requested."""
    user_id: str
    status: Status
    at: int
    """As of when (record time), epoch milliseconds: everything before is part of it."""
    ends: int | None
    """When this ends by itself: a profile is forgotten if nothing comes, the mark of an erasure goes. None: never."""
    profile: str | None
    """Everything that is known, as JSON text. None: nothing is, or only the status was asked for."""
    linked: list[str] = []
    """Other ids that turned out to be the same person's, as far as they are known."""
    decided_at: int = 0

    def __repr__(self) -> str:
        """Without the profile, for whatever is shown of an answer may end in a log."""
        return f"Response(request_id={self.request_id!r}, user_id={self.user_id!r}, status={self.status.value!r}, at={self.at})"


class Erasure(msgspec.Struct, kw_only=True, frozen=True):
    """Somebody has been erased: for everybody else who holds something of them. It says nothing of what was known."""

    erasure_id: str
    """Message id of the event that asked for it."""
    user_id: str
    linked: list[str]
    """Other ids of the same person, as far as they were known: each has to be erased by an event of its own."""
    at: int
    """Record time, epoch milliseconds."""
    was_known: bool
    """Whether there was anything to erase."""
    recalled: int
    """How many messages were under way, and have been recalled."""
    until: int
    """Until when what still arrives of them is dropped, record time."""
    decided_at: int = 0


class Handover(msgspec.Struct, frozen=True, kw_only=True):
    """What one key gives to another, since both turned out to be one person: it travels on a topic of its own. docs/identity.md."""

    user_id: str
    """The id that receives it."""
    from_id: str
    content: str
    """history (a snapshot, see `udfs.core.identity.snapshot`) or record (an event as it was sent)."""
    at: int
    """Record time of the link or of the event."""
    body: bytes
    merge_id: str | None = None
    own_key: str | None = None
    """Of an event: the key that it was sent with."""
    merged: Sequence[str] = ()
    """Of a history: the merge ids of those that it holds."""
    via: str | None = None
    """Of what is passed on: the merge id by which the id that passes it on became somebody else. Who has never heard of it lives another life: a
    crash has undone the link, and what was passed on by it is read again."""
    late: bool = False
    """Of a history: it is not waited for by anybody, and is merged where it arrives."""
    hops: int = 0
    """How often it was passed on."""

    def __repr__(self) -> str:
        """Without what is known of the person, for whatever is shown of a record may end in a log."""
        return f"Handover(content={self.content!r}, merge_id={self.merge_id!r}, at={self.at!r}, hops={self.hops!r}, {len(self.body)} bytes)"
