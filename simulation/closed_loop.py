"""The closed loop in one process, at any speed: the world's events go to the engine, and its actions back to the customers.

The truth evaluates every decision before its message is sent. The product's code runs unchanged, and never sees the truth. For evaluation
only.
"""

from bisect import bisect_right
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import msgspec

from services.local.job import LocalJob, Output
from services.replay.records import Record
from simulation.reactions import percent_of
from simulation.segment_spec import encoded
from simulation.truth import DAY, Odds, Truth
from simulation.world import World
from udfs.core.records import Action, Decision, Outcome, Recall, Rejection

MARGIN = 0.35
"""The share of a sale that the shop earns before discounts."""
COSTS: Mapping[str, float] = {"email": 0.002, "push": 0.0005, "sms": 0.05, "onsite": 0.0}
"""Channel -> cost of one message, in the shop's currency."""


class Decider(Protocol):
    """Makes the decisions: a `services.local.job.LocalJob` with any book and scorer."""

    def take(self, record: Record) -> list[Output]:
        """Process one record."""

    def until(self, now: int | None) -> Iterator[list[Output]]:
        """Fire the timers that are due until then."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Evaluated:
    """A final decision and its true odds at that time; without an action, those of sending nothing."""

    decision: Decision
    person: str
    """Her user id, even if the decision knew only the anonymous one."""
    channel: str | None
    percent: float
    odds: Odds
    gain: float
    """The true value of acting, in the shop's currency; 0 if nothing was sent."""


@dataclass(slots=True)
class Course:
    """The results of a period."""

    within: int
    """The window of the goal, ms."""
    started: int
    ended: int = 0
    events: int = 0
    evaluated: list[Evaluated] = field(default_factory=list)
    orders: dict[str, list[int]] = field(default_factory=dict)
    """User id, or anonymous id of a stranger -> times of her purchases, in order."""
    revenue: float = 0.0
    rejected: list[Rejection] = field(default_factory=list)

    @property
    def gain(self) -> float:
        """The true value of all decisions: the margin on purchases they cause, minus discounts and cost of contact."""
        return sum(each.gain for each in self.evaluated)

    @property
    def uplift(self) -> float:
        """The true number of purchases caused by messages."""
        return sum(each.odds.uplift for each in self.evaluated if each.channel is not None)

    def bought(self, each: Evaluated) -> bool:
        """Whether she bought within the window after the decision. Only for decisions whose window has passed, see `ripe`."""
        times = self.orders.get(each.person, ())
        place = bisect_right(times, each.decision.at)
        return place < len(times) and times[place] <= each.decision.at + self.within

    def ripe(self) -> list[Evaluated]:
        """The decisions whose window has passed."""
        return [each for each in self.evaluated if each.decision.at + self.within <= self.ended]


def live(
    world: World,
    job: Decider,
    *,
    days: float,
    within: int = 3 * DAY,
    record: Callable[[Record], None] | None = None,
    wants: Sequence[str] | None = None,
) -> Course:
    """Run the world and the job together for `days` from the world's current time. Call it again to go on, also with another job.

    `record` receives every record of the job, for example to train on it later. `wants` names the campaigns to evaluate; None: all.
    """
    course, truth = Course(within=within, started=world.now), Truth(world)
    end = world.now + int(days * DAY)
    for posted in _interleaved(world, job, end, course, truth, wants):
        course.events += 1
        if posted.value and b'"Order Completed"' in posted.value:
            _count_order(course, posted)
        if record is not None:
            record(posted)
        _decided(world, job.take(posted), course, truth, wants)
    course.ended = end
    return course


def earned(order: Mapping[str, Any]) -> float:
    """What an order earns the shop: the margin on its price before the discount, less the discount."""
    discount = float(order.get("discount", 0.0))
    return MARGIN * (float(order["revenue"]) + discount) - discount


def auc(scores: Sequence[float], outcomes: Sequence[bool]) -> float:
    """The AUC: how often a buyer has a higher score than a non-buyer; ties count half. NaN if there are only buyers or only non-buyers."""
    ranked = sorted(zip(scores, outcomes, strict=True))
    positives = sum(outcomes)
    negatives = len(ranked) - positives
    if not positives or not negatives:
        return float("nan")
    rank_sum, place = 0.0, 0
    while place < len(ranked):
        after = place
        while after < len(ranked) and ranked[after][0] == ranked[place][0]:
            after += 1
        rank_sum += (place + after + 1) / 2 * sum(bought for _, bought in ranked[place:after])
        place = after
    return (rank_sum - positives * (positives + 1) / 2) / (positives * negatives)


def best_auc(course: Course) -> float:
    """The AUC of the truth itself over decisions whose window has passed: a model can beat it only by luck."""
    ripe = course.ripe()
    return auc([each.odds.acted for each in ripe], [course.bought(each) for each in ripe])


def _interleaved(world: World, job: Decider, end: int, course: Course, truth: Truth, wants: Sequence[str] | None) -> Iterator[Record]:
    """Yield the world's records in order of time. Before each, and at the end, the job decides what is due."""
    while True:
        due = world.due()
        instant = end if due is None else min(due, end)
        for outputs in job.until(instant - 1):  # at the same time the event wins
            _decided(world, outputs, course, truth, wants)
            if _sooner(world, instant):
                break
        if _sooner(world, instant):  # a decision has caused something that comes first
            continue
        for posted in world.until(instant):
            yield Record(posted.at, posted.key.encode(), encoded(posted))
        if instant >= end:
            return


def _sooner(world: World, instant: int) -> bool:
    due = world.due()
    return due is not None and due < instant


def _decided(world: World, outputs: Sequence[Output], course: Course, truth: Truth, wants: Sequence[str] | None) -> None:
    actions = {output.decision_id: output for output in outputs if isinstance(output, Action)}
    for output in outputs:
        if output.at > world.now:  # a silence was decided: no event of the world lies in between
            list(world.until(output.at))
        if isinstance(output, Rejection) and not output.accepted:
            course.rejected.append(output)
        elif isinstance(output, Decision) and output.outcome != Outcome.DEFERRED:
            action = actions.get(output.decision_id)
            if wants is None or output.campaign in wants:
                course.evaluated.append(_evaluate(world, truth, output, action, course.within))
            if action is not None:
                world.receive(msgspec.to_builtins(action))
        elif isinstance(output, Recall):
            world.receive(msgspec.to_builtins(output))


def _evaluate(world: World, truth: Truth, decision: Decision, action: Action | None, within: int) -> Evaluated:
    life = world.lives.get(decision.user_id)
    person = decision.user_id if life is None else life.person.key
    if action is None:
        odds = truth.odds(decision.user_id, within=within)
        return Evaluated(decision=decision, person=person, channel=None, percent=0.0, odds=odds, gain=0.0)
    percent = percent_of({"offer": action.offer})
    odds = truth.odds(decision.user_id, within=within, channel=action.channel, percent=percent)
    gain = odds.gain(percent=percent, margin=MARGIN, cost=COSTS.get(action.channel, 0.0))
    return Evaluated(decision=decision, person=person, channel=action.channel, percent=percent, odds=odds, gain=gain)


def _count_order(course: Course, posted: Record) -> None:
    event = msgspec.json.decode(posted.value)
    if event.get("event") == "Order Completed":
        course.orders.setdefault(event.get("userId") or event["anonymousId"], []).append(posted.at)
        course.revenue += float(event["properties"]["revenue"])


__all__ = ["COSTS", "DAY", "MARGIN", "Course", "Decider", "Evaluated", "LocalJob", "auc", "best_auc", "earned", "live"]
