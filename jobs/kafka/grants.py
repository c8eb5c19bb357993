"""The least that each process must be allowed on the broker."""

import shlex
from dataclasses import dataclass
from typing import Literal

from jobs.options import Options

Resource = Literal["topic", "group", "transactional-id", "cluster"]
Grants = dict[str, list["Grant"]]
"""Process -> what it needs."""
TRIAL = "kairos-conformance-"
"""How the names of all begin that `conformance` tries out."""
COUNTS = "arm-counts"
"""Where the arms job writes."""
CATALOGUE = "catalogue"
"""Where the products are."""
CHANGES, NEWS = "catalogue-changes", "interest"
"""What has changed about them, and whom that concerns."""


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


def grants(options: Options, *, audit: str) -> Grants:
    """Process -> what it needs. READ and WRITE include DESCRIBE on the same resource."""
    return {
        **_of_decisions(options),
        **_of_catalogue(options, audit=audit),
        **_next_to_the_job(options),
        **_of_documents(options, audit=audit),
        **_of_customers(options),
        **_of_conformance(),
    }


def _of_decisions(options: Options) -> Grants:
    """Who decides, and who learns which arm does best."""
    identity, events, control, arms = options.identity, options.events_topic, options.control_topic, options.arms_topic
    # Reading its own outputs: the sink looks for open transactions of a crashed run by the producers of each topic.
    transactions = [Grant(resource="transactional-id", name=identity, operation="Write", prefixed=True), *_topics("Read", *options.outputs)]
    own = [options.topics["identity"]] if options.links_ids else []
    return {
        "job": [
            *_topics("Read", events, control, arms, *own), *_topics("Write", *options.outputs),
            Grant(resource="group", name=identity, operation="Read"),
            *(transactions if options.guarantee == "exactly-once" else ()),
        ],
        "arms submit": [
            *_topics("Read", options.topics["decisions"], options.topics["outcomes"]), *_topics("Write", COUNTS), *_topics("Create", COUNTS),
            Grant(resource="group", name=f"{options.deployment}-arms", operation="Read"),
        ],
        "arms learn": [*_topics("Read", COUNTS, control, arms), *_topics("Write", arms)],
    }  # fmt: skip


def _of_catalogue(options: Options, *, audit: str) -> Grants:
    """Who keeps the products, and who finds whom a change of them concerns."""
    identity, events = options.identity, options.events_topic
    return {
        "catalogue load": [*_topics("Read", CATALOGUE), *_topics("Write", CATALOGUE), *_topics("Create", CATALOGUE)],
        "catalogue serve": [
            *_topics("Read", CATALOGUE), *_topics("Write", CHANGES), *_topics("Create", CATALOGUE, CHANGES), *_publishing(options, audit=audit),
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
    }  # fmt: skip


def _next_to_the_job(options: Options) -> Grants:
    """What runs all the time, next to the job: the lake, heartbeats, the monitor."""
    events, topics = options.events_topic, options.topics
    return {
        "lake submit": [
            *_topics("Read", events, topics["decisions"], topics["segments"], topics["outcomes"]),
            Grant(resource="group", name=f"{options.deployment}-lake", operation="Read"),
        ],
        "lake erase": _topics("Read", topics["people"], topics["erasures"]),
        "heartbeat": _topics("Write", events),
        "monitor": [
            *_topics("Read", options.control_topic), *_topics("Describe", events, *options.outputs),
            Grant(resource="group", name=options.identity, operation="Describe"),
        ],
    }  # fmt: skip


def _of_documents(options: Options, *, audit: str) -> Grants:
    """Who starts the job, and who publishes, approves and watches what it decides by."""
    events, control, decisions, outcomes = options.events_topic, options.control_topic, options.topics["decisions"], options.topics["outcomes"]
    everything = [events, control, options.arms_topic, audit, *options.outputs]
    publishing = _publishing(options, audit=audit)
    return {
        "submit": [*publishing, *_topics("Describe", *everything), *_topics("DescribeConfigs", *everything)],
        "submit --create-topics": [*_topics("Create", *everything), *_topics("AlterConfigs", *everything)],
        "publish": publishing,
        "list, show, audit": _topics("Read", control, audit),
        "campaigns watch": [*publishing, *_topics("Read", decisions, outcomes)],
        "models watch": [*publishing, *_topics("Read", decisions, outcomes)],
        "models drift": _topics("Read", control, decisions, outcomes),
        "held": publishing,
        "held watch": [*publishing, *_topics("Read", decisions), *_topics("Read", options.topics["actions"], prefixed=True)],
    }  # fmt: skip


def _of_customers(options: Options) -> Grants:
    """Who sends events, and who reads or erases what is kept of customers."""
    events, control, decisions = options.events_topic, options.control_topic, options.topics["decisions"]
    return {
        "send": _topics("Write", events),
        "replay": [
            *_topics("Write", events), *_topics("Read", events, decisions), *_topics("Describe", *options.outputs),
            Grant(resource="group", name=options.identity, operation="Describe"),
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
        "explain": [*_topics("Read", control, decisions, events), *_topics("Read", options.topics["actions"], prefixed=True)],
        "tail, events, training": _topics("Read", events, decisions, *options.outputs),
    }  # fmt: skip


def _of_conformance() -> Grants:
    return {
        "conformance": [
            *(grant for operation in ("Create", "Delete", "Read", "Write") for grant in _topics(operation, TRIAL, prefixed=True)),
            Grant(resource="transactional-id", name=TRIAL, operation="Write", prefixed=True),
            Grant(resource="group", name=TRIAL, operation="Read", prefixed=True),
        ],
    }  # fmt: skip


def _publishing(options: Options, *, audit: str) -> list[Grant]:
    return [*_topics("Read", options.control_topic), *_topics("Write", options.control_topic, audit)]
