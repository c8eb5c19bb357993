"""Tables, mostly of Kafka with raw bytes for key and value; everything else is an option."""

from collections.abc import Mapping
from pathlib import Path
from typing import Protocol

from pyflink.java_gateway import get_gateway
from pyflink.table import StreamTableEnvironment

from jobs.kafka.java_client import KAFKA, SHADED, properties_of

MILLIS = "1000 * EXTRACT(EPOCH FROM ts) + EXTRACT(MILLISECOND FROM ts)"
"""The column ts, a TIMESTAMP_LTZ(3), in epoch milliseconds."""


class Reached(Protocol):
    """What says how to reach a broker: the options of any job."""

    @property
    def brokers(self) -> str:
        """As host:port, comma-separated."""

    @property
    def kafka_properties(self) -> str:
        """File of properties; empty: the broker is not secured."""


def create_table(tables: StreamTableEnvironment, name: str, *, columns: str, topic: str, options: Mapping[str, str]) -> None:
    """Create a temporary table over `topic` (for a sink, several separated by `;`), with the record's key in column k."""
    fixed = {"connector": "kafka", "topic": topic, "format": "raw", "key.format": "raw", "key.fields": "k", "value.fields-include": "EXCEPT_KEY"}
    create(tables, name, columns, {**fixed, **options})


def create(tables: StreamTableEnvironment, name: str, columns: str, settings: Mapping[str, str], *, by: str = "") -> None:
    """Create a temporary table of any connector. `by`: the column that its files are in folders by."""
    told = ", ".join(f"'{key}' = '{quoted(value)}'" for key, value in settings.items())
    tables.execute_sql(f"CREATE TEMPORARY TABLE {name} ({columns}) {f'PARTITIONED BY ({by}) ' if by else ''}WITH ({told})")


def broker(options: Reached) -> dict[str, str]:
    """How to reach the broker. Secrets are references, which Kafka's clients look up where they run."""
    secured = properties_of(Path(options.kafka_properties), prefix=_prefix()) if options.kafka_properties else {}
    return {"properties.bootstrap.servers": options.brokers, **{f"properties.{key}": value for key, value in secured.items()}}


def _prefix() -> str:
    """Where Kafka's classes are in the connector's jar: Flink's SQL jar has them under a name of its own, other jars as they are."""
    found = (
        get_gateway()
        .jvm.Thread.currentThread()
        .getContextClassLoader()
        .getResource(f"{SHADED}{KAFKA}clients.admin.Admin".replace(".", "/") + ".class")
    )
    return SHADED if found is not None else ""


def quoted(value: str) -> str:
    """The inside of a literal of SQL."""
    return value.replace("'", "''")
