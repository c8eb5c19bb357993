"""Orders from a file of events, as `kairos try` reads it."""

from pathlib import Path

from services.lift.ledger import Ledgers
from services.lift.records import Log
from services.replay.segment import segment_spec
from udfs.codecs.decode import decode_all
from udfs.core.policy.rules import Policy
from udfs.core.records import Event


def read_orders(file: Path, log: Log, policy: Policy | None) -> None:
    """Add the orders of a file of events to what was read, and who turned out to be whom. Raises ReplayError where the file cannot be read."""
    ledgers, refused = Ledgers(policy or Policy()), 0
    people: dict[str, set[str]] = {}
    for record in segment_spec(file).records:
        log.until = max(log.until, record.at)
        for event in decode_all(record.key, record.value, record.at):
            if not isinstance(event, Event):
                refused += not event.accepted
                continue
            if event.anonymous_id and event.anonymous_id != event.user_id:
                people.setdefault(event.anonymous_id, set()).add(event.user_id)
            ledgers.take(event)
    log.same += [(anonymous, next(iter(users))) for anonymous, users in people.items() if len(users) == 1]
    log.orders = ledgers.orders()
    if refused:
        log.notes.append(f"{refused:,} records of {file.name} are no events: `kairos try` says why")
