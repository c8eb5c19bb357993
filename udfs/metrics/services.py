"""The metrics of the processes next to the job: the monitor, the heartbeat and a replay."""

from udfs.metrics.metric import Kind, Metric, Source


def _of(source: Source, name: str, unit: str, meaning: str, action: str, *, kind: Kind = "level", labels: tuple[str, ...] = ()) -> Metric:
    return Metric(name=f"kairos_{name}", kind=kind, unit=unit, source=source, meaning=meaning, action=action, labels=labels)


PARTITION = ("topic", "partition")

NEWEST_EVENT = _of(
    "monitor",
    "events_newest_record_timestamp_seconds",
    "seconds since 1970",
    "The newest record of a partition that live jobs read events from, heartbeats included.",
    "See the alert NoHeartbeat.",
    labels=PARTITION,
)
END_OFFSET = _of(
    "monitor",
    "topic_end_offset",
    "records",
    "The offset after the last record of a partition, committed or not.",
    "Compare it with the last stable offset.",
    labels=PARTITION,
)
STABLE_OFFSET = _of(
    "monitor",
    "topic_last_stable_offset",
    "records",
    "How far readers of committed records can read a partition.",
    "See the alert LastStableOffsetStuck.",
    labels=PARTITION,
)
WATCHED = _of(
    "monitor",
    "job_watched",
    "yes (1)",
    "A job that was submitted and not stopped, or that the monitor watches by its options: it should run.",
    "See the alert NoJob.",
    labels=("job_name",),
)
UNREAD = _of(
    "monitor",
    "job_unread_records",
    "records",
    "Records of a job's events topic after its last checkpoint, heartbeats included.",
    "Growth: see the alert JobLags.",
    labels=("job_name",),
)
CAMPAIGN_LIVE = _of(
    "monitor",
    "campaign_live",
    "yes (1) or no (0)",
    "Whether a published campaign is live and not switched off.",
    "0 by surprise: `kairos audit` says who paused it.",
    labels=("campaign",),
)
SWITCHED_OFF = _of(
    "monitor",
    "switched_off",
    "yes (1)",
    "What is switched off: all, a campaign, a model or a channel.",
    "`kairos switch on` ends it.",
    labels=("what",),
)
CONTROL_UNREADABLE = _of(
    "monitor", "control_refused_keys", "records", "Keys of control whose newest record is refused.", "`kairos tail rejected` says why."
)
MONITORED = _of(
    "monitor",
    "monitor_last_success_timestamp_seconds",
    "seconds since 1970",
    "When the monitor last read a source completely: kafka or control.",
    "See the alert NotMonitored.",
    labels=("source",),
)
MONITOR_FAILURES = _of(
    "monitor",
    "monitor_failures_total",
    "attempts",
    "How often the monitor could not read a source.",
    "The log of the monitor says why.",
    kind="counter",
    labels=("source",),
)
PUSHING = _of(
    "monitor",
    "flink_pushing_processes",
    "processes",
    "Processes of Flink that push their metrics to the monitor (on the local stack).",
    "0 while the cluster runs: look at its log for PushGateway.",
)
HEARTBEATS = _of(
    "heartbeat",
    "heartbeats_total",
    "rounds",
    "Rounds of heartbeats that were stored in every partition of a topic.",
    "See the alert NoHeartbeat.",
    kind="counter",
    labels=("topic",),
)
HEARTBEAT_FAILURES = _of(
    "heartbeat",
    "heartbeat_failures_total",
    "rounds",
    "Rounds of heartbeats that failed.",
    "The log of the heartbeat says why.",
    kind="counter",
    labels=("topic",),
)
REPLAY_SENT = _of(
    "replay", "replay_events_sent_total", "events", "Events that a replay has sent.", "No growth: check that the broker is up.", kind="counter"
)
REPLAY_AT = _of(
    "replay",
    "replay_event_timestamp_seconds",
    "seconds since 1970",
    "The time of the last event that a replay sent.",
    "Nothing; it shows how far the history has been sent.",
)
REPLAY_LEFT = _of(
    "replay", "replay_unread_records", "records", "Records of a replay that the job has not read yet.", "No decline: see `kairos status`."
)

SERVICE_METRICS = (
    NEWEST_EVENT, END_OFFSET, STABLE_OFFSET, WATCHED, UNREAD, CAMPAIGN_LIVE, SWITCHED_OFF, CONTROL_UNREADABLE, MONITORED, MONITOR_FAILURES, PUSHING,
    HEARTBEATS, HEARTBEAT_FAILURES, REPLAY_SENT, REPLAY_AT, REPLAY_LEFT,
)  # fmt: skip
"""All of them."""
