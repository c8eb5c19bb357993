"""Before a job runs: its topics, what is published, and the record of what is deployed. Needs Kafka only, no cluster."""

import time
from collections.abc import Callable, Sequence
from pathlib import Path

from jobs.kafka.connect import KafkaRefused
from jobs.options import Options
from services.control.deployment import changes
from services.control.doubts import doubts_of
from services.control.listing import entries, published
from services.control.publish import publish, remove, was_stopped
from services.control.send import send
from services.control.signature import UNSIGNED, Signature
from services.devstack import retention
from services.devstack.topics import topics
from services.documents.files import features_for, load_campaign_files, only, shipped
from services.kafka.client import adjust_topics, differing_topics, end_offsets, ensure_topics, require_topics
from udfs.core.campaigns.compile_book import compile_book

Say = Callable[[str], None]


def prepare(
    options: Options,
    *,
    campaigns: Sequence[Path] = (),
    policy: Path | None = None,
    signed: Signature = UNSIGNED,
    create_topics: bool = True,
    say: Say = lambda line: None,
) -> None:
    """All of it, for a job that something else starts: `kairos submit --prepare-only`. Doing it again changes nothing."""
    prepare_topics(options, create=create_topics, say=say)
    publish_campaigns(options, campaigns, policy=policy, signed=signed, say=say)
    keep_topics(options, change=create_topics, say=say)
    announce(options, signed=signed)


def keep_topics(options: Options, *, change: bool, say: Say = lambda line: None) -> None:
    """Have topics keep records for as long as the published policy declares; or, without `change`, only tell differences. Raises KafkaRefused."""
    policy = compile_book(entries(options.brokers, options.control_topic)).policy
    try:
        lines = retention.apply(policy, options, change=change)
    except KafkaRefused as problem:
        if change:
            raise
        lines = [f"not checked: {problem}"]
    for line in lines:
        say(line if change else f"! {line}")


def prepare_topics(options: Options, *, create: bool, say: Say = lambda line: None) -> None:
    """Create missing topics and give all of them their settings; or, without `create`, refuse if one is missing, and only tell differences.

    Raises NotFound, KafkaRefused.
    """
    wanted = topics(options)
    if create:
        created = ensure_topics(options.brokers, wanted)
        lines = adjust_topics(options.brokers, [topic for topic in wanted if topic.name not in created])
    else:
        require_topics(options.brokers, wanted)
        try:
            lines = [f"! {line}" for line in differing_topics(options.brokers, wanted)]
        except KafkaRefused as problem:
            lines = [f"! not checked: {problem}"]
    for line in lines:
        say(line)


def publish_campaigns(
    options: Options,
    files: Sequence[Path],
    *,
    policy: Path | None = None,
    signed: Signature = UNSIGNED,
    say: Say = lambda line: None,
) -> None:
    """Publish `files`, and remove campaigns of an earlier submit that are not among them. What was published by hand stays.

    Without files the shipped campaigns are published, but only if `control` was never used: a removed campaign stays removed. `policy` is
    published in any case; a policy stays until it is replaced. Probable mistakes are reported as warnings.
    """
    before = published(options.brokers, options.control_topic)
    rules = [] if policy is None else [only(policy, "policy")]
    as_it_is = not files and (bool(before) or _was_used(options))
    wanted = [] if as_it_is else load_campaign_files(list(files) or shipped())
    by_hand = any(entry.kind == "features" and entry.published_by != "submit" for entry in before)
    if wanted and not by_hand and all(file.kind != "features" for file in wanted):
        wanted.append(features_for(wanted))
    if rules:
        wanted = [file for file in wanted if file.kind != "policy"] + rules
    held, spared = {entry.key: entry for entry in before}, set[str]()
    for file in [file for file in wanted if was_stopped(file, held.get(file.key))]:  # a new deployment does not begin again what was stopped
        say(f"! {file.name} stays as it is published: the rollout of the version in {file.file.name} was stopped")
        wanted.remove(file)
        spared.add(file.name)
    if wanted:
        publish(options.brokers, options.control_topic, wanted, published_by="submit", dated=options.clock == "live", signed=signed)
        for doubt in doubts_of(wanted, compile_book(entries(options.brokers, options.control_topic))):
            say(f"! {doubt}")
    names = {file.name for file in wanted if file.kind == "campaign"} | spared
    gone = [entry.name for entry in before if entry.kind == "campaign" and entry.published_by == "submit" and entry.name not in names]
    if gone and not as_it_is:
        remove(options.brokers, options.control_topic, gone, signed=signed)


def announce(options: Options, *, signed: Signature = UNSIGNED) -> None:
    """Write to `control` what is deployed now, if that is new: `kairos campaigns publish` refuses campaigns for any other channel."""
    if records := changes(options, published(options.brokers, options.control_topic), at=int(time.time() * 1000)):
        send(options.brokers, options.control_topic, records, signed=signed)


def _was_used(options: Options) -> bool:
    return sum(end_offsets(options.brokers, options.control_topic).values()) > 0
