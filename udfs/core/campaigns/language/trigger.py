"""Reads the trigger of a campaign: an event, a silence, a time since an event, a date of the customer's, or a segment that is entered or left."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from udfs.core.campaigns.campaign import Trigger
from udfs.core.campaigns.exits import Exits
from udfs.core.campaigns.language.reader import CampaignReader
from udfs.core.campaigns.language.shape import TRIGGER
from udfs.core.campaigns.language.shape import TRIGGER_KINDS as KINDS
from udfs.core.values.dates import Anniversary
from udfs.core.values.durations import DAY
from udfs.core.values.problems import did_you_mean, shown
from udfs.core.values.shapes import keys, words

NOT_YET = {"catalog": "catalogue changes"}
IDLE_OF = words(TRIGGER, "of")
REPEATS = words(TRIGGER, "repeat")
NINE = 9 * 60
_CLOCK = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)")
_TRAIT = re.compile(r"user(\.[A-Za-z_][A-Za-z0-9_]*)+")
_PATH = ("trigger",)


def has_event(found: Any) -> bool:
    """Whether this trigger is an event, of which conditions and messages can speak."""
    return not isinstance(found, Mapping) or not any(kind in found for kind in KINDS if kind != "event")


def read_trigger(reader: CampaignReader, found: Any) -> Trigger:
    """The trigger of a document."""
    if not isinstance(found, Mapping):
        reader.refuse(_PATH, "what triggers it? such as {event: product_viewed} or {idle: 30m, of: cart, unless: [order_completed]}")
        return Trigger()
    reader.keys(_PATH, found, keys(TRIGGER), NOT_YET)
    kinds = [kind for kind in KINDS if kind in found]
    if not kinds:
        if not any(key in NOT_YET for key in found):
            reader.refuse(_PATH, "a trigger has event or idle, since, date, enters or leaves")
        return Trigger()
    if len(kinds) > 1:
        reader.refuse((*_PATH, kinds[0]), f"a trigger is one of {', '.join(KINDS)}, not both {kinds[0]} and {kinds[1]}")
        return Trigger()
    (kind,) = kinds
    for other, along in KINDS.items():
        for word in along:
            if word in found and other != kind:
                hint = "; for a silence write the condition as when" if word == "becomes" else ""
                reader.refuse((*_PATH, word), f"{word} goes with {other}, not with {kind}{hint}")
    unless = reader.exits((*_PATH, "unless"), found["unless"]) if "unless" in found else {}
    return _READERS[kind](reader, found, unless)


def _event(reader: CampaignReader, found: Mapping[str, Any], unless: Exits) -> Trigger:
    becomes = reader.condition((*_PATH, "becomes"), found["becomes"]) if "becomes" in found else None
    return Trigger(events=reader.events((*_PATH, "event"), found["event"]), becomes=becomes, unless=unless)


def _idle(reader: CampaignReader, found: Mapping[str, Any], unless: Exits) -> Trigger:
    of = found.get("of", "any")
    if of not in IDLE_OF:
        reader.refuse((*_PATH, "of"), f"there is no silence of {shown(of)}", did_you_mean(str(of), IDLE_OF) or "one of " + ", ".join(IDLE_OF))
    return Trigger(idle=reader.duration((*_PATH, "idle"), found["idle"]), of=str(of), unless=unless)


def _since(reader: CampaignReader, found: Mapping[str, Any], unless: Exits) -> Trigger:
    since = reader.events((*_PATH, "since"), found["since"])
    if "wait" not in found:
        reader.refuse(_PATH, "how long since? such as {since: order_completed, wait: 90d}")
        return Trigger()
    if both := set(since).intersection(name for name, same in unless.items() if not same):
        reader.refuse((*_PATH, "unless"), f"{', '.join(sorted(both))} begins the wait again by itself", "take it out of unless")
    return Trigger(since=since, wait=reader.duration((*_PATH, "wait"), found["wait"]) or 0, unless=unless)


def _date(reader: CampaignReader, found: Mapping[str, Any], unless: Exits) -> Trigger:
    trait = found["date"]
    if not isinstance(trait, str) or not _TRAIT.fullmatch(trait):
        reader.refuse((*_PATH, "date"), f"{shown(trait)} is no trait: name the one that holds the date, such as user.birthday")
        return Trigger()
    clock = _CLOCK.fullmatch(found["at"].strip()) if isinstance(found.get("at"), str) else None
    if "at" in found and clock is None:
        reader.refuse((*_PATH, "at"), f"{shown(found['at'])} is no time of day", 'write it in quotes, such as at: "09:00"')
    ahead = reader.duration((*_PATH, "before"), found["before"]) if "before" in found else 0
    if ahead is not None and ahead % DAY:
        reader.refuse((*_PATH, "before"), "before is a number of whole days, such as 3d")
    repeat = found.get("repeat", "yearly")
    if repeat not in REPEATS:
        reader.refuse((*_PATH, "repeat"), f"repeat is {' or '.join(REPEATS)}, not {shown(repeat)}")
    at = int(clock[1]) * 60 + int(clock[2]) if clock else NINE
    names = tuple(trait.split(".")[1:])
    return Trigger(date=Anniversary(trait=names, at=at, before=(ahead or 0) // DAY, yearly=repeat == "yearly"), unless=unless)


def _enters(reader: CampaignReader, found: Mapping[str, Any], unless: Exits) -> Trigger:
    return Trigger(enters=_segment(reader, found, "enters"), unless=unless)


def _leaves(reader: CampaignReader, found: Mapping[str, Any], unless: Exits) -> Trigger:
    return Trigger(leaves=_segment(reader, found, "leaves"), unless=unless)


def _segment(reader: CampaignReader, found: Mapping[str, Any], key: str) -> str:
    segment, segments = found[key], reader.vocabulary.segments
    if segment not in segments:
        known = "there are " + ", ".join(segments) if segments else "declare it in segments.yaml, and publish the two together"
        reader.refuse((*_PATH, key), f"there is no segment {shown(segment)}", did_you_mean(str(segment), segments) or known)
    return str(segment)


_READERS: Mapping[str, Callable[[CampaignReader, Mapping[str, Any], Exits], Trigger]] = {
    "event": _event,
    "idle": _idle,
    "since": _since,
    "date": _date,
    "enters": _enters,
    "leaves": _leaves,
}
