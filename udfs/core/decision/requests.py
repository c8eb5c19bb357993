"""Requests: events that ask what is known of somebody, and are answered on a topic of their own.

A request travels with the customer's events, so its answer knows everything that came before it. It is nothing that the customer did: it starts
no visit, ends no silence, is not counted, and prolongs nothing. It settles what was due before it, as any look at a profile does. The answer
reserves nothing. It may be given again, to a request that is repeated or read again after a crash, and then tells what is known by then.
"""

from collections.abc import Sequence

import msgspec

from udfs.core.decision import retention
from udfs.core.decision.turn import Turn
from udfs.core.export.everything import exported
from udfs.core.export.part import Known
from udfs.core.personal_data import Response, Status
from udfs.core.profile import tombstone
from udfs.core.profile.identity import NOBODY_ELSE
from udfs.core.records import Event

PROFILE = "profile_requested"
"""Asks for everything that is known."""
NAMES = frozenset({PROFILE})
STATUS_ONLY = "status"
"""What the property `detail` says where the profile itself is not asked for."""
_encode = msgspec.json.Encoder().encode


def of_erased(event: Event, mark: tombstone.Tombstone, at: int) -> Response:
    """The answer about somebody who was erased."""
    return _response(event, Status.ERASED, at, ends=mark.until)


def of_nobody(event: Event, at: int) -> Response:
    """The answer about somebody of whom nothing is known."""
    return _response(event, Status.UNKNOWN, at)


def of_known(turn: Turn, event: Event, kept: bytes | None, pending: int | None, *, denials_only: bool) -> Response:
    """The answer about somebody. `pending`: when something of them falls due next; `denials_only`: they were forgotten, but for what they denied."""
    profile, policy = turn.profile, turn.book.policy
    told = None
    if str(event.properties.get("detail", "")).strip().lower() != STATUS_ONLY:
        told = _encode(exported(Known(turn.user_id, profile, turn.now, turn.book, kept or b""))).decode()
    linked = sorted((profile.identity or NOBODY_ELSE).linked)
    if denials_only:
        return _response(event, Status.DENIALS, turn.now, profile=told, linked=linked)
    ends = retention.at(profile, policy)
    if ends is not None and pending is not None and retention.is_put_off(profile.due):
        ends = max(ends, pending)
    return _response(event, Status.KNOWN, turn.now, ends=ends, profile=told, linked=linked)


def _response(event: Event, status: Status, at: int, *, ends: int | None = None, profile: str | None = None, linked: Sequence[str] = ()) -> Response:
    named = event.properties.get("request_id")
    return Response(
        request_id=named if isinstance(named, str) else event.message_id,
        request=event.name,
        user_id=event.user_id,
        status=status,
        at=at,
        ends=ends,
        profile=profile,
        linked=[*linked],
    )
