"""Somebody is erased: in one step everything that is known of them goes, what is pending is cancelled, and what is under way is recalled.

What was due before the erasure has fallen due before it, as at any event, whenever timers fire; where that sent something, it is recalled
in the same step. What is left is a tombstone, which keeps events that arrive late from making a new profile. Denials go as well: whoever comes
back after that time is somebody new.
"""

from collections.abc import Iterable

from udfs.core.campaigns import segments
from udfs.core.decision import outcomes, recall
from udfs.core.decision.candidates import Record
from udfs.core.decision.final import ended
from udfs.core.decision.turn import Turn
from udfs.core.directory import Forgotten
from udfs.core.personal_data import Erasure
from udfs.core.policy.case import Closed
from udfs.core.policy.rules import RETENTION, Policy
from udfs.core.profile.due import Deferred
from udfs.core.profile.identity import NOBODY_ELSE
from udfs.core.profile.state import Profile
from udfs.core.profile.tombstone import Tombstone
from udfs.core.records import Event, Reason, Recall

NAME = "user_erased"
"""The event that asks for it. Whoever may write it decides about people: docs/privacy.md."""
BACK = "signed_up"
"""The one event that ends a tombstone early: somebody has made a new account."""
_DETAIL = "erased"


def leave(turn: Turn, event: Event | None) -> list[Record]:
    """What is pending and under way of somebody who is erased comes to its end. The caller stores a tombstone in place of the profile. `event`: None:
    it was erased before, under another id."""
    profile, book = turn.profile, turn.book
    closed = Closed(Reason.ERASED, _DETAIL, ({"event": NAME},))
    waiting = [due for due in profile.due if isinstance(due, Deferred)]
    records: list[Record] = [ended(turn, due, max(turn.now, due.since), Reason.ERASED, _DETAIL, closed.facts) for due in waiting]
    records += recall.of_erasure(turn, event, closed) if recall.is_any(profile) else ()
    records += outcomes.cut(turn, records)
    return [*records, *segments.leave_all(profile, book.segments, user_id=turn.user_id, now=turn.now, event_id=event.message_id if event else None)]


def notice(event: Event, profile: Profile, made: Iterable[Record], *, at: int, until: int, was_known: bool, people: bool) -> list[Record]:
    """The notice for others. `made`: the records that this has caused so far; `people`: the directory of people is kept."""
    told = Erasure(
        erasure_id=event.message_id,
        user_id=event.user_id,
        linked=sorted((profile.identity or NOBODY_ELSE).linked),
        at=at,
        was_known=was_known,
        recalled=sum(isinstance(each, Recall) and each.reason is Reason.ERASED for each in made),
        until=until,
    )
    # Also of somebody who is not known here: the directory may know of them, from a state that was lost.
    return [*([Forgotten(user_id=event.user_id)] if people else []), told]


def until(at: int, policy: Policy) -> int:
    """Until when what arrives of somebody who is erased at `at` is dropped, record time."""
    return at + (policy.retention or RETENTION).erased


def is_back(event: Event, mark: Tombstone) -> bool:
    """Whether somebody who was erased has made a new account since: an event that says when it happened, and that this was after the erasure."""
    return event.name == BACK and event.at > mark.at and not event.counted_back and not event.clamped
