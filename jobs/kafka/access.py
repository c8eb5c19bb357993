"""The least that each process must be allowed on the broker, and the check, before the job starts, that it is."""

import shlex
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from jobs.kafka.chosen import chosen
from jobs.kafka.connect import KafkaRefused, connect
from jobs.options import Options

Resource = Literal["topic", "group", "transactional-id", "cluster"]
TOPIC_UNKNOWN, TOPIC_FORBIDDEN = 3, 29
COUNTS = "arm-counts"
"""Where the arms job writes."""
CATALOGUE = "catalogue"
"""Where the products are."""
CHANGES, NEWS = "catalogue-changes", "interest"
"""What has changed about them, and whom that concerns."""
PATIENCE = 20
"""How often a coordinator is asked for that is not there yet: the first one of a new broker takes a second or two."""


@dataclass(frozen=True, kw_only=True, order=True)
class Grant:
    """One permission: an operation on a resource. `prefixed`: on all whose names begin so."""

    resource: Resource
    name: str
    operation: str
    prefixed: bool = False

    def __str__(self) -> str:
        return f"{self.operation} on {self.resource} {self.name}{'*' if self.prefixed else ''}"

    def command(self, *, principal: str, brokers: str, file: str) -> str:
        """The command of Kafka that gives it."""
        on = ["--cluster"] if self.resource == "cluster" else [f"--{self.resource}", self.name]
        pattern = ["--resource-pattern-type", "prefixed"] if self.prefixed else []
        words = ["kafka-acls.sh", "--bootstrap-server", brokers, "--command-config", file, "--add", "--allow-principal", principal]
        return shlex.join([*words, "--operation", self.operation, *on, *pattern])


def _topics(operation: str, *names: str, prefixed: bool = False) -> list[Grant]:
    return [Grant(resource="topic", name=name, operation=operation, prefixed=prefixed) for name in names]


def grants(options: Options, *, audit: str) -> dict[str, list[Grant]]:
    """Process -> what it needs. READ and WRITE include DESCRIBE on the same resource."""
    identity, events, control, arms = options.identity, options.events_topic, options.control_topic, options.arms_topic
    everything = [events, control, arms, audit, *options.outputs]
    group = Grant(resource="group", name=identity, operation="Read")
    # Reading its own outputs: the sink looks for open transactions of a crashed run by the producers of each topic.
    transactions = [Grant(resource="transactional-id", name=identity, operation="Write", prefixed=True), *_topics("Read", *options.outputs)]
    publishing = [*_topics("Read", control), *_topics("Write", control, audit)]
    actions, decisions = options.topics["actions"], options.topics["decisions"]
    own = [options.topics["identity"]] if options.links_ids else []
    trial = "kairos-conformance-"
    return {
        "job": [
            *_topics("Read", events, control, arms, *own), *_topics("Write", *options.outputs), group,
            *(transactions if options.guarantee == "exactly-once" else ()),
        ],
        "arms submit": [
            *_topics("Read", decisions, options.topics["outcomes"]), *_topics("Write", COUNTS), *_topics("Create", COUNTS),
            Grant(resource="group", name=f"{options.deployment}-arms", operation="Read"),
        ],
        "arms learn": [*_topics("Read", COUNTS, control, arms), *_topics("Write", arms)],
        "catalogue load": [*_topics("Read", CATALOGUE), *_topics("Write", CATALOGUE), *_topics("Create", CATALOGUE)],
        "catalogue serve": [
            *_topics("Read", CATALOGUE), *_topics("Write", CHANGES), *_topics("Create", CATALOGUE, CHANGES), *publishing,
        ],
        "catalogue serve --learn-from": _topics("Read", events),
        "interest submit": [
            *_topics("Read", events, CHANGES), *_topics("Write", NEWS), *_topics("Create", CHANGES, NEWS),
            Grant(resource="group", name=f"{options.deployment}-interest", operation="Read"),
        ],
        "interest pace": [
            *_topics("Read", NEWS, CHANGES), *_topics("Create", NEWS, CHANGES), *_topics("Write", events),
            Grant(resource="group", name=f"{identity}-interest-pace", operation="Read"),
            Grant(resource="group", name=identity, operation="Describe"),
        ],
        "lake submit": [
            *_topics("Read", events, decisions, options.topics["segments"], options.topics["outcomes"]),
            Grant(resource="group", name=f"{options.deployment}-lake", operation="Read"),
        ],
        "lake erase": _topics("Read", options.topics["people"], options.topics["erasures"]),
        "heartbeat": _topics("Write", events),
        "monitor": [
            *_topics("Read", control), *_topics("Describe", events, *options.outputs),
            Grant(resource="group", name=identity, operation="Describe"),
        ],
        "submit": [*publishing, *_topics("Describe", *everything), *_topics("DescribeConfigs", *everything)],
        "submit --create-topics": [*_topics("Create", *everything), *_topics("AlterConfigs", *everything)],
        "publish": publishing,
        "list, show, audit": _topics("Read", control, audit),
        "campaigns watch": [*publishing, *_topics("Read", decisions, options.topics["outcomes"])],
        "models watch": [*publishing, *_topics("Read", decisions, options.topics["outcomes"])],
        "models drift": _topics("Read", control, decisions, options.topics["outcomes"]),
        "held": publishing,
        "held watch": [*publishing, *_topics("Read", decisions), *_topics("Read", actions, prefixed=True)],
        "send": _topics("Write", events),
        "replay": [
            *_topics("Write", events), *_topics("Read", events, decisions), *_topics("Describe", *options.outputs),
            Grant(resource="group", name=identity, operation="Describe"),
        ],
        "user export": [*_topics("Write", events), *_topics("Read", events, options.topics["responses"])],
        "user erase": [*_topics("Write", events), *_topics("Read", events, options.topics["erasures"])],
        "user trace": [
            *_topics("Write", events), *_topics("Read", events, *options.outputs), *_topics("DescribeConfigs", events, *options.outputs),
        ],
        "retention apply": [
            *_topics("Read", control), *_topics("DescribeConfigs", events, *options.outputs), *_topics("AlterConfigs", events, *options.outputs),
        ],
        "profiles touch": _topics("Read", events) + _topics("Write", events),
        "rejected replay": [*_topics("Read", options.topics["rejected"]), *_topics("Write", events)],
        "explain": [*_topics("Read", control, decisions, events), *_topics("Read", actions, prefixed=True)],
        "tail, events, training": _topics("Read", events, decisions, *options.outputs),
        "conformance": [
            *(grant for operation in ("Create", "Delete", "Read", "Write") for grant in _topics(operation, trial, prefixed=True)),
            Grant(resource="transactional-id", name=trial, operation="Write", prefixed=True),
            Grant(resource="group", name=trial, operation="Read", prefixed=True),
        ],
    }  # fmt: skip


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
