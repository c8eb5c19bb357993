"""Kafka tables: raw bytes for key and value, everything else an option."""

from collections.abc import Mapping

from pyflink.table import StreamTableEnvironment


def create_table(tables: StreamTableEnvironment, name: str, *, columns: str, topic: str, options: Mapping[str, str]) -> None:
    """A temporary table over `topic` (several, separated by `;`, for a sink) whose column k is the record's key."""
    fixed = {"connector": "kafka", "topic": topic, "format": "raw", "key.format": "raw", "key.fields": "k", "value.fields-include": "EXCEPT_KEY"}
    told = ", ".join(f"'{key}' = '{_quoted(value)}'" for key, value in {**fixed, **options}.items())
    tables.execute_sql(f"CREATE TEMPORARY TABLE {name} ({columns}) WITH ({told})")


def _quoted(value: str) -> str:
    return value.replace("'", "''")
