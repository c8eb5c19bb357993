"""A profile from its bytes, whichever version wrote them, and back."""

import msgspec

from udfs.core.profile import upgrade
from udfs.core.profile.state import Profile

_decoder = msgspec.msgpack.Decoder(Profile)
_encoder = msgspec.msgpack.Encoder()


def decode(blob: bytes) -> Profile:
    """A profile from its bytes, of this version or an older one; msgspec.DecodeError when they are not one."""
    try:
        return _decoder.decode(blob)
    except msgspec.ValidationError:
        return upgrade.decode(blob)


def encode(profile: Profile) -> bytes:
    """The bytes of a profile."""
    return _encoder.encode(profile)
