"""Options that every job of SQL has, next to its own. Its parser and that of its `submit` are generated from them, as those of the main job are."""

from collections.abc import Sequence
from dataclasses import Field, dataclass, fields
from typing import Any, ClassVar, Self

from jobs.command_line import check_topics, check_values, option, parsed, spelled


@dataclass(frozen=True, kw_only=True)
class SqlOptions:
    """What every job of SQL can be told. Immutable; equal options make equal graphs."""

    job: ClassVar[str]
    """What the job is called within a deployment."""
    does: ClassVar[str]
    """What it does, in a few words."""

    brokers: str = option("127.0.0.1:9092", "Kafka, as host:port, comma-separated")
    kafka_properties: str = option("", "file of Kafka client properties for a secured broker, the same path on every node (docs/secured-kafka.md)")
    checkpoint_interval_ms: int = option(10_000, "milliseconds between checkpoints", minimum=1_000)
    checkpoint_dir: str = option("", "URI for checkpoints; empty: as the cluster is configured")
    deployment: str = option("kairos", "the deployment that this job belongs to")

    def __post_init__(self) -> None:
        """Refuse impossible values, and name the flag."""
        check_values(self)
        check_topics(self.topic_names)

    @property
    def identity(self) -> str:
        """Name of the job, and of its consumer group."""
        return f"{self.deployment}-{self.job}"

    @property
    def topic_names(self) -> tuple[str, ...]:
        """The topics that it reads and writes."""
        return tuple(getattr(self, item.name) for item in self.items() if item.name.endswith("_topic"))

    @classmethod
    def items(cls) -> "tuple[Field[Any], ...]":
        """Every option, in the order in which help shows them."""
        return fields(cls)

    @classmethod
    def parse(cls, arguments: Sequence[str]) -> Self:
        """Parse the command line of the job's `main`. On a mistake, argparse prints the usage and exits."""
        return parsed(cls, cls.items(), arguments, prog=cls.job, description=f"Kairos, the {cls.job} job: {cls.does}.")

    @property
    def arguments(self) -> list[str]:
        """The command line that gives these options back."""
        return spelled(self, self.items())
