"""Every option of the main job, once: its type, its default, its line of help. The job's and the command line's parsers are made from this."""

import argparse
import re
from collections.abc import Sequence
from dataclasses import MISSING, dataclass, field, fields
from typing import Any

from udfs.core.values.channels import CHANNELS, is_channel, why_not
from udfs.core.values.problems import short

MAX_PARALLELISM = 1_024
"""Key groups. Part of every savepoint, so not an option: changing it throws all state away. Why so many: docs/decisions/0009-key-groups.md."""
TOPIC = re.compile(r"[A-Za-z0-9._-]{1,249}")
"""What Kafka takes as the name of a topic."""
LEAST_CHECKPOINT_MS = 10
OUT_OF_ORDER_MS = 500
"""The job's time stays this far behind the newest record: a record may come this much too late and still come before the timers it precedes."""


def option(default: Any, description: str, *, choices: tuple[str, ...] = (), flag: str = "", minimum: int | None = None) -> Any:
    """A dataclass field that also knows its flag, its help and the values it takes."""
    return field(default=default, metadata={"help": description, "choices": choices, "flag": flag, "minimum": minimum})


@dataclass(frozen=True, kw_only=True)
class Options:
    """What the job can be told. Immutable; equal options make equal graphs."""

    brokers: str = option("127.0.0.1:9092", "Kafka, as host:port, comma-separated")
    clock: str = option("live", "live: records are of now; replay: history with its own timestamps", choices=("live", "replay"))
    guarantee: str = option(
        "exactly-once",
        "exactly-once: each decision visible once, at checkpoints; at-least-once: at once, repeated after a crash under the same id",
        choices=("exactly-once", "at-least-once"),
    )
    start: str = option(
        "committed",
        "where to read events without a savepoint: after what this deployment last committed (else earliest), or at an end",
        choices=("committed", "latest", "earliest"),
        flag="from",
    )
    parallelism: int = option(1, "operators side by side, one TaskManager each", minimum=1)
    checkpoint_interval_ms: int = option(
        0, "milliseconds between checkpoints; 0: 100 with exactly-once, where decisions wait for one, and 1000 with at-least-once", minimum=0
    )
    checkpoint_dir: str = option("", "URI for checkpoints; empty: as the cluster is configured")
    state_backend: str = option("hashmap", "where profiles live: memory, or disk when they outgrow it", choices=("hashmap", "rocksdb"))
    buffer_timeout_ms: int = option(1, "longest wait for a network buffer to fill", minimum=0)
    deployment: str = option("kairos", "names this deployment's consumer group and transactions; never shared by two that run at once")
    transaction_timeout_ms: int = option(3_600_000, "longest outage after which open transactions still commit", minimum=60_000)
    partitions: int = option(4, "partitions of topics that submit creates (control always has one)", minimum=1)
    max_event_bytes: int = option(1_048_576, "an event larger than this is rejected", minimum=1024)
    events_topic: str = option("events", "topic to read events from")
    control_topic: str = option("control", "topic of campaigns and features: compacted, one partition")
    decisions_topic: str = option("decisions", "topic to write decisions to")
    rejected_topic: str = option("rejected", "topic to write refused records to")
    segments_topic: str = option("segments", "topic to write to who came into a segment, or left it")
    actions_prefix: str = option("actions.", "actions of a channel go to the topic with this prefix")
    channels: str = option(
        ",".join(CHANNELS),
        "channels to deploy, comma-separated, of any name; by a channel that is not among them nothing is sent (CHANNEL_NOT_DEPLOYED)",
    )

    def __post_init__(self) -> None:
        """Refuse what no run could honour, naming the flag."""
        for item in fields(self):
            value, flag = getattr(self, item.name), flag_of(item.name)
            choices, minimum = item.metadata["choices"], item.metadata["minimum"]
            if choices and value not in choices:
                message = f"{flag} is {value!r}: choose one of {', '.join(choices)}"
                raise ValueError(message)
            if minimum is not None and value < minimum:
                message = f"{flag} is {value}: at least {minimum}"
                raise ValueError(message)
        if self.parallelism > MAX_PARALLELISM:
            message = f"--parallelism is {self.parallelism}: at most {MAX_PARALLELISM:,}, the number of key groups"
            raise ValueError(message)
        if 0 < self.checkpoint_interval_ms < LEAST_CHECKPOINT_MS:
            message = f"--checkpoint-interval-ms is {self.checkpoint_interval_ms}: at least {LEAST_CHECKPOINT_MS}, or 0 for what suits the guarantee"
            raise ValueError(message)
        for channel in self.channel_names:
            if not is_channel(channel):
                message = f"--channels names {short(channel)!r}: {why_not(short(channel))}"
                raise ValueError(message)
        names = [self.events_topic, self.control_topic, *self.outputs]
        if (odd := next((name for name in names if not TOPIC.fullmatch(name)), None)) is not None:
            message = f"{short(odd)!r} is no name of a topic: letters, digits, '.', '_' and '-', at most 249 of them"
            raise ValueError(message)
        if len(set(names)) < len(names):
            message = f"two topics share a name: {', '.join(names)}"
            raise ValueError(message)

    @property
    def identity(self) -> str:
        """Consumer group and transactional prefix. Live and replay never share one: a replay would move live's offsets and fence its producer."""
        return f"{self.deployment}-{self.clock}"

    @property
    def checkpoint_ms(self) -> int:
        """Milliseconds between checkpoints. Where no decision waits for one, ten a second would only take processor time from deciding."""
        return self.checkpoint_interval_ms or (100 if self.guarantee == "exactly-once" else 1_000)

    @property
    def channel_names(self) -> tuple[str, ...]:
        """The channels, in the order given."""
        return tuple(name.strip() for name in self.channels.split(",") if name.strip())

    @property
    def outputs(self) -> tuple[str, ...]:
        """Every topic the job may write to: the sink refuses others, so a typo in a record cannot create a topic."""
        return (*(self.actions_prefix + name for name in self.channel_names), self.decisions_topic, self.rejected_topic, self.segments_topic)


def flag_of(name: str) -> str:
    """The command-line flag of a field."""
    return "--" + (Options.__dataclass_fields__[name].metadata["flag"] or name.replace("_", "-"))


def parse(arguments: Sequence[str]) -> Options:
    """Options from a command line, as the job's `main` gets it; argparse prints usage and exits on a mistake."""
    parser = argparse.ArgumentParser(prog="decide", description="Kairos, the main job: from an event to a decision.", allow_abbrev=False)
    for item in fields(Options):
        if item.default is MISSING:  # pragma: no cover - a field without a default would be a mistake in this file
            raise TypeError(item.name)
        choices = item.metadata["choices"] or None
        line = item.metadata["help"].replace("%", "%%") + f" (default: {item.default!r})"
        parser.add_argument(flag_of(item.name), dest=item.name, type=type(item.default), default=item.default, choices=choices, help=line)
    known = vars(parser.parse_args(arguments))
    try:
        return Options(**known)
    except ValueError as problem:
        parser.error(str(problem))


def arguments_of(options: Options) -> list[str]:
    """The command line that gives these options back: only what differs from the defaults, so that it reads well."""
    spelled: list[str] = []
    for item in fields(options):
        value = getattr(options, item.name)
        if value != item.default:
            spelled += [flag_of(item.name), str(value)]
    return spelled
