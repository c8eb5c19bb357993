"""Triggers that arrived too late: what they triggered is decided, and withheld."""

from udfs.core.policy.case import Case, Closed
from udfs.core.records import Reason

STALE = Closed(Reason.STALE_TRIGGER, "older than the policy's trigger_max_age when it arrived", then="drop")


def check(case: Case, _: str | None) -> Closed | None:
    """Whether the trigger was older than the policy's `trigger_max_age` when it arrived."""
    return STALE if case.stale else None
