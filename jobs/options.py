"""All options of the main job, with type, default and help. The parsers of the job and of the command line are generated from this."""

from collections.abc import Sequence
from dataclasses import Field, dataclass, fields, make_dataclass, replace
from typing import TYPE_CHECKING, Any

from jobs.command_line import check_topics, check_values, flag_of_field, option, parsed, spelled
from jobs.kafka.addresses import places
from udfs.codecs import routes
from udfs.codecs.refusals import MAX_MINUTES, MAX_PERCENT, RejectionLimit
from udfs.codecs.topics import Topics
from udfs.core.values.channels import CHANNELS, is_channel, why_not
from udfs.core.values.problems import short

MAX_PARALLELISM = 1_024
"""The number of key groups. It is part of every savepoint, so it is not an option: changing it loses all state.
Why so many: docs/decisions/0009-key-groups.md."""
WARM_UP = "kairos-warm-up"
"""The name of the job of `jobs.warm`, which is over in seconds. Whoever asks for a cluster's jobs leaves it out."""
MIN_CHECKPOINT_MS = 10
OUT_OF_ORDER_MS = 500
"""The job's time stays this far behind the newest record: a record may be late by this much and still precede later timers."""


if TYPE_CHECKING:

    class _OutputTopics:
        """Their names are read through `Options.topics`, which a type checker can follow."""

else:
    _OutputTopics = make_dataclass(
        "_OutputTopics",
        [(route.option, str, option(route.topic, route.means)) for route in routes.with_topics()],
        frozen=True,
        kw_only=True,
        namespace={"__doc__": "The name of each route's topic."},
    )


@dataclass(frozen=True, kw_only=True)
class Options(_OutputTopics):
    """What the job can be told. Immutable; equal options make equal graphs. Each route of udfs/codecs/routes.py adds the name of its topic."""

    brokers: str = option("127.0.0.1:9092", "Kafka, as host:port, comma-separated")
    kafka_properties: str = option(
        "", "file of Kafka client properties for a secured broker, the same path on every node; secrets in it are references (docs/secured-kafka.md)"
    )
    schema_registry: str = option(
        "",
        "schema registry of events in Confluent's Avro format: its https URL, or a file of properties with references to its login, "
        "the same path on every node (docs/avro.md)",
    )
    clock: str = option("live", "live: records are of now; replay: history with its own timestamps", choices=("live", "replay"))
    guarantee: str = option(
        "exactly-once",
        "exactly-once: each decision visible once, at checkpoints; at-least-once: at once, repeated after a crash under the same id",
        choices=("exactly-once", "at-least-once"),
    )
    start: str = option(
        "committed",
        "where to start reading without a savepoint: after this deployment's last commit (or else earliest), or at either end",
        choices=("committed", "latest", "earliest"),
        flag="from",
    )
    parallelism: int = option(1, "number of parallel operators, one TaskManager each", minimum=1)
    checkpoint_interval_ms: int = option(
        0, "milliseconds between checkpoints; 0: 100 with exactly-once, where decisions wait for a checkpoint, and 1000 with at-least-once", minimum=0
    )
    checkpoint_dir: str = option("", "URI for checkpoints; empty: as the cluster is configured")
    state_backend: str = option("hashmap", "where profiles are kept: in memory, or on disk if they do not fit", choices=("hashmap", "rocksdb"))
    buffer_timeout_ms: int = option(1, "longest wait for a network buffer to fill", minimum=0)
    deployment: str = option("kairos", "name for this deployment's consumer group and transactions; it must be unique among running deployments")
    transaction_timeout_ms: int = option(3_600_000, "longest outage after which open transactions still commit", minimum=60_000)
    partitions: int = option(4, "partitions of topics that submit creates (control always has one)", minimum=1)
    replication_factor: int = option(0, "replicas of topics that submit creates; 0: as the broker is configured", minimum=0)
    min_insync_replicas: int = option(
        0, "replicas that must have a record before it counts, for topics that submit creates; 0: as the broker is configured", minimum=0
    )
    max_event_bytes: int = option(1_048_576, "an event larger than this is rejected", minimum=1024)
    max_rejected_percent: int = option(0, "more than this share of the last minutes' events refused is an alarm; 0: nothing is", minimum=0)
    rejected_minutes: int = option(10, "how many minutes that looks back", minimum=1)
    on_rejected: str = option(
        "alert",
        "what follows: alert is a line in the log and the metric rejection_alerts; stop also stops the job with a savepoint (docs/running.md)",
        choices=("alert", "stop"),
    )
    events_topic: str = option("events", "topic to read events from")
    control_topic: str = option("control", "topic of campaigns and features: compacted, one partition")
    link_ids: str = option(
        "off",
        "take an anonymous id and the person it turns out to be for one (docs/identity.md): on; any: also two ids that are both known as user ids; "
        "off: each id is a customer of its own. It can be switched on for state that was kept without, and not off again",
        choices=("off", "on", "any"),
    )
    pseudonyms: str = option(
        "",
        "file with keys of pseudonyms, the same path on every node: decisions and outcomes hold pseudonyms instead of ids, and decisions what was "
        "drawn (docs/privacy.md); empty: they hold ids",
    )
    arms_topic: str = option("arms", "topic of what bandits have learned: compacted, one partition")
    channels: str = option(
        ",".join(CHANNELS),
        "channels to deploy, comma-separated, with any names; nothing is sent on other channels (CHANNEL_NOT_DEPLOYED)",
    )

    def __post_init__(self) -> None:
        """Refuse impossible values, and name the flag."""
        check_values(self)
        places(self.brokers)
        if 0 < self.replication_factor < self.min_insync_replicas:
            message = f"--min-insync-replicas is {self.min_insync_replicas}: at most --replication-factor, {self.replication_factor}"
            raise ValueError(message)
        if self.parallelism > MAX_PARALLELISM:
            message = f"--parallelism is {self.parallelism}: at most {MAX_PARALLELISM:,}, the number of key groups"
            raise ValueError(message)
        if 0 < self.checkpoint_interval_ms < MIN_CHECKPOINT_MS:
            message = f"--checkpoint-interval-ms is {self.checkpoint_interval_ms}: at least {MIN_CHECKPOINT_MS}, or 0 for the default"
            raise ValueError(message)
        for flag, value, most in (
            ("--max-rejected-percent", self.max_rejected_percent, MAX_PERCENT),
            ("--rejected-minutes", self.rejected_minutes, MAX_MINUTES),
        ):
            if value > most:
                message = f"{flag} is {value}: at most {most}"
                raise ValueError(message)
        if self.on_rejected == "stop" and not self.max_rejected_percent:
            message = "--on-rejected stop needs a limit: say --max-rejected-percent, such as 20"
            raise ValueError(message)
        for channel in self.channel_names:
            if not is_channel(channel):
                message = f"--channels names {short(channel)!r}: {why_not(short(channel))}"
                raise ValueError(message)
        check_topics([self.events_topic, self.control_topic, self.arms_topic, *self.outputs])

    @property
    def identity(self) -> str:
        """The consumer group and transactional prefix. Live and replay never share one: a replay would move live offsets and fence live producers."""
        return f"{self.deployment}-{self.clock}"

    @property
    def checkpoint_ms(self) -> int:
        """Milliseconds between checkpoints. With at-least-once no decision waits for one, so ten a second would only waste processor time."""
        return self.checkpoint_interval_ms or (100 if self.guarantee == "exactly-once" else 1_000)

    @property
    def rejection_limit(self) -> RejectionLimit | None:
        """How many events may be refused before the alarm is raised; None: any number."""
        return RejectionLimit(percent=self.max_rejected_percent, minutes=self.rejected_minutes) if self.max_rejected_percent else None

    @property
    def channel_names(self) -> tuple[str, ...]:
        """The deployed channels, in the given order."""
        return tuple(name.strip() for name in self.channels.split(",") if name.strip())

    @property
    def outputs(self) -> tuple[str, ...]:
        """Every topic the job may write to: the sink refuses others, so a typo in a record cannot create a topic."""
        unused = () if self.links_ids else (self.topics["identity"],)
        return tuple(topic for topic in self.topics.all if topic not in unused)

    @property
    def links_ids(self) -> bool:
        """Whether several ids may be one person."""
        return self.link_ids != "off"

    @property
    def topics(self) -> Topics:
        """The topics of its routes."""
        return Topics(channels=self.channel_names, **{route.name: getattr(self, route.option) for route in routes.with_topics()})

    def with_topics(self, **names: str) -> "Options":
        """The same with other topics, by the name of the route: `with_topics(decisions="shop.decisions")`."""
        changes: dict[str, Any] = {route.option: names.pop(route.name) for route in routes.with_topics() if route.name in names}
        if names:
            message = f"there is no route {', '.join(names)}"
            raise TypeError(message)
        return replace(self, **changes)


def options() -> "tuple[Field[Any], ...]":
    """Every option, in the order in which help shows them: the topics that the job writes to come last."""
    written = {route.option for route in routes.with_topics()}
    return tuple(sorted(fields(Options), key=lambda item: item.name in written))


def flag_of(name: str) -> str:
    """The command-line flag of a field."""
    return flag_of_field(Options.__dataclass_fields__[name])


def parse(arguments: Sequence[str], *, prog: str = "decide") -> Options:
    """Parse the command line of the job's `main`, or of a process `prog` that takes its options. On a mistake it says so and exits."""
    return parsed(Options, options(), arguments, prog=prog, description="Kairos, the main job: from an event to a decision.")


def arguments_of(chosen: Options) -> list[str]:
    """The command line that gives these options back."""
    return spelled(chosen, options())
