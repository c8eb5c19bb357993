"""Options of the lake job. The parsers of the job and of `kairos lake submit` are generated from this, as those of the main job are."""

from collections.abc import Sequence
from dataclasses import dataclass, fields

from jobs.command_line import flag_of_field, option, parsed, spelled
from jobs.options import TOPIC
from udfs.core.values.problems import short
from udfs.lake.redact import TRAITS
from udfs.lake.tables import BY_NAME, TABLES

MIN_CHECKPOINT_MS = 1_000


@dataclass(frozen=True, kw_only=True)
class LakeOptions:
    """What the lake job can be told. Immutable; equal options make equal graphs."""

    brokers: str = option("127.0.0.1:9092", "Kafka, as host:port, comma-separated")
    kafka_properties: str = option("", "file of Kafka client properties for a secured broker, the same path on every node (docs/secured-kafka.md)")
    schema_registry: str = option("", "schema registry of events in Confluent's Avro format: its https URL, or a file of properties (docs/avro.md)")
    lake: str = option("", "where the files go: a folder, or a URI such as s3://bucket/lake; empty: lake in the stack's folder")
    keys: str = option("", "file with the keys of pseudonyms, the same path on every node; empty: lake.keys in the stack's folder")
    tables: str = option(",".join(each.name for each in TABLES), "tables to write, comma-separated")
    topics: str = option("", "topics that are not called like their tables, as events=shop.events, comma-separated")
    traits: str = option("", "further traits that are written, comma-separated; none of them may say who somebody is")
    checkpoint_interval_ms: int = option(30_000, "milliseconds between checkpoints, each of which finishes a file", minimum=MIN_CHECKPOINT_MS)
    checkpoint_dir: str = option("", "URI for checkpoints; empty: as the cluster is configured")
    deployment: str = option("kairos", "the deployment that this lake belongs to")
    max_event_bytes: int = option(1_048_576, "a larger event is not read", minimum=1024)
    jars: str = option("", "jars of Parquet, as URIs, separated by semicolons; empty: Flink's lib folder has them")

    def __post_init__(self) -> None:
        """Refuse impossible values, and name the flag."""
        for item in fields(self):
            value, minimum = getattr(self, item.name), item.metadata["minimum"]
            if minimum is not None and value < minimum:
                message = f"{flag_of_field(item)} is {value}: at least {minimum}"
                raise ValueError(message)
        for name in (*self.table_names, *self._renamed):
            if name not in BY_NAME:
                message = f"there is no table {short(name)!r}: the lake has {', '.join(BY_NAME)}"
                raise ValueError(message)
        if not self.table_names:
            message = f"--tables names none: the lake has {', '.join(BY_NAME)}"
            raise ValueError(message)
        for topic in self._renamed.values():
            if not TOPIC.fullmatch(topic):
                message = f"--topics: {short(topic)!r} is not a topic name; write events=shop.events,decisions=shop.decisions"
                raise ValueError(message)

    @property
    def identity(self) -> str:
        """Name of the job, and of its consumer group."""
        return f"{self.deployment}-lake"

    @property
    def table_names(self) -> tuple[str, ...]:
        """The tables to write."""
        return _listed(self.tables)

    @property
    def trait_names(self) -> frozenset[str]:
        """The traits that are written."""
        return TRAITS | set(_listed(self.traits))

    def topic_of(self, table: str) -> str:
        """The topic that a table is filled from."""
        return self._renamed.get(table, table)

    @property
    def _renamed(self) -> dict[str, str]:
        return {name.strip(): topic.strip() for name, _, topic in (each.partition("=") for each in _listed(self.topics))}


def parse(arguments: Sequence[str]) -> LakeOptions:
    """Parse the command line of the lake job's `main`. On a mistake, argparse prints the usage and exits."""
    return parsed(LakeOptions, fields(LakeOptions), arguments, prog="lake", description="Kairos, the lake job: from topics to Parquet.")


def arguments_of(chosen: LakeOptions) -> list[str]:
    """The command line that gives these options back."""
    return spelled(chosen, fields(LakeOptions))


def _listed(text: str) -> tuple[str, ...]:
    return tuple(each.strip() for each in text.split(",") if each.strip())
