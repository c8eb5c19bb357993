"""What is said about consent, in the shape that core reads. What cannot be read grants nothing, and where it may deny, it denies everything."""

import re
from collections.abc import Sequence
from typing import Any

from udfs.codecs.amounts import Wrong
from udfs.codecs.kinds import flag, from_json
from udfs.codecs.properties import shown
from udfs.codecs.reasons import Aside, RejectionReason
from udfs.core.policy.consent_words import is_unreadable, told, words
from udfs.core.values.durations import parse_duration
from udfs.core.values.instants import BadInstant, parse_instant
from udfs.core.values.names import camel, normalise, other_spellings

ALL = "*"
"""Among what is denied: it cannot be told which, so it is all of it."""
SAYS_PURPOSE = frozenset({"consent_given", "consent_withdrawn"})
"""Events that are about a purpose."""
_GRANTS = frozenset({"consent_given", "subscribed"})
_SAYS_WHAT = frozenset({"purpose", "purposes", "channel", "channels", "expires_at", "expires_in"})
_ALLOWED, _DENIED = "allowedConsentIds", "deniedConsentIds"
_PLACES = {name: camel(name) for name in ("consent", "consent_management")}
"""Where banners put what was ticked -> under which name core reads it."""
SPELLINGS = frozenset({*_PLACES, *(spelling for name in _PLACES for spelling in other_spellings(name)), "Consent", "CONSENT"})
_BETWEEN = re.compile(r"[,;|]")


def check_grant(name: str, properties: dict[str, Any], asides: list[Aside]) -> None:
    """Take from a grant what nobody can read the whole of: without this, properties that were set aside would mean all channels, without an end."""
    if name in _GRANTS and any(_is_about_what(aside.field) for aside in asides):
        properties["channel"] = []


def report_unread(name: str, properties: dict[str, Any], asides: list[Aside]) -> None:
    """Say what an event about consent says that core will not understand. Nothing is taken out of it: core grants nothing by it, or denies all."""
    said = next((each for each in ("purpose", "purposes") if each in properties), None)
    if said is not None and words(properties, "purpose") is not None:
        found = told(properties, "purpose")
        if not found or any(is_unreadable(each) for each in found):
            _report(f"properties.{said}", "the name of a purpose, as in marketing, or a list of them", properties[said], asides)
    if name != "consent_given":
        return
    if (end := properties.get("expires_at")) is not None:
        try:
            is_time = not isinstance(end, bool) and isinstance(end, (str, int, float)) and parse_instant(end) is not None
        except BadInstant:
            is_time = False
        if not is_time:
            _report("properties.expires_at", "a time, as in 2026-03-01T10:00:00Z (it ends at once)", end, asides)
    elif (span := properties.get("expires_in")) is not None:
        try:
            parse_duration(span)
        except ValueError:
            _report("properties.expires_in", "a duration, as in 30d (it ends at once)", span, asides)


def _report(path: str, wanted: str, found: Any, asides: list[Aside]) -> None:
    if all(aside.field != path for aside in asides):
        _aside(path, wanted, found, asides)


def _is_about_what(field: str) -> bool:
    place, _, rest = field.partition(".")
    return place == "properties" and (not rest or re.split(r"[.\[]", rest)[0] in _SAYS_WHAT)


def check_consent(context: dict[str, Any], asides: list[Aside]) -> None:
    """Put `context.consent` (Segment) and `context.consentManagement` (RudderStack) into one shape."""
    for plain, place in _PLACES.items():
        spellings = [name for name in context if normalise(name) == plain]
        if told := [each for name in spellings if (each := _object(context, name, asides)) is not None]:
            context[place] = (_preferences if plain == "consent" else _management)(told, asides)


def denies(context: dict[str, Any]) -> bool:
    """Whether a banner takes something back."""
    consent, management = context.get("consent"), context.get("consentManagement")
    ticks = consent.get("categoryPreferences") if isinstance(consent, dict) else None
    return (isinstance(ticks, dict) and False in ticks.values()) or (isinstance(management, dict) and bool(management.get("deniedConsentIds")))


def _object(context: dict[str, Any], name: str, asides: list[Aside]) -> dict[str, Any] | None:
    """The field as an object. What is none, and does not just say yes, denies everything; None: it says nothing."""
    found = context[name]
    if isinstance(found, str):
        found = from_json(found) or found.strip()
    if isinstance(found, dict):
        return found
    if found is None or found in ([], ""):
        return None
    _aside(f"context.{name}", "an object", found, asides)
    context[name] = {}
    try:
        if flag(found):
            return None
    except Wrong:
        pass  # it may be a no
    return {"categoryPreferences": {ALL: False}} if normalise(name) == "consent" else {_DENIED: [ALL]}


def _preferences(spellings: Sequence[dict[str, Any]], asides: list[Aside]) -> dict[str, Any]:
    consent = {name: value for each in reversed(spellings) for name, value in each.items()}
    ticks: dict[str, Any] = {}
    for sent in [each[name] for each in spellings for name in each if normalise(name) == "category_preferences"]:
        found = (from_json(sent) or sent.strip()) if isinstance(sent, str) else sent
        if found is None or found in ([], ""):
            continue
        path = "context.consent.categoryPreferences"
        if not isinstance(found, dict):
            _aside(path, "an object of true and false", found, asides)
            found = {ALL: False}
        read = {category: _ticked(ticked) for category, ticked in found.items()}
        unread = next((category for category, ticked in read.items() if ticked is None), None)
        if unread is not None:  # one report, however many there are
            _aside(f"{path}.{unread}", "true or false", found[unread], asides)
        ticks |= {category: bool(ticked) and ticks.get(category, True) for category, ticked in read.items()}
    return {**consent, "categoryPreferences": ticks} if ticks else consent


def _ticked(ticked: Any) -> bool | None:
    """Whether it is ticked; None: that cannot be read, which is no consent."""
    if ticked is None or type(ticked) is bool:
        return bool(ticked)
    try:
        return flag(ticked)
    except Wrong:
        return None


def _management(spellings: Sequence[dict[str, Any]], asides: list[Aside]) -> dict[str, Any]:
    shape: dict[str, Any] = {}
    for found in spellings:
        shape = {**found, **shape}
    for name in (_ALLOWED, _DENIED):
        told = [found[spelling] for found in spellings for spelling in found if normalise(spelling) == normalise(name)]
        if told:
            path = f"context.consentManagement.{name}"
            shape[name] = list(dict.fromkeys(each for ids in told for each in _ids(ids, path, asides, denied=name is _DENIED)))
    return shape


def _ids(found: Any, path: str, asides: list[Aside], *, denied: bool) -> list[str]:
    """The ids in a list, in the text that stands for one, or in an object that PHP made of one."""
    listed: list[Any] | None = None
    if isinstance(found, str):
        read = from_json(found)
        found = [part for part in (_BETWEEN.split(found) if denied else [found]) if part.strip()] if read is None else read
    if found is None or isinstance(found, list):
        listed = found or []
    elif isinstance(found, dict) and all(isinstance(each, str) for each in found.values()):
        listed = list(found.values())
    elif type(found) is int:
        listed = [found]
    ids = [each if isinstance(each, str) else str(each) for each in listed or () if type(each) in (str, int)]
    if listed is None or len(ids) < len(listed):
        _aside(path, "a list of ids", found, asides)
        return [*ids, ALL] if denied else ids
    return ids


def _aside(path: str, wanted: str, found: Any, asides: list[Aside]) -> None:
    message = f"{path.rpartition('.')[2]} must be {wanted}; got {shown(found)}"
    asides.append(Aside(RejectionReason.BAD_PROPERTY, path, message))
