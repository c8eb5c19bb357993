"""The topics of a deployment and their settings."""

from dataclasses import replace

from jobs.options import Options
from services.control.audit import audit_topic
from services.kafka.client import MAX_RECORD, Topic
from udfs.codecs.routes import with_topics

HOUR_MS = 3_600_000
DAY_MS = 24 * HOUR_MS
CENTURY_MS = 3_155_760_000_000


def topics(options: Options) -> list[Topic]:
    """Every topic that the job reads or writes, and the audit topic, with the settings that its clock needs.

    Live: what falls due goes by the time of the records, so the broker itself stamps them: a producer's wrong clock moves nobody's time.
    For how long records are kept is declared in the policy, and applied by `services.devstack.retention`.
    Replay: records keep the times of their history, so nothing may be deleted or refused because of its age.
    """
    large = {"max.message.bytes": str(MAX_RECORD)}
    # Longer than the 90 days for which customers' profiles keep what they hold of a removed campaign: a submit must learn when it was removed.
    tombstones = {"delete.retention.ms": str(100 * 24 * HOUR_MS)}
    if options.clock == "replay":
        anytime = {"message.timestamp.after.max.ms": str(CENTURY_MS), "message.timestamp.before.max.ms": str(CENTURY_MS)}
        timeless = {"retention.ms": "-1", "message.timestamp.type": "CreateTime", **anytime}
        events, outputs = {**large, **timeless}, {**large, **timeless}
    else:
        events, outputs = {**large, "message.timestamp.type": "LogAppendTime"}, large
    # Compacted within a week, so that it can be told when what was under a tombstone is gone.
    directory = {"cleanup.policy": "compact", "segment.ms": str(DAY_MS), "max.compaction.lag.ms": str(7 * DAY_MS), **tombstones}
    control = {**large, "cleanup.policy": "compact", "min.cleanable.dirty.ratio": "0.1", "segment.ms": str(HOUR_MS), **tombstones}
    wanted = [
        Topic(name=options.events_topic, partitions=options.partitions, config=events),
        Topic(name=options.control_topic, partitions=1, config=control),
        Topic(name=options.arms_topic, partitions=1, config=control),
        audit_topic(options.control_topic),
        *(
            Topic(name=name, partitions=options.partitions, config={**outputs, **(directory if route.compacted else {})})
            for route in with_topics()
            for name in options.topics.of(route)
            if name in options.outputs
        ),
    ]
    in_sync = {"min.insync.replicas": str(options.min_insync_replicas)} if options.min_insync_replicas else {}
    return [replace(topic, replicas=options.replication_factor, config={**topic.config, **in_sync}) for topic in wanted]
