"""When a customer is forgotten: after the last event (record time), and after the time that the policy sets.

What has begun is brought to its end first: a silence, a time since, a variant that waits, a deferred message, the run of a journey. Dates (a
birthday) and the re-checks of segments put nothing off, for they never end: whoever is silent for that time has no further birthdays here. Nor do
windows of outcomes, which only watch: they are cut short. It is an instant of record time like any other that falls due, and is computed from
the profile alone, so nothing is stored for it.
"""

from collections.abc import Iterable

from udfs.core.campaigns import segments
from udfs.core.decision import outcomes
from udfs.core.decision.candidates import Record
from udfs.core.decision.turn import Turn
from udfs.core.policy import reach
from udfs.core.policy.rules import Policy
from udfs.core.profile import stub
from udfs.core.profile.due import Armed, Due, Recheck
from udfs.core.profile.state import Profile


def at(profile: Profile, policy: Policy) -> int | None:
    """When this customer is forgotten if nothing comes and nothing is under way; None: never. Milliseconds of record time."""
    kept = policy.retention
    if kept is None:
        return None
    return (profile.clock or profile.now) + (kept.anonymous if profile.anonymous else kept.known)


def due(profile: Profile, policy: Policy, pending: int | None) -> int | None:
    """When something happens to this customer next; `pending`: when something falls due."""
    ends = at(profile, policy)
    if ends is None or (pending is not None and (pending <= ends or is_put_off(profile.due))):
        return pending
    return ends


def timer(profile: Profile, policy: Policy, pending: int | None) -> int | None:
    """When a timer is needed for that. Of who is to be forgotten it comes up to a tenth of the time later: each event moves that instant, and
    timers that are not needed any more stay until they fire. When a timer comes makes no difference to what is decided."""
    kept = policy.retention
    if kept is None:
        return pending
    ends = due(profile, policy, pending)
    if ends is None or ends == pending:
        return ends
    coarse = (kept.anonymous if profile.anonymous else kept.known) // 10
    return -(-ends // coarse) * coarse


def is_put_off(pending: Iterable[Due]) -> bool:
    """Whether something has begun that comes to an end by itself."""
    return any(not isinstance(each, Recheck) and not (isinstance(each, Armed) and not each.start and not each.cart_id) for each in pending)


def forget(turn: Turn) -> tuple[list[Record], bytes]:
    """Nothing stays but what was denied. Segments are left, and outcomes cut short, with a record each."""
    profile = turn.profile
    records: list[Record] = [*outcomes.cut(turn), *segments.leave_all(profile, turn.book.segments, user_id=turn.user_id, now=turn.now, event_id=None)]
    turn.counts["profiles_forgotten"] += 1
    return records, stub.left_of(profile, reach.ADDRESS)
