"""Declared segments: who belongs to them, kept live after every event and, while time alone can change it, looked at again.

A customer has at most one re-check pending; when nothing can change any more there is none.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol

from udfs.core.expressions.compiler import Expression
from udfs.core.expressions.moment import Moment
from udfs.core.policy.rules import Policy
from udfs.core.profile.due import Recheck
from udfs.core.profile.state import Profile
from udfs.core.records import Segment
from udfs.core.values.durations import DAY

ENTERED, LEFT = "entered", "left"


@dataclass(frozen=True, slots=True)
class ByModel:
    """Who belongs to a segment is what a model says: those of whom this class is the most probable."""

    model: str
    segment_class: str


class Membership(NamedTuple):
    """What a model says about a customer."""

    model: str
    """name:version."""
    segment_class: str
    """The most probable."""
    because: Mapping[str, float]
    """Feature -> how much it speaks for this class rather than for the one before or, without one, the next likely."""


class Asks(Protocol):
    """Asks a model in which segment a customer is."""

    def membership(self, model: str, moment: Moment, *, before: str | None) -> Membership | None:
        """`before`: the class that the customer is known to be in. None while the model cannot answer: then everybody stays where they are."""


@dataclass(frozen=True, slots=True)
class Segments:
    """The declared segments, in their order; each may ask about those before it. Those by model come first."""

    version: str
    rules: Mapping[str, Expression] = field(default_factory=dict)
    """Segment -> the condition of belonging to it."""
    refresh: int = DAY
    """Milliseconds within which is found what only time has changed."""
    models: Mapping[str, ByModel] = field(default_factory=dict)
    """Segment -> the model that says who belongs to it."""
    span: int = 0
    """For this long after a customer's last event or message, time alone may still change an answer."""

    @property
    def names(self) -> tuple[str, ...]:
        """Every segment."""
        return (*self.models, *self.rules)


NONE = Segments(version="none")


def update(
    profile: Profile, segments: Segments, *, user_id: str, now: int, event_id: str | None, policy: Policy, asks: Asks | None = None
) -> list[Segment]:
    """Ask every segment about a customer at `now`; who came in or went is noted in the profile and returned."""
    held = profile.segments
    moment = Moment(user_id=user_id, profile=profile, now=now, cart=profile.carts.get(profile.current or ""), policy=policy)
    changed: list[tuple[str, str]] = []
    told = _by_model(held, segments, moment, asks) if segments.models and asks is not None else {}
    for name, belongs in _answers(segments, told, moment):
        if belongs and name not in held:
            held[name] = now
            changed.append((name, ENTERED))
        elif not belongs and name in held:
            del held[name]
            changed.append((name, LEFT))
    for name in [name for name in held if name not in segments.rules and name not in segments.models]:  # no segment any more
        del held[name]
        changed.append((name, LEFT))
    return [record(name, change, segments, user_id, now, event_id, told.get(name)) for name, change in changed]


def _answers(segments: Segments, told: Mapping[str, Membership], moment: Moment) -> Iterator[tuple[str, bool]]:
    """Segment -> whether the customer belongs, one after the other, since a condition may ask about the segments before it."""
    for name, found in told.items():
        yield name, found.segment_class == segments.models[name].segment_class
    for name, when in segments.rules.items():
        yield name, when.met(moment)


def _by_model(held: Mapping[str, int], segments: Segments, moment: Moment, asks: Asks) -> dict[str, Membership]:
    """Segment -> what its model says, of those whose model can answer. Each model is asked once."""
    found: dict[str, Membership | None] = {}
    for model in dict.fromkeys(each.model for each in segments.models.values()):
        before = next((each.segment_class for name, each in segments.models.items() if each.model == model and name in held), None)
        found[model] = asks.membership(model, moment, before=before)
    return {name: answer for name, each in segments.models.items() if (answer := found[each.model]) is not None}


def leave_all(profile: Profile, segments: Segments, *, user_id: str, now: int, event_id: str | None) -> list[Segment]:
    """Somebody is forgotten: whoever keeps a list of who belongs hears of it."""
    return [record(name, LEFT, segments, user_id, now, event_id) for name in profile.segments]


def record(name: str, change: str, segments: Segments, user_id: str, now: int, event_id: str | None, told: Membership | None = None) -> Segment:
    """What is written about who came in or went. `told`: by what a model says."""
    return Segment(
        user_id=user_id,
        segment=name,
        segment_version=segments.version,
        change=change,
        trigger_event_id=event_id,
        at=now,
        model=told.model if told else None,
        because=told.because if told else {},
    )


def recheck(profile: Profile, segments: Segments, now: int) -> Recheck | None:
    """The re-check that is missing after `now`; None when one is pending or nothing can change any more."""
    if not segments.span or any(isinstance(due, Recheck) and due.at <= now + segments.refresh for due in profile.due):
        return None
    last = max(profile.now, max((message.at for message in profile.messages), default=0))
    return Recheck(now + segments.refresh) if now <= last + segments.span else None
