"""What an anonymous id hands over to the person it turned out to be: its whole profile, and the ids by which repeats are known."""

import msgspec

from udfs.core.profile.state import Profile
from udfs.core.profile.stored import decode, encode


class Snapshot(msgspec.Struct, array_like=True, tag=1):
    """Add fields at the end, with a default."""

    user_id: str
    """The id that hands over."""
    at: int
    """Record time of the link, epoch milliseconds: what fell due before it has been settled."""
    profile: bytes = b""
    """Empty: nothing is known of it."""
    kept: bytes = b""
    """Ids that are remembered for 72 hours."""

    def opened(self) -> Profile | None:
        """The profile; None where nothing is known."""
        return decode(self.profile) if self.profile else None


_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(Snapshot).decode


def snapshot(profile: Profile | None, *, user_id: str, at: int, kept: bytes = b"") -> bytes:
    """The bytes that travel from one key to the other."""
    return _encode(Snapshot(user_id, at, encode(profile) if profile is not None else b"", kept))


def opened(blob: bytes) -> Snapshot:
    """A snapshot from its bytes; msgspec.DecodeError where they are none."""
    return _decode(blob)
