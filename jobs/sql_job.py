"""What the jobs of SQL have in common: their environment, how they read topics, and how they start. Each is a few queries, next to the main job."""

from collections.abc import Callable, Mapping
from typing import TypeVar

from pyflink.datastream import StreamExecutionEnvironment
from pyflink.table import StreamTableEnvironment

from jobs.environment import environment_with
from jobs.kafka.chosen import use
from jobs.sql import broker, create
from jobs.sql_options import SqlOptions

Chosen = TypeVar("Chosen", bound=SqlOptions)
JSON = {"connector": "kafka", "format": "json", "json.ignore-parse-errors": "true"}
COMMITTED = {"properties.isolation.level": "read_committed"}
"""For topics that are written in transactions."""


def environment(options: SqlOptions, more: Mapping[str, str] | None = None) -> StreamExecutionEnvironment:
    """An environment with all settings that the job needs on any cluster; `more` are those of one job."""
    settings = {
        "parallelism.default": "1",
        "execution.checkpointing.interval": f"{options.checkpoint_interval_ms} ms",
        "execution.checkpointing.timeout": "10 min",
        "state.backend.type": "hashmap",
        "state.changelog.enabled": "false",
        **(more or {}),
    }
    return environment_with(settings, checkpoint_dir=options.checkpoint_dir)


def tables_of(env: StreamExecutionEnvironment, settings: Mapping[str, str]) -> StreamTableEnvironment:
    """The tables of an environment, in which every step has a uid."""
    tables = StreamTableEnvironment.create(env)
    for key, value in {"table.exec.uid.generation": "ALWAYS", **settings}.items():
        tables.get_config().set(key, value)
    return tables


def from_the_beginning(options: SqlOptions) -> dict[str, str]:
    """How a topic is read from its first record on, or from where the state is."""
    return {
        **broker(options),
        "properties.group.id": options.identity,
        "properties.auto.offset.reset": "earliest",
        "scan.startup.mode": "earliest-offset",
        "scan.topic-partition-discovery.interval": "30 s",
    }


def create_upserts(tables: StreamTableEnvironment, name: str, columns: Mapping[str, str], *, key: str, topic: str, options: SqlOptions) -> None:
    """Create a table of which the last row of each key counts. `key`: its columns; one alone is written as it is, several are as JSON."""
    listed = ", ".join(f"`{column}` {kind}" for column, kind in columns.items())
    settings = {"connector": "upsert-kafka", "topic": topic, "key.format": "json" if "," in key else "raw", "value.format": "json"}
    create(tables, name, f"{listed}, PRIMARY KEY ({key}) NOT ENFORCED", {**settings, **broker(options)})


def insert(tables: StreamTableEnvironment, *statements: str) -> None:
    """Add the queries that write to the graph."""
    found = tables.create_statement_set()
    for each in statements:
        found.add_insert_sql(each)
    found.attach_as_datastream()


def run(
    options: Chosen, build: Callable[[StreamTableEnvironment, Chosen], None], *, settings: Mapping[str, str], more: Mapping[str, str] | None = None
) -> None:
    """Build the graph and hand it to the cluster. `settings` are of its tables, `more` of its environment."""
    use(options.kafka_properties)
    env = environment(options, more)
    build(tables_of(env, settings), options)
    env.execute(options.identity)
