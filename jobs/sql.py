"""Kafka tables with raw bytes for key and value; everything else is an option."""

from collections.abc import Mapping

from pyflink.table import StreamTableEnvironment


def create_table(tables: StreamTableEnvironment, name: str, *, columns: str, topic: str, options: Mapping[str, str]) -> None:
    """Create a temporary table over `topic` (for a sink, several separated by `;`), with the record's key in column k."""
    fixed = {"connector": "kafka", "topic": topic, "format": "raw", "key.format": "raw", "key.fields": "k", "value.fields-include": "EXCEPT_KEY"}
    told = ", ".join(f"'{key}' = '{_quoted(value)}'" for key, value in {**fixed, **options}.items())
    tables.execute_sql(f"CREATE TEMPORARY TABLE {name} ({columns}) WITH ({told})")


def _quoted(value: str) -> str:
    return value.replace("'", "''")
