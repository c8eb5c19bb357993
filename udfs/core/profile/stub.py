"""What outlives a customer's profile: what was denied, and where nothing arrives. Else a returning customer would meet the default grant.

A few bytes of msgpack with a tag of its own; nothing at all for somebody who has denied nothing. No address is kept, only its fingerprint,
by which the one that bounced is known again.
"""

import msgspec

from udfs.core.profile.state import Consent, Profile
from udfs.core.values.chance import fingerprint

_TICK = "="
_FLAG = "_reachable"
_TAG = 3


class Stub(msgspec.Struct, array_like=True, tag=_TAG):
    """Add fields at the end, with a default."""

    consents: dict[str, Consent] = {}
    """Denials, and the last ticks of banners: a banner that repeats itself is no new word."""
    unreachable: dict[str, int] = {}
    flags: list[str] = []
    """Channels of which the customer's own traits said that nothing arrives there (`email_reachable: false`)."""
    bounced: dict[str, bytes] = {}
    """Channel -> fingerprint of the address by which nothing arrived."""
    declined: dict[str, int] = {}
    """What they are not interested in."""


_encode = msgspec.msgpack.Encoder().encode
_decoder = msgspec.msgpack.Decoder(Stub)


def is_stub(blob: bytes) -> bool:
    """Whether these are the bytes of a stub: a short array that begins with its tag, while that of a profile is long."""
    return len(blob) > 1 and blob[0] & 0xF0 == 0x90 and blob[1] == _TAG


def left_of(profile: Profile, addresses: dict[str, str]) -> bytes:
    """What remains of a profile; empty where nothing does. `addresses`: channel -> the trait that holds its address."""
    denied = any(not word.granted for word in profile.consents.values())
    consents = {key: word for key, word in profile.consents.items() if not word.granted or key.startswith(_TICK)} if denied else {}
    flags = [name.removesuffix(_FLAG) for name, value in profile.traits.items() if name.endswith(_FLAG) and value is False]
    declined = {key: word for key, word in profile.declined.items() if word > 0}
    if not (consents or profile.unreachable or flags or declined):
        return b""
    held = {channel: profile.traits.get(addresses.get(channel, "")) for channel in profile.unreachable}
    bounced = {channel: mark_of(address) for channel, address in held.items() if address is not None} | profile.bounced
    return _encode(Stub(consents, profile.unreachable, flags, bounced, declined))


def restored(blob: bytes) -> Profile:
    """The profile of somebody who comes back: its first event says when it begins."""
    stub = _decoder.decode(blob)
    traits = {f"{channel}{_FLAG}": False for channel in stub.flags}
    return Profile(born=0, now=0, traits=traits, consents=stub.consents, unreachable=stub.unreachable, bounced=stub.bounced, declined=stub.declined)


def mark_of(address: object) -> bytes:
    """What stands for an address."""
    return fingerprint(str(address).strip().casefold())
