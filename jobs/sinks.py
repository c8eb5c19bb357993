"""The Kafka sinks: Flink's SQL sink with the topic in a column, and one transaction over all topics; and one for what is said at once."""

from pyflink.datastream import DataStream
from pyflink.table import StreamTableEnvironment

from jobs.options import Options
from jobs.sql import broker, create_table, quoted


def write(tables: StreamTableEnvironment, records: DataStream, options: Options) -> None:
    """Write every (topic, key, value) to its topic.

    Transaction ids come from a pool, so that fifty restarts leave only a few of them on the broker. The DataStream sink, which can also
    choose topics, would make a new id at every checkpoint.

    Answers to requests wait for no transaction: they have a sink of their own, which is flushed at every checkpoint and so loses none. A sink
    of one topic has no column for it.
    """
    (answers,) = options.topics.at_once
    create_table(
        tables,
        "outputs",
        columns="topic STRING METADATA, k BYTES, v BYTES",
        topic=";".join(name for name in options.outputs if name != answers),
        options={
            **broker(options),
            "properties.linger.ms": "0",
            # A transaction that begins while the last one's markers are still being written is refused once. The default wait of
            # 100 ms before the retry would be a whole checkpoint interval. The wait doubles at each refusal.
            "properties.retry.backoff.ms": "5",
            "properties.transaction.timeout.ms": str(options.transaction_timeout_ms),
            "sink.delivery-guarantee": options.guarantee,
            "sink.transactional-id-prefix": options.identity,
            "sink.transaction-naming-strategy": "pooling",
        },
    )
    create_table(
        tables,
        "answers",
        columns="k BYTES, v BYTES",
        topic=answers,
        options={**broker(options), "properties.linger.ms": "0", "sink.delivery-guarantee": "at-least-once"},
    )
    tables.create_temporary_view("records", tables.from_data_stream(records))
    statements = tables.create_statement_set()
    statements.add_insert_sql(f"INSERT INTO outputs SELECT topic, k, v FROM records WHERE topic <> '{quoted(answers)}'")
    statements.add_insert_sql(f"INSERT INTO answers SELECT k, v FROM records WHERE topic = '{quoted(answers)}'")
    statements.attach_as_datastream()
