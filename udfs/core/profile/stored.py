"""A profile from its bytes, whichever version wrote them, and back."""

import msgspec

from udfs.core.profile import upgrade
from udfs.core.profile.state import Profile
from udfs.core.records import Event

_decoder = msgspec.msgpack.Decoder(Profile)
_encoder = msgspec.msgpack.Encoder()


def decode(blob: bytes) -> Profile:
    """A profile from its bytes, of this version or an older one; msgspec.DecodeError when they are not one."""
    try:
        return _decoder.decode(blob)
    except msgspec.ValidationError:
        return upgrade.decode(blob)


def begun(blob: bytes | None, event: Event) -> Profile:
    """What is known of the customer of an event, who begins with it where nothing is."""
    profile = decode(blob) if blob else Profile(born=0, now=0)
    if not profile.born:
        profile.born = profile.now = event.at
        profile.anonymous = event.anonymous_id == event.user_id
    return profile


def encode(profile: Profile) -> bytes:
    """The bytes of a profile."""
    return _encoder.encode(profile)
