"""Options of the lake job."""

from dataclasses import dataclass

from jobs.command_line import TOPIC, option
from jobs.sql_options import SqlOptions
from udfs.core.values.problems import short
from udfs.lake.redact import TRAITS
from udfs.lake.tables import BY_NAME, TABLES


@dataclass(frozen=True, kw_only=True)
class LakeOptions(SqlOptions):
    """What the lake job can be told, next to what every job of SQL can."""

    job = "lake"
    does = "from topics to Parquet"

    schema_registry: str = option("", "schema registry of events in Confluent's Avro format: its https URL, or a file of properties (docs/avro.md)")
    lake: str = option("", "where the files go: a folder, or a URI such as s3://bucket/lake; empty: lake in the stack's folder")
    keys: str = option("", "file with the keys of pseudonyms, the same path on every node; empty: lake.keys in the stack's folder")
    tables: str = option(",".join(each.name for each in TABLES), "tables to write, comma-separated")
    topics: str = option("", "topics that are not called like their tables, as events=shop.events, comma-separated")
    traits: str = option("", "further traits that are written, comma-separated; none of them may say who somebody is")
    checkpoint_interval_ms: int = option(30_000, "milliseconds between checkpoints, each of which finishes a file", minimum=1_000)
    max_event_bytes: int = option(1_048_576, "a larger event is not read", minimum=1024)
    jars: str = option("", "jars of Parquet, as URIs, separated by semicolons; empty: Flink's lib folder has them")

    def __post_init__(self) -> None:
        """Refuse impossible values, and name the flag."""
        super().__post_init__()
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


def _listed(text: str) -> tuple[str, ...]:
    return tuple(each.strip() for each in text.split(",") if each.strip())
