"""Declared segments: who belongs to them, kept live after every event and, while time alone can change it, looked at again.

A customer has at most one re-check pending; when nothing can change any more there is none.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from udfs.core.expressions.compiler import Expression
from udfs.core.expressions.moment import Moment
from udfs.core.policy.rules import Policy
from udfs.core.profile.due import Recheck
from udfs.core.profile.state import Profile
from udfs.core.records import Segment
from udfs.core.values.durations import DAY

ENTERED, LEFT = "entered", "left"


@dataclass(frozen=True, slots=True)
class Segments:
    """The declared segments, in their order; each may ask about those before it."""

    version: str
    rules: Mapping[str, Expression] = field(default_factory=dict)
    """Segment -> the condition of belonging to it."""
    refresh: int = DAY
    """Milliseconds within which is found what only time has changed."""
    span: int = 0
    """For this long after a customer's last event or message, time alone may still change an answer."""


NONE = Segments(version="none")


def update(profile: Profile, segments: Segments, *, user_id: str, now: int, event_id: str | None, policy: Policy) -> list[Segment]:
    """Ask every segment about a customer at `now`; who came in or went is noted in the profile and returned."""
    held = profile.segments
    moment = Moment(user_id=user_id, profile=profile, now=now, cart=profile.carts.get(profile.current or ""), policy=policy)
    changed: list[tuple[str, str]] = []
    for name, when in segments.rules.items():
        belongs = when.met(moment)
        if belongs and name not in held:
            held[name] = now
            changed.append((name, ENTERED))
        elif not belongs and name in held:
            del held[name]
            changed.append((name, LEFT))
    for name in [name for name in held if name not in segments.rules]:  # no segment any more
        del held[name]
        changed.append((name, LEFT))
    return [record(name, change, segments, user_id, now, event_id) for name, change in changed]


def leave_all(profile: Profile, segments: Segments, *, user_id: str, now: int, event_id: str | None) -> list[Segment]:
    """Somebody is forgotten: whoever keeps a list of who belongs hears of it."""
    return [record(name, LEFT, segments, user_id, now, event_id) for name in profile.segments]


def record(name: str, change: str, segments: Segments, user_id: str, now: int, event_id: str | None) -> Segment:
    """What is written about who came in or went."""
    return Segment(user_id=user_id, segment=name, segment_version=segments.version, change=change, trigger_event_id=event_id, at=now)


def recheck(profile: Profile, segments: Segments, now: int) -> Recheck | None:
    """The re-check that is missing after `now`; None when one is pending or nothing can change any more."""
    if not segments.span or any(isinstance(due, Recheck) for due in profile.due):
        return None
    last = max(profile.now, max((message.at for message in profile.messages), default=0))
    return Recheck(now + segments.refresh) if now <= last + segments.span else None
