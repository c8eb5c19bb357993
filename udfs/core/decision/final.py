"""Decisions that end a candidate before the rules are asked: one on which the engine fails, or whose deferral comes to nothing.

Were an engine's error to stop the user's whole change, something due could never be settled and would reject every later event of that user.
"""

from udfs.core.campaigns.campaign import Campaign
from udfs.core.decision.candidates import Candidate, of_settled
from udfs.core.decision.turn import Turn
from udfs.core.profile.due import Deferred
from udfs.core.records import Decision, Facts, Outcome, Reason
from udfs.core.values import chance


def final_decision(turn: Turn, candidate: Candidate, reason: Reason, *, detail: str | None = None, facts: Facts = ()) -> Decision:
    """The candidate is withheld for this reason."""
    campaign, book = candidate.campaign, turn.book
    return Decision(
        decision_id=chance.decision_id(candidate.born_as or turn.user_id, campaign.name, candidate.key or "", candidate.trigger),
        attempt=candidate.attempt,
        user_id=turn.user_id,
        campaign=campaign.name,
        campaign_version=campaign.version,
        outcome=Outcome.WITHHELD,
        reason=reason,
        detail=detail,
        channel=None,
        variant=candidate.variant,
        probability=None,
        features={},
        feature_version=book.features.version,
        trigger_event_id=candidate.event_id,
        at=candidate.at,
        policy_version=book.policy.version,
        facts=facts,
    )


def ended(turn: Turn, due: Deferred, at: int, reason: Reason, detail: str, facts: Facts = ()) -> Decision:
    """A deferred candidate will not come back; its place in the throughput passes on."""
    turn.throughput.give_back(due.place)
    campaign = turn.book.campaigns.get(due.campaign) or Campaign.gone(due.campaign)
    return final_decision(turn, of_settled(due, campaign, at=at), reason, detail=detail, facts=facts)


def failed(turn: Turn, candidate: Candidate, error: Exception) -> Decision:
    """The engine itself has failed on this candidate, and on nothing else of the user."""
    turn.counts["failures"] += 1
    turn.throughput.give_back(candidate.place)
    return final_decision(turn, candidate, Reason.ENGINE_FAILED, detail=f"{type(error).__name__}: {error}"[:500])
