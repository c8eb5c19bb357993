"""Profiles of older savepoints: what they looked like, and how each becomes one of today. Delete nothing here while such savepoints may exist."""

from typing import Any

import msgspec

from udfs.core.profile import viewed
from udfs.core.profile.cart_state import Cart
from udfs.core.profile.due import Armed, Deferred, Due, Place, Recheck, Step, Waiting
from udfs.core.profile.scored import Scored
from udfs.core.profile.state import Consent, Entered, Message, Profile, Reaction, Session
from udfs.core.profile.stub import is_stub, restored
from udfs.core.profile.tombstone import is_tombstone


class _Due1(msgspec.Struct, array_like=True):
    """Until tag 1 one struct stood for all that falls due, told apart by the fields that were empty."""

    at: int
    campaign: str
    cart_id: str = ""
    variant: str | None = None
    origin: int = 0
    event_id: str | None = None
    properties: dict[str, Any] | None = None
    key: str | None = None
    attempt: int = 0
    deferred_by: list[str] = []
    step: str = ""
    since: int = 0
    stale: bool = False
    group: str = ""
    source: str = ""
    place: Place | None = None


class _Profile1(msgspec.Struct, array_like=True, tag=1):
    born: int
    now: int
    zone: str | None = None
    traits: dict[str, Any] = {}
    session: Session | None = None
    carts: dict[str, Cart] = {}
    current: str | None = None
    carts_born: int = 0
    cart_closed: int = 0
    browsed: int = 0
    seen: dict[str, int] = {}
    features: dict[str, Any] = {}
    ids: bytes = b""
    viewed: list[tuple[str, int]] = []
    due: list[_Due1] = []
    entered: dict[str, Entered] = {}
    packed_messages: bytes | list[Message] = b"\x90"
    active: int = 0
    scores: dict[str, Scored] = {}
    consents: dict[str, Consent] = {}
    unreachable: dict[str, int] = {}
    reactions: list[Reaction] = []
    segments: dict[str, int] = {}


_decoder = msgspec.msgpack.Decoder(_Profile1)


def decode(blob: bytes) -> Profile:
    """A profile of today from the bytes of an older version, or from what outlived one; msgspec.ValidationError when they are of none."""
    if is_stub(blob):
        return restored(blob)
    if is_tombstone(blob):
        return Profile(born=0, now=0)  # of somebody who was erased nothing is known
    old = _decoder.decode(blob)
    fields = {name: getattr(old, name) for name in _Profile1.__struct_fields__}
    looked_at = viewed.pack(fields.pop("viewed"))
    return Profile(**{**fields, "packed_viewed": looked_at, "due": [_due(due) for due in old.due]})


def _due(old: _Due1) -> Due:
    if not old.campaign:
        return Recheck(old.at)
    if old.variant is None and not old.step:
        return Armed(old.at, old.campaign, old.cart_id, old.stale)
    settled: dict[str, Any] = {
        name: getattr(old, name) for name in ("at", "campaign", "origin", "since", "event_id", "source", "cart_id", "properties", "stale", "key")
    }
    if old.attempt:
        again = {name: getattr(old, name) for name in ("attempt", "deferred_by", "step", "group", "place")}
        return Deferred(variant=old.variant or "", **settled, **again)
    if old.step:
        return Step(step=old.step, group=old.group, **settled)
    return Waiting(variant=old.variant or "", **settled)
