"""What one history of a person says about what the other has pending or under way, before the two become one.

Asked of each about the other, since afterwards nobody knows which of them saw what. An exit that was seen there ends what is pending here, as if both
had been read under one id. By the same rules as where an exit was read before what it ends (`udfs.core.decision.earlier`).
"""

from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple

from udfs.core.campaigns.campaign import Campaign
from udfs.core.campaigns.exits import Exits
from udfs.core.campaigns.steps import Wait
from udfs.core.counts import note
from udfs.core.decision import earlier
from udfs.core.decision.candidates import Candidate, of_settled
from udfs.core.decision.turn import Turn
from udfs.core.policy.case import Closed
from udfs.core.profile import packed
from udfs.core.profile.carts import CLOSING
from udfs.core.profile.due import Armed, Deferred, Due, Recheck, Step
from udfs.core.profile.state import Profile, Underway
from udfs.core.records import Reason


class Told(NamedTuple):
    """What follows from it."""

    gone: list[Deferred]
    """What was deferred, and is over."""
    recalled: Mapping[tuple[bytes, int], Closed]
    """Decision and attempt of what is under way, and is over -> why."""
    met: list[Step]
    """Runs of journeys that go on, since what they waited for has happened. They are pending still, until the histories are one."""


def tell(turn: Turn, other: Profile, *, other_id: str) -> Told:
    """Ask each history about the other; in place, what is over is pending no longer."""
    gone: list[Deferred] = []
    recalled: dict[tuple[bytes, int], Closed] = {}
    met: list[Step] = []
    for mine, theirs in ((turn.profile, other), (other, turn.profile)):
        kept: list[Due] = []
        for due in mine.due:
            if mine is other and not isinstance(due, Recheck):
                due.born_as = due.born_as or other_id
            if (campaign := turn.book.campaigns.get(due.campaign)) is not None and not isinstance(due, Recheck):
                if _is_over(due, campaign, theirs):
                    note(turn.counts, "pending_cancelled", due.campaign)
                    gone += [due] if isinstance(due, Deferred) else []
                    continue
                if isinstance(due, Step) and _is_met(due, campaign, theirs):
                    met.append(due)
            kept.append(due)
        mine.due = kept
        if mine.packed_underway != packed.EMPTY:
            recalled |= {(each.decision_id, each.attempt): closed for each in mine.underway if (closed := _ended(turn, each, theirs)) is not None}
    return Told(gone, recalled, met)


def onward(turn: Turn, met: list[Step]) -> Iterator[Candidate]:
    """The runs that go on, once the histories are one. One that has given way to another of its kind does not."""
    profile = turn.profile
    for due in met:
        campaign = turn.book.campaigns.get(due.campaign)
        step = campaign.steps.steps.get(due.step) if campaign is not None and campaign.steps else None
        if campaign is None or not isinstance(step, Wait) or not any(each is due for each in profile.due):
            continue
        profile.due = [each for each in profile.due if each is not due]
        if step.met is not None:
            yield of_settled(due, campaign, at=turn.now, step=step.met)


def _is_over(due: Due, campaign: Campaign, other: Profile) -> bool:
    """Whether an exit of the campaign, or of the wait at which a run stands, was seen there. A date itself is not called off."""
    assert not isinstance(due, Recheck)
    trigger, is_armed = campaign.trigger, isinstance(due, Armed)
    if not (trigger.date and is_armed):
        start = due.start or (due.at - (trigger.idle or trigger.wait) if isinstance(due, Armed) else due.origin)
        if _exit(campaign, other)(start, due.properties) is not None:
            return True
    step = _wait(due, campaign)
    return step is not None and _seen(step.leave_on, due, campaign, other)


def _is_met(due: Step, campaign: Campaign, other: Profile) -> bool:
    step = _wait(due, campaign)
    return step is not None and not campaign.paused and _seen(step.awaited, due, campaign, other)


def _wait(due: Due, campaign: Campaign) -> Wait | None:
    step = campaign.steps.steps.get(due.step) if isinstance(due, Step) and campaign.steps else None
    return step if isinstance(step, Wait) else None


def _seen(declared: Exits, due: Due, campaign: Campaign, other: Profile) -> bool:
    assert isinstance(due, Step)
    if not declared:
        return False
    return earlier.ended_by(other, declared, start=due.since, properties=due.properties, began=campaign.trigger.events) is not None


def _ended(turn: Turn, underway: Underway, other: Profile) -> Closed | None:
    campaign = turn.book.campaigns.get(underway.campaign)
    if campaign is None:
        return None
    name = _exit(campaign, other)(underway.start, underway.properties)
    return None if name is None else Closed(Reason.EXITED, name, ({"event": name},))


def _exit(campaign: Campaign, other: Profile) -> Callable[[int, Mapping[str, object] | None], str | None]:
    """Which exit of a campaign was seen there. Orders speak to carts themselves."""
    trigger = campaign.trigger
    declared = trigger.unless
    if trigger.of == "cart":
        declared = {name: same for name, same in declared.items() if name not in CLOSING}
    began = trigger.events or trigger.since or (() if trigger.idle else trigger.unless)
    return lambda start, properties: earlier.ended_by(other, declared, start=start, properties=properties, began=began) if declared else None
