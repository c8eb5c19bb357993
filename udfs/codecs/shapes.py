"""Fit free-form fields (features, content, offers) to the types in schemas/*.avsc. Parts that are nested deeper become JSON text."""

from collections.abc import Callable, Mapping
from types import NoneType
from typing import Any, TypeVar

import msgspec

from udfs.codecs.fitting import MAX_WHOLE, plain
from udfs.core.records import Action, Decision
from udfs.core.values.contacts import without_contacts

_SCALARS = frozenset({NoneType, bool, float, str})
_json = msgspec.json.Encoder()

Made = TypeVar("Made", Action, Decision)


def shaped(record: Made, shape: Callable[[Any], Any], *names: str) -> Made:
    """The record with these fields in shape (`scalar` or `nested`); the record itself when they are, as nearly always."""
    wrong = {name: fields for name in names if (fields := getattr(record, name)) is not None and not _is_flat(fields)}
    if not wrong:
        return record
    return msgspec.structs.replace(record, **{name: {plain(str(key)): shape(value) for key, value in wrong[name].items()} for name in wrong})


def _is_flat(fields: Mapping[str, Any]) -> bool:
    for value in fields.values():
        kind = type(value)
        if kind not in _SCALARS and not (kind is int and -MAX_WHOLE <= value <= MAX_WHOLE):
            return False
    return True


def nested(value: Any) -> Any:
    """A list of scalars and flat objects, an object of scalars, flat lists and flat objects, or a scalar."""
    if isinstance(value, (list, tuple)):
        return [_flat_object(part) if isinstance(part, Mapping) else scalar(part) for part in value]
    if isinstance(value, Mapping):
        return {plain(str(key)): _flat(part) for key, part in value.items()}
    return scalar(value)


def _flat(value: Any) -> Any:
    if isinstance(value, (list, tuple)):
        return [scalar(part) for part in value]
    return _flat_object(value) if isinstance(value, Mapping) else scalar(value)


def _flat_object(fields: Mapping[Any, Any]) -> dict[str, Any]:
    return {plain(str(key)): scalar(value) for key, value in fields.items()}


def scalar(value: Any) -> Any:
    """A scalar; a list or an object as its JSON."""
    found = plain(value)
    return _json.encode(found).decode() if isinstance(found, (dict, list)) else found


def without_addresses(features: Mapping[str, Any]) -> Mapping[str, Any]:
    """Features without the addresses that a text among them holds, for addresses are in actions only; the same object where there are none."""
    found = {name: text for name, value in features.items() if type(value) is str and (text := without_contacts(value)) != value}
    return {**features, **found} if found else features
