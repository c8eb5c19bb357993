"""For how long something of a person is kept: declared in the policy, and here what applies it, place by place."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from jobs.options import Options
from services.devstack import state
from services.devstack.topics import DAY_MS
from services.kafka.client import Topic, adjust_topics, differing_topics
from udfs.codecs.routes import with_topics
from udfs.core.policy.rules import RETENTION, Policy, Retention
from udfs.core.values.durations import in_words

COMPACTED = "Kafka compacts it within 7d after the tombstone of somebody who is forgotten or erased"
POLICY = "the policy, `retention`"
USUAL = "by default"


@dataclass(frozen=True, kw_only=True)
class Rule:
    """One kind of thing that is kept of people."""

    what: str
    kept: str
    """For how long, in words."""
    declared: str
    """Where that is said."""
    applied: str
    """What applies it."""
    topic: str = ""
    """The topic that it is about; empty: none."""
    span: int | None = None
    """What the topic should be set to, milliseconds; None: nothing is declared, and the broker decides."""


def rules(policy: Policy | None, options: Options) -> Iterator[Rule]:
    """Everything that is kept of people, and by what it goes. `policy`: None: nobody knows which one is in force."""
    declared = None if policy is None else policy.retention
    kept = declared or RETENTION
    said = POLICY if declared else USUAL
    yield from _profiles(kept, said, forgets=None if policy is None else declared is not None)
    yield from topic_rules(kept, options)
    lake = POLICY if kept.lake else "nowhere"
    yield Rule(
        what="rows of the lake", kept=in_words(kept.lake) if kept.lake else "forever", declared=lake, applied="`kairos retention apply`, daily"
    )
    yield Rule(
        what="checkpoints",
        kept="2 of them",
        declared="docker/flink/config.yaml, execution.checkpointing.num-retained",
        applied="Flink, at each checkpoint; changes of before are in them for ten minutes more",
    )
    yield Rule(
        what="savepoints", kept=f"{state.KEPT} of each deployment", declared="services/devstack/state.py", applied="`kairos` when it makes one"
    )


def _profiles(kept: Retention, said: str, *, forgets: bool | None) -> Iterator[Rule]:
    for what, span in (("profiles of anonymous ids", kept.anonymous), ("profiles of known people", kept.known)):
        words = "forever: there is no policy" if forgets is False else f"{in_words(span)} after the last event"
        if forgets is None:
            words += ", with a policy; forever without one"
        yield Rule(what=what, kept=words, declared=said, applied="the job, by the customer's timer")
    yield Rule(what="what was denied", kept="forever, until an erasure", declared="docs/policy.md", applied="an erasure")
    yield Rule(what="marks of erasures", kept=f"{in_words(kept.erased)} after the erasure", declared=said, applied="the job, by the customer's timer")


def topic_rules(kept: Retention, options: Options) -> Iterator[Rule]:
    """Of every topic with something of people in it."""
    usual: Mapping[str, int | None] = {route.name: route.kept_for for route in with_topics()}
    yield _topic("events", options.events_topic, kept, None)
    for route in with_topics():
        for topic in options.topics.of(route):
            if topic not in options.outputs:
                continue
            if route.compacted:
                yield Rule(what=f"topic {topic}", kept="as long as somebody is known", declared="`kairos submit`", applied=COMPACTED)
            else:
                yield _topic(route.name, topic, kept, usual[route.name])


def _topic(stream: str, topic: str, kept: Retention, usual: int | None) -> Rule:
    span = kept.topics.get(stream, usual)
    declared = POLICY if stream in kept.topics else USUAL if usual is not None else "nowhere"
    words = in_words(span) if span is not None else "as the broker is configured"
    return Rule(what=f"topic {topic}", kept=words, declared=declared, applied="Kafka deletes by segments", topic=topic, span=span)


def wanted(policy: Policy, options: Options) -> list[Topic]:
    """Topics with what is declared for them. Kafka deletes whole segments, and none that is still written to: so these are short enough."""
    found = topic_rules(policy.retention or RETENTION, options)
    return [
        Topic(name=rule.topic, partitions=0, config={"retention.ms": str(rule.span), "segment.ms": str(min(DAY_MS, rule.span // 4))})
        for rule in found
        if rule.span is not None
    ]


def apply(policy: Policy, options: Options, *, change: bool = True) -> list[str]:
    """Bring the topics in line; a line for each setting that was changed, or, without `change`, that differs. Raises KafkaRefused."""
    if options.clock == "replay":
        return []  # history is kept forever: records are as old as what they tell
    topics = wanted(policy, options)
    return adjust_topics(options.brokers, topics) if change else differing_topics(options.brokers, topics)
