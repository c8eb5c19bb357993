"""A company's own Avro record as what its JSON would say: its name is what happened, its fields are the properties.

From here on it is read as loosely as any JSON: what cannot be read is set aside, field by field.
"""

from typing import Any

from udfs.codecs.loose import payload_of
from udfs.codecs.mappings import ENVELOPE, fill, first, senders
from udfs.codecs.payload import CAMEL, OTHERS, Payload
from udfs.codecs.reasons import Aside, RejectionReason

CALLS = frozenset({"track", "identify", "page", "screen", "alias", "group"})
"""The calls of the Segment spec."""
_OF_A_PERSON = frozenset({"identify", "group"})
"""Calls that say something of somebody: what is left of the record are traits."""
_KEPT = frozenset({"traits", "group_id", "previous_id"})
"""Of the envelope, what a record may also have as a property of its own: only a mapping takes it for the envelope's."""
_TAKEN = {spelled: name for name in sorted(ENVELOPE - _KEPT) for spelled in (*(other for other, of in OTHERS.items() if of == name), CAMEL[name])}


def own_payload(record: dict[str, Any], name: str, asides: list[Aside]) -> Payload:
    """The payload in a record that is not in the Segment spec, by its mapping if there is one. `name`: the record's full name."""
    known = senders().by_record
    meaning = known.get(name)
    rest: dict[str, Any] = record
    inner: dict[str, Any] | None = None
    if meaning is None:
        for field, value in record.items():
            if type(value) is tuple and value[0] in known:  # an envelope, in which one of several records says what happened
                name, inner = value
                meaning = known[name]
                rest = {key: told for key, told in record.items() if key != field}
                break
    told: dict[str, Any] = {plain: rest.pop(spelled) for spelled, plain in _TAKEN.items() if spelled in rest}
    if meaning is None:
        event, fields = name.rpartition(".")[2], rest
    else:
        event, (sender,) = meaning.event, meaning.senders
        both = {**rest, **inner} if inner is not None else rest
        if inner is not None:
            told = {plain: inner.pop(spelled) for spelled, plain in _TAKEN.items() if spelled in inner} | told
        told |= {target: found for target, paths in sender.envelope.items() if (found := first(both, paths)) is not None}
        fields = inner if inner is not None else rest
        fill(fields, name, meaning)
    if told.get("user_id") is None and told.get("anonymous_id") is None:
        message = f"nobody: the record {name} has no userId or anonymousId. Say under `envelope` of a file in schemas/mappings where it is"
        asides.append(Aside(RejectionReason.MISSING_FIELD, "user_id", message))  # with which it is refused
    if event in CALLS and event != "track":
        part = "traits" if event in _OF_A_PERSON else "properties"
        return payload_of({"type": event, part: fields, **told}, asides)
    return payload_of({"type": "track", "event": event, "properties": fields, **told}, asides)


def without_nulls(node: Any) -> Any:
    """JSON leaves out what is absent, where Avro writes null; and a record that says which one it is becomes a plain one."""
    kind = type(node)
    if kind is dict:
        return {
            name: without_nulls(child) if (of := type(child)) is dict or of is list or of is tuple else child
            for name, child in node.items()
            if child is not None
        }
    if kind is list:
        return [without_nulls(child) if type(child) in _NESTED else child for child in node]
    return without_nulls(node[1]) if kind is tuple else node


_NESTED = frozenset({dict, list, tuple})
