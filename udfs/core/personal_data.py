"""What is said to whoever asks about a customer, and when one is erased. Fields follow `schemas/response.avsc` and `schemas/erasure.avsc`."""

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
    """How many messages were under way, and have been called back."""
    until: int
    """Until when what still arrives of them is dropped, record time."""
    decided_at: int = 0
