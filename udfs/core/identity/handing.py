"""What one id hands over to the person it has turned out to be: what it knew, and what comes for it later."""

from collections.abc import Sequence

from udfs.core.identity.snapshot import snapshot
from udfs.core.identity.ties import Parked, Ties
from udfs.core.personal_data import Handover


def history(key: str, link: Parked, known: bytes, merged: Sequence[str]) -> Handover:
    """All that is known of an id. `link`: the news that it is somebody else's; `known`: its snapshot."""
    return Handover(user_id=link.person, from_id=key, content="history", at=link.at, body=known, merge_id=link.merge_id, merged=[*merged])


def nothing(key: str, link: Parked) -> Handover:
    """The answer of an id that has nothing to give, or keeps it: the person waits for one."""
    return history(key, link, snapshot(None, user_id=key, at=link.at), ())


def passed_history(key: str, ties: Ties, given: Handover) -> Handover:
    """A history that has come for an id which is somebody else by now."""
    return Handover(
        user_id=ties.person,
        from_id=key,
        content="history",
        at=given.at,
        body=given.body,
        merge_id=given.merge_id,
        merged=given.merged,
        via=given.via or ties.by,
        late=given.late or given.merge_id in ties.overdue,
        hops=given.hops + 1,
    )


def passed_record(key: str, ties: Ties, record: Parked) -> Handover:
    """An event that has come for such an id."""
    return Handover(
        user_id=ties.person,
        from_id=key,
        content="record",
        at=record.at,
        body=record.value,
        merge_id=record.merge_id or None,
        own_key=record.own,
        via=record.via or ties.by,
        hops=record.hops + 1,
    )
