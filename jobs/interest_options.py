"""Options of the interest job."""

from dataclasses import dataclass

from jobs.command_line import option
from jobs.interest_sql import Rules
from jobs.sql_options import SqlOptions

MAX_PERCENT = 99


@dataclass(frozen=True, kw_only=True)
class InterestOptions(SqlOptions):
    """What the interest job can be told, next to what every job of SQL can."""

    job = "interest"
    does = "from changes of products to those who are interested in them"

    schema_registry: str = option("", "schema registry of events in Confluent's Avro format: its https URL, or a file of properties (docs/avro.md)")
    events_topic: str = option("events", "topic to read who looked at what from")
    changes_topic: str = option("catalogue-changes", "topic to read changes of products from: `kairos catalogue serve` writes it")
    interest_topic: str = option("interest", "topic to write news to, for each person: `kairos interest pace` reads it")
    days: int = option(30, "days for which somebody who looked at a product is interested in it", minimum=1)
    price_drop_percent: int = option(5, "a price that fell by less is no news, in percent", minimum=0)
    low_stock: int = option(3, "stock that is so low is news, if it was higher before", minimum=0)
    state_backend: str = option("hashmap", "where interests are kept: in memory, or on disk if they do not fit", choices=("hashmap", "rocksdb"))
    max_event_bytes: int = option(1_048_576, "a larger event is not read", minimum=1024)

    def __post_init__(self) -> None:
        """Refuse impossible values, and name the flag."""
        super().__post_init__()
        if self.price_drop_percent > MAX_PERCENT:
            message = f"--price-drop-percent is {self.price_drop_percent}: at most {MAX_PERCENT}"
            raise ValueError(message)

    @property
    def rules(self) -> Rules:
        """What counts as news."""
        return Rules(days=self.days, price_drop_percent=self.price_drop_percent, low_stock=self.low_stock)
