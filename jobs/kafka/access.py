"""The check, before the job starts, that the broker allows it what it needs."""

from collections.abc import Iterable, Sequence
from typing import Any

from jobs.kafka.chosen import chosen
from jobs.kafka.connect import KafkaRefused, connect
from jobs.kafka.grants import Grant, grants
from jobs.options import Options

TOPIC_UNKNOWN, TOPIC_FORBIDDEN = 3, 29
PATIENCE = 20
"""How often a coordinator is asked for that is not there yet: the first one of a new broker takes a second or two."""


def require_access(options: Options) -> None:
    """Refuse to start a job that the broker would not let work. Raises KafkaRefused, which names every permission that is missing.

    Only for a secured broker: elsewhere everybody may do everything. A topic that does not exist looks like one that may not be seen.
    """
    if chosen() is None:
        return
    wanted = [grant for grant in grants(options, audit="")["job"] if grant.name]
    lacking = [*_lacking_on_topics(options.brokers, [grant for grant in wanted if grant.resource == "topic"])]
    for grant in wanted:
        if grant.resource == "group" and not _may_commit(options.brokers, grant.name):
            lacking.append(grant)
        if grant.resource == "transactional-id" and not _may_write_in_transactions(options.brokers, grant.name):
            lacking.append(grant)
    if lacking:
        raise KafkaRefused(_told(lacking, options.brokers))


def _told(lacking: Sequence[Grant], brokers: str) -> str:
    named = "; ".join(str(grant) for grant in lacking)
    command = lacking[0].command(principal="User:NAME", brokers=brokers, file="admin.properties")
    unseen = " (or the topic does not exist: to this user both look the same)" if any(grant.resource == "topic" for grant in lacking) else ""
    return (
        f"the broker at {brokers} does not allow the user of {chosen()}: {named}{unseen}. Give it with `{command}`, or as docs/secured-kafka.md says"
    )


def _lacking_on_topics(brokers: str, wanted: Sequence[Grant]) -> Iterable[Grant]:
    from kafka import KafkaAdminClient

    client = connect(KafkaAdminClient, brokers)
    try:
        found = {told["name"]: told for told in client.describe_topics(sorted({grant.name for grant in wanted}))}
    finally:
        client.close()
    for grant in wanted:
        told: dict[str, Any] = found.get(grant.name, {"error_code": TOPIC_UNKNOWN})
        if told["error_code"] == TOPIC_UNKNOWN:
            continue  # it may be seen, and is missing: whoever reads or creates it says so
        allowed = set(told.get("authorized_operations") or ())
        # Not every broker lists them. Whoever may see a topic may at least describe it, so an empty list says nothing.
        if told["error_code"] == TOPIC_FORBIDDEN or (allowed and not {grant.operation.upper(), "ALL"} & allowed):
            yield grant


def _may_commit(brokers: str, group: str) -> bool:
    import time

    from kafka import KafkaAdminClient
    from kafka.errors import CoordinatorLoadInProgressError, CoordinatorNotAvailableError, GroupAuthorizationFailedError, NotCoordinatorError

    client = connect(KafkaAdminClient, brokers)
    try:
        for left in range(PATIENCE, 0, -1):
            try:
                client.list_group_offsets({group: None})
            except GroupAuthorizationFailedError:
                return False
            except (CoordinatorNotAvailableError, CoordinatorLoadInProgressError, NotCoordinatorError):
                if left == 1:
                    raise
                time.sleep(0.25)
            else:
                return True
        return True
    finally:
        client.close()


def _may_write_in_transactions(brokers: str, prefix: str) -> bool:
    """Try it, with an id of its own: no list of permissions tells it."""
    from kafka import KafkaProducer
    from kafka.errors import TransactionalIdAuthorizationFailedError

    client = connect(KafkaProducer, brokers, transactional_id=f"{prefix}-check", enable_idempotence=True, acks="all", max_block_ms=15_000)
    try:
        client.init_transactions()
    except TransactionalIdAuthorizationFailedError:
        return False
    finally:
        client.close(timeout=5)
    return True
