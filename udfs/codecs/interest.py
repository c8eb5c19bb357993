"""What somebody says that they are, or are not, interested in, in the shape that core reads. What cannot be read of a preference declines it."""

from collections.abc import Mapping
from typing import Any

from udfs.codecs.amounts import Wrong
from udfs.codecs.kinds import Kind, flag, from_json, identifier
from udfs.codecs.properties import shown
from udfs.codecs.reasons import Aside, RejectionReason
from udfs.core.profile.interests import EVERY, FIELDS, PREFERENCES, SPOKEN
from udfs.core.values.names import normalise, other_spellings

__all__ = ["SPOKEN", "check_interest"]

_CALLED = {**FIELDS, **{field: field for field in FIELDS.values()}, "tag": "topic"}
"""What `about` may say -> the property that it stands for."""
_ABOUT = frozenset({"about", "value"})
_PRODUCT = FIELDS["product"]
_READ = (*FIELDS.values(), *sorted(_ABOUT), "topics")


def check_interest(name: str, properties: dict[str, Any], asides: list[Aside], kinds: Mapping[str, Kind]) -> Mapping[str, Kind]:
    """Make of `{about: topic, value: sale}` `{topic: sale}`, and of each topic of a set of preferences a yes or no. Returns the kinds that hold for
    the other properties: with `about`, `value` is no amount, and which product is meant may be a list."""
    for plain in _READ:
        if plain not in properties and (spelt := next((each for each in other_spellings(plain) if each in properties), None)) is not None:
            properties[plain] = properties[spelt]
    if name == PREFERENCES:
        _check_preferences(properties, asides)
    elif properties.get("about") is not None:
        _check_about(properties, asides)
    listed = properties.get(_PRODUCT)
    if isinstance(listed, list):
        properties[_PRODUCT] = _products(listed, asides)
    read_here = {*(_ABOUT if properties.get("about") is not None else ()), *((_PRODUCT,) if isinstance(listed, list) else ())}
    return {key: kind for key, kind in kinds.items() if key not in read_here}


def _check_about(properties: dict[str, Any], asides: list[Aside]) -> None:
    about = properties["about"]
    field = _CALLED.get(normalise(about.strip())) if isinstance(about, str) else None
    if field is None:
        _aside("properties.about", "campaign, topic, product or category", about, asides)
    elif properties.get(field) is None and (value := properties.get("value")) is not None:
        properties[field] = (from_json(value) or value) if isinstance(value, str) else value


def _products(listed: list[Any], asides: list[Aside]) -> list[str]:
    """Those of a list that can be read. One of the others is reported."""
    read, unread = [], 0
    for sent in listed:
        try:
            read.append(identifier(sent))
        except Wrong as wrong:
            unread += 1
            if unread == 1:
                _aside(f"properties.{_PRODUCT}", str(wrong), sent, asides)
    return read


def _check_preferences(properties: dict[str, Any], asides: list[Aside]) -> None:
    sent = properties.get("topics")
    found = (from_json(sent) or sent.strip()) if isinstance(sent, str) else sent
    if found is None or found in ([], ""):
        return
    if not isinstance(found, dict):
        _aside("properties.topics", "an object of true and false, as in {sale: false} (every topic is declined)", sent, asides)
        found = {EVERY: False}
    unread = {topic: value for topic, value in found.items() if _wanted(value) is None}
    if unread:  # one report, however many there are
        topic, value = next(iter(unread.items()))
        _aside(f"properties.topics.{topic}", "true or false (it is declined)", value, asides)
    properties["topics"] = {topic: _wanted(value) or False for topic, value in found.items()}


def _wanted(value: Any) -> bool | None:
    """Whether a topic is wanted; None: that cannot be read."""
    try:
        return flag(value)
    except Wrong:
        return None


def _aside(path: str, wanted: str, found: Any, asides: list[Aside]) -> None:
    asides.append(Aside(RejectionReason.BAD_PROPERTY, path, f"{path.removeprefix('properties.')} must be {wanted}; got {shown(found)}"))
