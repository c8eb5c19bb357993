"""What a profile keeps of outcomes that are not settled."""

import msgspec


class Measured(msgspec.Struct, array_like=True, gc=False):
    """Windows and conversions, packed: see `udfs.core.profile.windows`."""

    closes: int
    """When the next window ends, record time; where none is open, when nothing of it can change any more."""
    packed: bytes
