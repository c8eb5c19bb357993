"""Which parts the state of the job has, and what stands in each: read from the structs themselves, so that a new part is found without being listed.

A part is a field of a struct, named as `Cart.items`. What a profile keeps packed is looked into as well, so `Order.back` is a part, too.
"""

from collections.abc import Callable, Iterator, Sequence
from functools import cache
from math import isinf
from typing import Any, NamedTuple

import msgspec
from msgspec import inspect

from udfs.core.features.aggregates import AGGREGATES
from udfs.core.identity import ties
from udfs.core.profile import cart_state, orders, stored, viewed, windows
from udfs.core.profile.exited import Exited, unpack
from udfs.core.profile.measured import Measured
from udfs.core.profile.orders import Order
from udfs.core.profile.state import Message, Profile, Underway
from udfs.core.profile.stub import Stub, is_stub
from udfs.core.profile.tombstone import Tombstone, is_tombstone
from udfs.core.profile.tombstone import opened as opened_tombstone
from udfs.core.profile.windows import Held
from udfs.core.values.chance import fingerprints


class Packed(NamedTuple):
    """What the bytes of a field hold."""

    holds: Any
    """As a type; None: fingerprints, or nothing that has parts."""
    opened: Callable[[Any], Any]
    """From the struct to what its field holds."""


def _marks(name: str) -> Packed:
    return Packed(None, lambda struct: [each.hex() for each in fingerprints(getattr(struct, name))])


def _plain(name: str) -> Packed:
    return Packed(None, lambda struct: getattr(struct, name).hex())


PACKED: dict[tuple[type[Any], str], Packed] = {
    (Profile, "ids"): _marks("ids"),
    (Profile, "packed_viewed"): Packed(None, lambda profile: viewed.opened(profile.packed_viewed)),
    (Profile, "packed_messages"): Packed(list[Message], lambda profile: profile.messages),
    (Profile, "packed_underway"): Packed(list[Underway], lambda profile: profile.underway),
    (Profile, "packed_orders"): Packed(list[Order], orders.ledger),
    (Profile, "packed_exited"): Packed(list[Exited], lambda profile: unpack(profile.packed_exited)),
    (Measured, "packed"): Packed(Held, lambda measured: windows.held(Profile(born=0, now=0, measured=measured))),
}
"""Every field of bytes that holds more than one thing."""

ROOTS: tuple[type[Any], ...] = (Profile, Stub, Tombstone, ties.Ties)
"""What the states `user` and `ties` of a key may hold. `kept-ids` has no struct: see `udfs.core.profile.dedup`."""


NOT_IN_THE_STORY = {
    "Waiting.stale": "what a stale trigger brings about is decided at once: only older states hold it",
    "Deferred.stale": "as above",
    "Step.stale": "as above",
    "Waiting.key": "an entry key is settled when the wait is over: only older states hold it",
}
"""Parts of which no savepoint of this version can hold anything, with the reason."""

SAME_NAME = {cart_state.Waiting: "WaitingRemoval"}
"""Two structs have one name."""


def opened(blob: bytes) -> Any:
    """What is stored of a customer, whichever of the kinds it is."""
    if is_tombstone(blob):
        return opened_tombstone(blob)
    return msgspec.msgpack.decode(blob, type=Stub) if is_stub(blob) else stored.decode(blob)


def again(held: Any) -> bytes:
    """The bytes that the code of today writes for it."""
    return stored.encode(held) if isinstance(held, Profile) else msgspec.msgpack.encode(held)


def told(value: Any) -> Any:
    """What stands in a value, as JSON can say it: fields by their names, what is packed unpacked. This is what a stored profile means."""
    if isinstance(value, msgspec.Struct):
        kind = type(value)
        tag = kind.__struct_config__.tag
        held = {name: PACKED[kind, name].opened(value) if (kind, name) in PACKED else getattr(value, name) for name in kind.__struct_fields__}
        return ({} if tag is None else {"tag": tag}) | told(held)
    if isinstance(value, dict):
        return {str(key): told(each) for key, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [told(each) for each in value]
    if isinstance(value, bytes):
        return value.hex()
    return str(value) if isinstance(value, float) and isinf(value) else value


def missing(then: Any, now: Any, path: str = "") -> Iterator[str]:
    """Where two values of `told` differ: what is gone, and what is other. Names that were added since do not count."""
    if isinstance(then, dict) and isinstance(now, dict):
        for name, each in then.items():
            if name not in now:
                yield f"{path}.{name} is gone: it was {each!r}"
            else:
                yield from missing(each, now[name], f"{path}.{name}")
    elif isinstance(then, list) and isinstance(now, list) and len(then) == len(now):
        for place, (one, other) in enumerate(zip(then, now, strict=True)):
            yield from missing(one, other, f"{path}[{place}]")
    elif then != now:
        yield f"{path} was {then!r}, and is {now!r}"


def of_types() -> Iterator[str]:
    """Every part that state can have, by the structs of this version."""
    for kind in _kinds(ROOTS):
        yield from (_part(kind, field.name) for field in _fields(kind))
    yield from (f"aggregate {name}" for name in AGGREGATES)


def _part(kind: type[Any], name: str) -> str:
    return f"{SAME_NAME.get(kind, kind.__name__)}.{name}"


def unopened() -> Iterator[str]:
    """Fields of bytes without a place in `PACKED` that are no fingerprint of one thing: a part that nobody looks into."""
    for kind in _kinds(ROOTS):
        for field in _fields(kind):
            has_bytes = any(isinstance(each, inspect.BytesType) for each in _flat(field.type))
            if has_bytes and (kind, field.name) not in PACKED and _part(kind, field.name) not in MARKS:
                yield _part(kind, field.name)


MARKS = frozenset(
    {
        *("Entered.keys", "Message.mark", "Message.run", "Underway.decision_id", "WaitingRemoval.cart", "Closing.carts", "Closing.products"),
        *("Closing.told_by", "Exited.about", "Order.mark", "Order.taken", "Order.refunds", "Window.decision_id", "Window.told"),
        *("Conversion.mark", "Profile.wanted", "Profile.ended_carts", "Profile.bounced", "Stub.bounced"),
        *("Parked.value", "Early.body", "Early.passed"),
    }
)
"""Fields whose bytes are fingerprints, ids, or records as they came."""


def of(value: Any) -> Iterator[str]:
    """The parts in which something other than the default stands, in what is stored of one key."""
    if isinstance(value, msgspec.Struct):
        kind = type(value)
        for field in msgspec.structs.fields(kind):
            packed = PACKED.get((kind, field.name))
            held = packed.opened(value) if packed else getattr(value, field.name)
            default = field.default_factory() if field.default_factory is not msgspec.NODEFAULT else field.default
            if getattr(value, field.name) != default and held not in ([], None):
                yield _part(kind, field.name)
            yield from of(held)
    elif isinstance(value, dict):
        for each in value.values():
            yield from of(each)
    elif type(value) in _kinds(ROOTS):
        for told_of, each in zip(_fields(type(value)), value, strict=True):
            if each != told_of.default:
                yield _part(type(value), told_of.name)
    elif isinstance(value, (list, tuple)):
        for each in value:
            yield from of(each)


@cache
def _kinds(roots: tuple[type[Any], ...]) -> list[type[Any]]:
    """All structs and named tuples that can be reached from these."""
    found: list[type[Any]] = []
    waiting = [*roots]
    while waiting:
        kind = waiting.pop(0)
        if kind in found:
            continue
        found.append(kind)
        packed = [inspect.type_info(each.holds) for (owner, _), each in PACKED.items() if owner is kind and each.holds is not None]
        inner = [each for outer in [*(field.type for field in _fields(kind)), *packed] for each in _flat(outer)]
        waiting += [each.cls for each in inner if isinstance(each, inspect.StructType | inspect.NamedTupleType)]
    return found


def _fields(kind: type[Any]) -> Sequence[inspect.Field]:
    told = inspect.type_info(kind)
    assert isinstance(told, inspect.StructType | inspect.NamedTupleType)
    return told.fields


def _flat(told: inspect.Type) -> Iterator[inspect.Type]:
    """A type and the types that it is made of, up to the next struct."""
    yield told
    for name in ("types", "item_type", "item_types", "key_type", "value_type"):
        inner = getattr(told, name, None)
        for each in inner if isinstance(inner, tuple) else () if inner is None else (inner,):
            yield from _flat(each)
