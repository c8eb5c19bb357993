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
from jobs.environment import environment_with
from jobs.kafka.chosen import use
from jobs.sql import broker, quoted

DECISIONS = """decision_id STRING, campaign STRING, variant STRING, outcome STRING, probability DOUBLE,
 choice ROW<`epoch` BIGINT, `context` STRING>, read_at AS PROCTIME()"""
OUTCOMES = "decision_id STRING, outcome STRING, revision INT, status STRING, conversions INT, `value` DOUBLE, starts BIGINT, first_at BIGINT"
MEASURES = {
    "exposures": ("BIGINT", "COUNT(*)"),
    "conversions": ("BIGINT", "SUM(CASE WHEN conversions > 0 THEN 1 ELSE 0 END)"),
    "value": ("DOUBLE", "SUM(`value`)"),
    "squares": ("DOUBLE", "SUM(`value` * `value`)"),
    "weights": ("DOUBLE", "SUM(1 / probability)"),
    "weighted": ("DOUBLE", "SUM(CASE WHEN conversions > 0 THEN 1 / probability ELSE 0 END)"),
    "delay_hours": ("DOUBLE", "SUM(CASE WHEN conversions > 0 THEN delay / 3600000.0 ELSE 0 END)"),
}
"""Column -> its type, and how it is counted."""
KEY = "campaign, variant, `context`, `epoch`"

DRAWN = """
SELECT decision_id, campaign, variant, `context`, `epoch`, probability

FROM (SELECT decision_id, campaign, variant, choice.`context` AS `context`, choice.`epoch` AS `epoch`, probability,
             ROW_NUMBER() OVER (PARTITION BY decision_id ORDER BY read_at) AS n

      FROM decisions
      WHERE decision_id IS NOT NULL AND campaign IS NOT NULL AND variant IS NOT NULL AND outcome = 'acted' AND probability > 0

        AND choice.`context` IS NOT NULL AND choice.`epoch` IS NOT NULL)
WHERE n = 1"""
"""A decision that acted. One that was written twice (at least once) counts once."""

ENDED = """
SELECT decision_id, conversions, COALESCE(`value`, 0) AS `value`, first_at - starts AS delay

FROM (SELECT decision_id, status, conversions, `value`, starts, first_at,
             ROW_NUMBER() OVER (PARTITION BY decision_id ORDER BY revision DESC) AS n

      FROM outcomes WHERE decision_id IS NOT NULL AND outcome = 'acted')
WHERE n = 1 AND status = 'final'"""
"""The newest revision of an outcome, once it is final."""


def build(tables: StreamTableEnvironment, options: ArmsOptions) -> None:
    """Two topics become one."""
    _source(tables, "decisions", DECISIONS, options.decisions_topic, options)
    _source(tables, "outcomes", OUTCOMES, options.outcomes_topic, options)
    keyed = {"connector": "upsert-kafka", "topic": options.counts_topic, "key.format": "json", "value.format": "json"}
    columns = ", ".join(f"`{name}` {kind}" for name, (kind, _) in MEASURES.items())
    told = f"campaign STRING, variant STRING, `context` STRING, `epoch` BIGINT, {columns}, PRIMARY KEY ({KEY}) NOT ENFORCED"
    _table(tables, "arm_counts", told, {**keyed, **broker(options)})
    tables.execute_sql(f"CREATE TEMPORARY VIEW drawn AS {DRAWN}")
    tables.execute_sql(f"CREATE TEMPORARY VIEW ended AS {ENDED}")
    statements = tables.create_statement_set()
    counted = ", ".join(how for _, how in MEASURES.values())
    joined = "drawn JOIN ended ON drawn.decision_id = ended.decision_id"
    statements.add_insert_sql(f"INSERT INTO arm_counts SELECT {KEY}, {counted} FROM {joined} GROUP BY {KEY}")
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
