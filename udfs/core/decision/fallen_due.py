"""What has fallen due: a candidate again, a decision that ends it, or nothing."""

from msgspec.structs import replace

from udfs.core.counts import note
from udfs.core.decision import dates, journeys, pending
from udfs.core.decision.candidates import Candidate, of_armed, of_settled
from udfs.core.decision.final import ended
from udfs.core.decision.turn import Turn
from udfs.core.policy import held
from udfs.core.profile.due import Armed, Deferred, Due, Recheck, Step
from udfs.core.records import Decision, Reason


def candidate_of(turn: Turn, due: Due) -> Candidate | Decision | None:
    """What has fallen due as a candidate; a decision where it was deferred and comes to nothing; None for everything else."""
    if isinstance(due, Recheck):
        return None
    campaign = pending.current(turn, due)
    if campaign is None:
        return _lost(turn, due, "the campaign is paused or gone")
    if isinstance(due, Deferred) and (later := held.waits(due, campaign, turn.book.holds.get(campaign.name))) is not None:
        pending.put(turn.profile, replace(due, at=later))
        return None
    if isinstance(due, Armed):
        if campaign.trigger.date and not dates.fires(turn, due, campaign):
            return None
        pending.settled(turn.profile, due)
        note(turn.counts, "triggers", campaign.name)
        return of_armed(due, campaign, current_cart=turn.profile.current or "")
    if isinstance(due, Step) or (isinstance(due, Deferred) and due.step):
        place = journeys.resume(turn, due, campaign)
        if place is None:
            return _lost(turn, due, "the journey has no such send any more")
        return of_settled(due, campaign, at=due.at, step=place)
    if campaign.steps:  # it was no journey when this was entered
        turn.counts["pending_dropped"] += 1
        return _lost(turn, due, "the campaign has become a journey")
    return of_settled(due, campaign, at=due.at, current_cart=turn.profile.current or "")


def _lost(turn: Turn, due: Due, why: str) -> Decision | None:
    return ended(turn, due, due.at, Reason.SWITCHED_OFF, why) if isinstance(due, Deferred) else None
