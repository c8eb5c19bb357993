"""Who is in the global holdout or in a campaign's control group. By hash, for good: their messages pass every step except the send."""

from udfs.core.policy.rules import Holdout, Policy, Subject
from udfs.core.records import Outcome, Reason
from udfs.core.values import chance

_OF_RUN = {Outcome.HELD_OUT.value: (Outcome.HELD_OUT, Reason.GLOBAL_HOLDOUT), Outcome.CONTROL.value: (Outcome.CONTROL, Reason.EXPERIMENT_CONTROL)}


def group_of(policy: Policy, campaign: Subject, user_id: str, *, in_control: bool, run: str = "") -> tuple[Outcome, Reason] | None:
    """How the decision ends for a member of the holdout or control group; None for everybody else. Who is in both groups is held out.

    `user_id` is the id by which the holdout is drawn; `in_control`: whether the campaign's control group holds the customer. `run` is the group in
    which the run of a journey began: it stays in it to the end.
    """
    if run:
        return _OF_RUN[run]
    if is_held_out(policy, campaign, user_id):
        return Outcome.HELD_OUT, Reason.GLOBAL_HOLDOUT
    if in_control:
        return Outcome.CONTROL, Reason.EXPERIMENT_CONTROL
    return None


def is_held_out(policy: Policy, campaign: Subject, user_id: str) -> bool:
    """Whether the global holdout keeps this campaign from this customer."""
    return stops(policy, campaign) and policy.holdout is not None and drawn(policy.holdout, user_id) < policy.holdout.share


def stops(policy: Policy, campaign: Subject) -> bool:
    """Whether there is a global holdout, and this campaign is not exempt from it."""
    holdout = policy.holdout
    return holdout is not None and campaign.purpose not in holdout.exempt and holdout.exempt.isdisjoint(campaign.tags)


def drawn(holdout: Holdout, user_id: str) -> float:
    """The lot of a customer: who draws less than the share is held out."""
    return chance.lot(f"holdout:{holdout.epoch}", user_id)
