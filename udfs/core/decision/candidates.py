"""A candidate: a user for whom a campaign's trigger came true at an instant.

Its way ends in one final decision with a reason, or, if its condition does not hold or its entry is blocked, in a count. What waits, or is
deferred, becomes something due and comes back as a candidate.
"""

from collections.abc import Mapping
from typing import Any

import msgspec

from udfs.core.campaigns.campaign import Campaign
from udfs.core.directory import Forgotten, Person
from udfs.core.expressions.moment import AskedIntents
from udfs.core.goal_outcome import GoalOutcome
from udfs.core.personal_data import Erasure, Response
from udfs.core.profile.due import Armed, Deferred, Drawn, Place, Settled, Step, Waiting
from udfs.core.records import Action, Decision, Reason, Recall, Segment
from udfs.core.values import chance
from udfs.core.values.bounded import carried

Record = Decision | Action | Segment | Recall | Person | Forgotten | GoalOutcome | Response | Erasure


class Candidate(msgspec.Struct, frozen=True, kw_only=True):
    """One campaign at one instant. `origin` is when its trigger came true, `at` the instant of the decision (later, if it waited or was deferred);
    both are record time. `start` is when that which began it happened, by event time."""

    campaign: Campaign
    at: int
    origin: int
    event_id: str | None
    start: int = 0
    told_by: str = ""
    """Who told what began it."""
    source: str = ""
    """Where that id is unique."""
    properties: Mapping[str, Any] = {}
    cart_id: str = ""
    variant: str | None = None
    key: str | None = None
    """Its entry key, if that was settled before."""
    attempt: int = 0
    deferred_by: frozenset[str] = frozenset()
    stale: bool = False
    step: str = ""
    """Of a journey: the place where its run stands."""
    since: int = 0
    """When the run came there."""
    group: str = ""
    """Of a journey: the outcome of a run that began in the holdout or control group; empty: in neither."""
    met: bool = False
    """Whether its condition is known to hold."""
    place: Place | None = None
    """What is kept for it in the throughput."""
    born_as: str = ""
    """The id under which it began, where that is not the customer's own."""
    drawn: Drawn | None = None
    """Of a journey: the way that a bandit has drawn for its run, until a message has gone out on it."""
    intents: AskedIntents | None = None
    """What its trigger has just asked of texts, to which its condition and its offers add."""

    @property
    def trigger(self) -> str:
        """What the decision's id is made of: the trigger's event id, or its due time; for a send of a journey its step follows."""
        return self.begun_at(self.step) if self.step else self._began

    def begun_at(self, place: str) -> str:
        """The same for another step of its journey."""
        return f"{self._began}\x1f{place}"

    @property
    def run(self) -> bytes:
        """What stands for the run of a journey that it belongs to."""
        return chance.fingerprint("\x1f".join((self.campaign.name, self.key or "", self._began)))

    @property
    def _began(self) -> str:
        if self.event_id is None:
            return str(self.origin)
        return f"{self.source}\x1f{self.event_id}" if self.source else self.event_id

    @property
    def asked(self) -> int:
        """From when on its send lives: its trigger, or in a journey its step."""
        return self.since if self.step else self.origin

    @property
    def _since(self) -> int:
        return self.since if self.step else self.at

    @property
    def _carried(self) -> dict[str, Any] | None:
        """What is still to be read of its event."""
        names = self.campaign.event_names
        return {name: carried(value) for name, value in self.properties.items() if name in names} or None

    def waiting(self, variant: str, *, until: int) -> Waiting:
        """It waits: the variant acts later, if nothing cancels it."""
        return Waiting(
            at=until,
            campaign=self.campaign.name,
            variant=variant,
            origin=self.origin,
            since=self._since,
            event_id=self.event_id,
            source=self.source,
            cart_id=self.cart_id,
            properties=self._carried,
            stale=self.stale,
            key=self.key,
            start=self.start,
            told_by=self.told_by,
            born_as=self.born_as,
        )

    def deferred(self, variant: str, *, until: int, key: str, by: str, place: Place | None) -> Deferred:
        """It is decided again at `until`. `by`: the reason that is used up. That it was held is only told of what is held now."""
        return Deferred(
            at=until,
            campaign=self.campaign.name,
            variant=variant,
            origin=self.origin,
            since=self._since,
            key=key,
            attempt=self.attempt + 1,
            deferred_by=sorted({*self.deferred_by - {Reason.ANOMALY_HELD.value}, by}),
            event_id=self.event_id,
            source=self.source,
            cart_id=self.cart_id,
            properties=self._carried,
            stale=self.stale,
            step=self.step,
            group=self.group,
            place=place,
            start=self.start,
            told_by=self.told_by,
            born_as=self.born_as,
            drawn=self.drawn,
        )

    def at_wait(self, step: str, *, until: int, since: int) -> Step:
        """Its run stands at a wait of its journey, which began at `since`."""
        return Step(
            at=until,
            campaign=self.campaign.name,
            step=step,
            origin=self.origin,
            since=since,
            key=self.key,
            event_id=self.event_id,
            source=self.source,
            cart_id=self.cart_id,
            properties=self._carried,
            stale=self.stale,
            group=self.group,
            start=self.start,
            told_by=self.told_by,
            born_as=self.born_as,
            drawn=self.drawn,
        )


def of_armed(due: Armed, campaign: Campaign, *, current_cart: str) -> Candidate:
    """The candidate of a trigger that was waited for."""
    return Candidate(
        campaign=campaign,
        at=due.at,
        origin=due.at,
        event_id=None,
        start=due.start or due.at,
        told_by=due.told_by,
        properties=due.properties or {},
        cart_id=due.cart_id or current_cart,
        stale=due.stale,
        born_as=due.born_as,
    )


def of_settled(due: Settled, campaign: Campaign, *, at: int, current_cart: str = "", step: str = "") -> Candidate:
    """The candidate of something that was entered before. `step`: where the run of a journey goes on."""
    again = due if isinstance(due, Deferred) else None
    return Candidate(
        campaign=campaign,
        at=at,
        origin=due.origin,
        event_id=due.event_id,
        source=due.source,
        properties=due.properties or {},
        cart_id=due.cart_id or current_cart,
        variant=None if isinstance(due, Step) else due.variant,
        key=due.key,
        attempt=again.attempt if again else 0,
        deferred_by=frozenset(again.deferred_by) if again else frozenset(),
        stale=due.stale,
        step=step or (again.step if again else ""),
        since=due.since,
        group="" if isinstance(due, Waiting) else due.group,
        place=again.place if again else None,
        start=due.start or due.origin,
        told_by=due.told_by,
        born_as=due.born_as,
        drawn=None if isinstance(due, Waiting) else due.drawn,
    )
