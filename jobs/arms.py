"""The arms job, in Flink SQL: the results of decisions that bandits drew, by campaign, variant, context and epoch.

[decisions] ──> acted, drawn by a bandit ──┐
                                           ├──by decision──> final ones ──> counts by arm ──> [arm-counts], compacted
[outcomes] ───> the newest revision ───────┘

Probabilities are constant within an epoch. A job that starts without its state counts from the beginning of its topics again; whoever reads
`arm-counts` keeps the larger count of each key, so nothing that was learned is lost when old decisions have been deleted.
"""

import sys
from collections.abc import Mapping, Sequence

from pyflink.datastream import StreamExecutionEnvironment
from pyflink.table import StreamTableEnvironment

from jobs.arms_options import ArmsOptions, parse
from jobs.arms_sql import DECISIONS, DRAWN, ENDED, KEY, MEASURES, OUTCOMES, counted
from jobs.environment import environment_with
from jobs.kafka.chosen import use
from jobs.sql import broker, quoted


def build(tables: StreamTableEnvironment, options: ArmsOptions) -> None:
    """Two topics become one."""
    _source(tables, "decisions", DECISIONS, options.decisions_topic, options)
    _source(tables, "outcomes", OUTCOMES, options.outcomes_topic, options)
    keyed = {"connector": "upsert-kafka", "topic": options.counts_topic, "key.format": "json", "value.format": "json"}
    columns = ", ".join(f"`{name}` {kind}" for name, (kind, _) in MEASURES.items())
    told = f"`campaign` STRING, `variant` STRING, `context` STRING, `epoch` BIGINT, {columns}, PRIMARY KEY ({KEY}) NOT ENFORCED"
    _table(tables, "arm_counts", told, {**keyed, **broker(options)})
    tables.execute_sql(f"CREATE TEMPORARY VIEW drawn AS {DRAWN}")
    tables.execute_sql(f"CREATE TEMPORARY VIEW ended AS {ENDED}")
    statements = tables.create_statement_set()
    statements.add_insert_sql(f"INSERT INTO arm_counts {counted()}")
    statements.attach_as_datastream()


def _source(tables: StreamTableEnvironment, name: str, columns: str, topic: str, options: ArmsOptions) -> None:
    settings = {
        "connector": "kafka",
        "topic": topic,
        "format": "json",
        "json.ignore-parse-errors": "true",
        "properties.group.id": options.identity,
        "properties.auto.offset.reset": "earliest",
        "properties.isolation.level": "read_committed",
        "scan.startup.mode": "earliest-offset",
        "scan.topic-partition-discovery.interval": "30 s",
    }
    _table(tables, name, columns, {**settings, **broker(options)})


def _table(tables: StreamTableEnvironment, name: str, columns: str, settings: Mapping[str, str]) -> None:
    told = ", ".join(f"'{key}' = '{quoted(value)}'" for key, value in settings.items())
    tables.execute_sql(f"CREATE TEMPORARY TABLE {name} ({columns}) WITH ({told})")


def environment(options: ArmsOptions) -> StreamExecutionEnvironment:
    """An environment with all settings that the job needs on any cluster."""
    settings = {
        "parallelism.default": "1",
        "execution.checkpointing.interval": f"{options.checkpoint_interval_ms} ms",
        "execution.checkpointing.timeout": "10 min",
        "state.backend.type": "hashmap",
        "state.changelog.enabled": "false",
    }
    return environment_with(settings, checkpoint_dir=options.checkpoint_dir)


def tables_of(env: StreamExecutionEnvironment, options: ArmsOptions) -> StreamTableEnvironment:
    """The tables of an environment: every step has a uid, and counts of one arm that change together are written once."""
    tables = StreamTableEnvironment.create(env)
    settings = {
        "table.exec.uid.generation": "ALWAYS",
        "table.exec.state.ttl": f"{options.state_days} d",
        "table.exec.mini-batch.enabled": "true",
        "table.exec.mini-batch.allow-latency": "500 ms",
        "table.exec.mini-batch.size": "5000",
    }
    for key, value in settings.items():
        tables.get_config().set(key, value)
    return tables


def main(arguments: Sequence[str]) -> None:
    """Build the graph and hand it to the cluster."""
    options = parse(arguments)
    use(options.kafka_properties)
    env = environment(options)
    build(tables_of(env, options), options)
    env.execute(options.identity)


if __name__ == "__main__":
    main(sys.argv[1:])
