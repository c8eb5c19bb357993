"""The whole circle in one process, at any speed: the world's events go to the engine, its actions back to the customers, for as many days as asked.

Beside it stands the truth, which judges every decision before its message goes out. The product's code takes part as it is; nothing of what
the truth says ever reaches it. For evaluation only.
"""

from bisect import bisect_right
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import msgspec

from services.local.job import LocalJob, Output
from services.replay.records import Record
from simulation.reactions import percent_of
from simulation.segment import encoded
from simulation.truth import DAY, Odds, Truth
from simulation.world import World
from udfs.core.records import Action, Decision, Outcome, Rejection

MARGIN = 0.35
"""Share of a sale that the shop earns before discounts."""
COSTS: Mapping[str, float] = {"email": 0.002, "push": 0.0005, "sms": 0.05, "onsite": 0.0}
"""Channel -> cost of one message, in the shop's currency."""


class Job(Protocol):
    """What decides: `services.local.job.LocalJob` with whatever book and scorer it was built with."""

    def take(self, record: Record) -> list[Output]:
        """What comes of one record."""

    def until(self, now: int | None) -> Iterator[list[Output]]:
        """What falls due until then."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Judged:
    """A final decision, and what the truth says of it at that moment; without an action, of leaving her alone."""

    decision: Decision
    person: str
    """Whom it is about: her user id, also where the decision knew only her anonymous one."""
    channel: str | None
    percent: float
    odds: Odds
    gain: float
    """What acting was worth in truth, in the shop's currency; 0 when nothing was sent."""


@dataclass(slots=True)
class Course:
    """What came of a stretch of time."""

    within: int
    """The window of the goal, ms."""
    started: int
    ended: int = 0
    events: int = 0
    judged: list[Judged] = field(default_factory=list)
    orders: dict[str, list[int]] = field(default_factory=dict)
    """User id, or anonymous id of a stranger -> when she bought, in order."""
    revenue: float = 0.0
    rejected: list[Rejection] = field(default_factory=list)

    @property
    def gain(self) -> float:
        """The truth's own measure of all decisions: margin on purchases they bring, less discounts and cost of contact."""
        return sum(each.gain for each in self.judged)

    @property
    def uplift(self) -> float:
        """Purchases that the messages brought, in truth."""
        return sum(each.odds.uplift for each in self.judged if each.channel is not None)

    def bought(self, each: Judged) -> bool:
        """Whether she bought within the window after the decision. Only of decisions whose window has passed: see `ripe`."""
        times = self.orders.get(each.person, ())
        place = bisect_right(times, each.decision.at)
        return place < len(times) and times[place] <= each.decision.at + self.within

    def ripe(self) -> list[Judged]:
        """The decisions whose window has passed."""
        return [each for each in self.judged if each.decision.at + self.within <= self.ended]


def live(
    world: World, job: Job, *, days: float, within: int = 3 * DAY, record: Callable[[Record], None] | None = None, wants: Sequence[str] | None = None
) -> Course:
    """Let the world and the job live together for so many days from the world's now; may be called again, to go on (with another job, too).

    `record` sees every record that the job takes, such as to train on it later. `wants` names the campaigns that are judged; None: all.
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


def auc(scores: Sequence[float], outcomes: Sequence[bool]) -> float:
    """Chance that somebody who bought was scored above somebody who did not; ties count half. NaN where there are only the ones or the others."""
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
    """The AUC of the truth itself over the decisions whose window has passed: what no model can beat but by luck."""
    ripe = course.ripe()
    return auc([each.odds.acted for each in ripe], [course.bought(each) for each in ripe])


def _interleaved(world: World, job: Job, end: int, course: Course, truth: Truth, wants: Sequence[str] | None) -> Iterator[Record]:
    """The world's records in order of time; before each, and at the end, what fell due in the job is decided."""
    while True:
        due = world.due()
        moment = end if due is None else min(due, end)
        for outputs in job.until(moment - 1):  # at equality the event wins
            _decided(world, outputs, course, truth, wants)
            if _sooner(world, moment):
                break
        if _sooner(world, moment):  # what was decided has brought about something that comes first
            continue
        for posted in world.until(moment):
            yield Record(posted.at, posted.key.encode(), encoded(posted))
        if moment >= end:
            return


def _sooner(world: World, moment: int) -> bool:
    due = world.due()
    return due is not None and due < moment


def _decided(world: World, outputs: Sequence[Output], course: Course, truth: Truth, wants: Sequence[str] | None) -> None:
    actions = {output.decision_id: output for output in outputs if isinstance(output, Action)}
    for output in outputs:
        if output.at > world.now:  # a silence was answered: nothing of the world's own lies between
            list(world.until(output.at))
        if isinstance(output, Rejection) and not output.accepted:
            course.rejected.append(output)
        elif isinstance(output, Decision) and output.outcome != Outcome.DEFERRED:
            action = actions.get(output.decision_id)
            if wants is None or output.campaign in wants:
                course.judged.append(_judge(world, truth, output, action, course.within))
            if action is not None:
                world.receive(msgspec.to_builtins(action))


def _judge(world: World, truth: Truth, decision: Decision, action: Action | None, within: int) -> Judged:
    life = world.lives.get(decision.user_id)
    person = decision.user_id if life is None else life.person.key
    if action is None:
        odds = truth.odds(decision.user_id, within=within)
        return Judged(decision=decision, person=person, channel=None, percent=0.0, odds=odds, gain=0.0)
    percent = percent_of({"offer": action.offer})
    odds = truth.odds(decision.user_id, within=within, channel=action.channel, percent=percent)
    gain = odds.gain(percent=percent, margin=MARGIN, cost=COSTS.get(action.channel, 0.0))
    return Judged(decision=decision, person=person, channel=action.channel, percent=percent, odds=odds, gain=gain)


def _count_order(course: Course, posted: Record) -> None:
    event = msgspec.json.decode(posted.value)
    if event.get("event") == "Order Completed":
        course.orders.setdefault(event.get("userId") or event["anonymousId"], []).append(posted.at)
        course.revenue += float(event["properties"]["revenue"])


__all__ = ["COSTS", "DAY", "MARGIN", "Course", "Job", "Judged", "LocalJob", "auc", "best_auc", "live"]
