"""Options of the arms job. The parsers of the job and of `kairos arms submit` are generated from this, as those of the main job are."""

from collections.abc import Sequence
from dataclasses import dataclass, fields

from jobs.command_line import flag_of_field, option, parsed, spelled
from jobs.options import TOPIC
from udfs.core.values.problems import short

TOPICS = ("decisions_topic", "outcomes_topic", "counts_topic")


@dataclass(frozen=True, kw_only=True)
class ArmsOptions:
    """What the arms job can be told. Immutable; equal options make equal graphs."""

    brokers: str = option("127.0.0.1:9092", "Kafka, as host:port, comma-separated")
    kafka_properties: str = option("", "file of Kafka client properties for a secured broker, the same path on every node (docs/secured-kafka.md)")
    decisions_topic: str = option("decisions", "topic to read decisions from")
    outcomes_topic: str = option("outcomes", "topic to read their outcomes from")
    counts_topic: str = option("arm-counts", "topic to write counts to: compacted")
    checkpoint_interval_ms: int = option(10_000, "milliseconds between checkpoints", minimum=1_000)
    checkpoint_dir: str = option("", "URI for checkpoints; empty: as the cluster is configured")
    state_days: int = option(130, "days for which a decision is remembered: longer than a goal lasts, and can be revised", minimum=2)
    deployment: str = option("kairos", "the deployment that these bandits belong to")

    def __post_init__(self) -> None:
        """Refuse impossible values, and name the flag."""
        for item in fields(self):
            value, minimum = getattr(self, item.name), item.metadata["minimum"]
            if minimum is not None and value < minimum:
                message = f"{flag_of_field(item)} is {value}: at least {minimum}"
                raise ValueError(message)
        names = [getattr(self, each) for each in TOPICS]
        for name in names:
            if not TOPIC.fullmatch(name):
                message = f"{short(name)!r} is not a topic name: letters, digits, '.', '_' and '-', at most 249 of them"
                raise ValueError(message)
        if len(set(names)) < len(names):
            message = f"two topics share a name: {', '.join(names)}"
            raise ValueError(message)

    @property
    def identity(self) -> str:
        """Name of the job, and of its consumer group."""
        return f"{self.deployment}-arms"


def parse(arguments: Sequence[str]) -> ArmsOptions:
    """Parse the command line of the arms job's `main`. On a mistake, argparse prints the usage and exits."""
    return parsed(ArmsOptions, fields(ArmsOptions), arguments, prog="arms", description="Kairos, the arms job: from outcomes to counts for bandits.")


def arguments_of(chosen: ArmsOptions) -> list[str]:
    """The command line that gives these options back."""
    return spelled(chosen, fields(ArmsOptions))
