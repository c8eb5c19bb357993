"""Options of the interest job. The parsers of the job and of `kairos interest submit` are generated from this, as those of the main job are."""

from collections.abc import Sequence
from dataclasses import dataclass, fields

from jobs.command_line import flag_of_field, option, parsed, spelled
from jobs.interest_sql import Rules
from jobs.options import TOPIC
from udfs.core.values.problems import short

TOPICS = ("events_topic", "changes_topic", "interest_topic")
MAX_PERCENT = 99


@dataclass(frozen=True, kw_only=True)
class InterestOptions:
    """What the interest job can be told. Immutable; equal options make equal graphs."""

    brokers: str = option("127.0.0.1:9092", "Kafka, as host:port, comma-separated")
    kafka_properties: str = option("", "file of Kafka client properties for a secured broker, the same path on every node (docs/secured-kafka.md)")
    schema_registry: str = option("", "schema registry of events in Confluent's Avro format: its https URL, or a file of properties (docs/avro.md)")
    events_topic: str = option("events", "topic to read who looked at what from")
    changes_topic: str = option("catalogue-changes", "topic to read changes of products from: `kairos catalogue serve` writes it")
    interest_topic: str = option("interest", "topic to write news to, for each person: `kairos interest pace` reads it")
    days: int = option(30, "days for which somebody who looked at a product is interested in it", minimum=1)
    price_drop_percent: int = option(5, "a price that fell by less is no news, in percent", minimum=0)
    low_stock: int = option(3, "stock that is so low is news, if it was higher before", minimum=0)
    checkpoint_interval_ms: int = option(10_000, "milliseconds between checkpoints", minimum=1_000)
    checkpoint_dir: str = option("", "URI for checkpoints; empty: as the cluster is configured")
    state_backend: str = option("hashmap", "where interests are kept: in memory, or on disk if they do not fit", choices=("hashmap", "rocksdb"))
    deployment: str = option("kairos", "the deployment that these people belong to")
    max_event_bytes: int = option(1_048_576, "a larger event is not read", minimum=1024)

    def __post_init__(self) -> None:
        """Refuse impossible values, and name the flag."""
        for item in fields(self):
            value, minimum, choices = getattr(self, item.name), item.metadata["minimum"], item.metadata["choices"]
            if minimum is not None and value < minimum:
                message = f"{flag_of_field(item)} is {value}: at least {minimum}"
                raise ValueError(message)
            if choices and value not in choices:
                message = f"{flag_of_field(item)} is {short(value)!r}: one of {', '.join(choices)}"
                raise ValueError(message)
        if self.price_drop_percent > MAX_PERCENT:
            message = f"--price-drop-percent is {self.price_drop_percent}: at most {MAX_PERCENT}"
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
        return f"{self.deployment}-interest"

    @property
    def rules(self) -> Rules:
        """What counts as news."""
        return Rules(days=self.days, price_drop_percent=self.price_drop_percent, low_stock=self.low_stock)


def parse(arguments: Sequence[str]) -> InterestOptions:
    """Parse the command line of the interest job's `main`. On a mistake, argparse prints the usage and exits."""
    told = "Kairos, the interest job: from changes of products to those who are interested in them."
    return parsed(InterestOptions, fields(InterestOptions), arguments, prog="interest", description=told)


def arguments_of(chosen: InterestOptions) -> list[str]:
    """The command line that gives these options back."""
    return spelled(chosen, fields(InterestOptions))
