"""The directory of people: a small record of each, written when something in it changes, and once a day for somebody who comes.

State that is kept by key cannot be asked who is in it; this can. One number in the profile says what was written last, so for most events
there is one comparison.
"""

from collections.abc import Mapping
from typing import Any

from udfs.core.decision.turn import Turn
from udfs.core.directory import Forgotten, Person
from udfs.core.policy import consent
from udfs.core.profile.state import Profile
from udfs.core.records import Event
from udfs.core.values.chance import fingerprint
from udfs.core.values.durations import DAY
from udfs.core.values.instants import day_of

_BITS = 40
"""Of the number: the fingerprint of what changes. Above them is the day."""
MAX_COUNTRY = 60


def after_event(turn: Turn, event: Event, *, changed: bool) -> list[Person]:
    """The record of somebody to whom an event has just come; nothing if all of it was written before. `changed`: more than usual has happened."""
    profile = turn.profile
    day = turn.now // DAY
    if profile.listed >> _BITS == day and not (changed or turn.moved or event.traits or consent.speaks(event)):
        return []
    if not profile.listed and consent.forbids_storage(profile, turn.now, turn.book.policy.consent) is not None:
        return []
    return _listed(turn, day)


def after_time(turn: Turn) -> list[Person]:
    """The same where time alone has changed something: it is nobody's visit."""
    return _listed(turn, turn.profile.listed >> _BITS) if turn.profile.listed else []


def after_forgetting(turn: Turn, listed: int) -> list[Forgotten]:
    """The end of the record of somebody of whom nothing is known any longer. `listed`: what was written before."""
    return [Forgotten(user_id=turn.user_id)] if listed and not turn.profile.listed else []


def _listed(turn: Turn, day: int) -> list[Person]:
    profile = turn.profile
    segments, country, opted_in = sorted(profile.segments), country_of(profile), consent.granted(profile, turn.now, turn.book.policy.consent)
    told = "\n".join((*segments, "", country or "", *opted_in))
    number = day << _BITS | int.from_bytes(fingerprint(told)[: _BITS // 8])
    if number == profile.listed:
        return []
    profile.listed = number
    return [
        Person(
            user_id=turn.user_id,
            anonymous=profile.anonymous,
            first_seen=day_of(profile.born),
            last_seen=day_of(day * DAY),
            segments=segments,
            country=country,
            opted_in=opted_in,
        )
    ]


def country_of(profile: Profile) -> str | None:
    """What the customer's traits say, or else the country of the language that the device is set to."""
    traits = profile.traits
    address: Any = traits.get("address")
    for said in (traits.get("country"), address.get("country") if isinstance(address, Mapping) else None):
        if isinstance(said, str) and said.strip():
            return said.strip()[:MAX_COUNTRY]
    parts = (profile.locale or "").replace("_", "-").split("-")
    return next((part.upper() for part in parts[1:] if len(part) == 2 and part.isalpha()), None)
