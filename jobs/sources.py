"""The Kafka sources: Flink's SQL source, which gives key, value, time and offset without a Python operator."""

from pyflink.common import Types
from pyflink.datastream import DataStream, KeyedStream
from pyflink.java_gateway import get_gateway
from pyflink.table import StreamTableEnvironment

from jobs.options import OUT_OF_ORDER_MS, Options
from jobs.sql import broker, create_table
from udfs.operators.arms import PREFIX

BYTES = Types.PRIMITIVE_ARRAY(Types.BYTE())

END_OF_TIME = 253_402_300_799_000
"""The last second of the year 9999, in epoch milliseconds."""

NEW_PARTITIONS = "5 s"
"""How often the source looks for new partitions, which it reads from their beginning. Time does not wait for an unknown partition, so timers
may overtake an event in a new partition by this much."""

_ENTRIES = f"k BYTES, v BYTES, `offset` BIGINT METADATA VIRTUAL, ts AS TO_TIMESTAMP_LTZ({END_OF_TIME}, 3), WATERMARK FOR ts AS ts"
_ENTRY = Types.ROW([Types.STRING(), BYTES, Types.LONG()])

STARTS = {"latest": "latest-offset", "earliest": "earliest-offset", "committed": "group-offsets"}


def events(tables: StreamTableEnvironment, options: Options) -> KeyedStream:
    """Every record of `events`, keyed by user, in the order of its partition: (key, value, time of the record)."""
    create_events(tables, options)
    # The third column is the rowtime, which gives records their timestamps. Key and value must stay fields 0 and 1.
    query = tables.sql_query("SELECT CAST(k AS STRING) AS k, v, ts FROM events")
    rows = tables.to_append_stream(query, Types.ROW([Types.STRING(), BYTES, Types.INSTANT()]))
    return keyed_in_java(rows)


def create_events(tables: StreamTableEnvironment, options: Options, *, headers: bool = False) -> None:
    """The table `events`.

    There is no idle timeout: heartbeats in every partition move time on, so time never overtakes records that wait in one.
    """
    late = f"INTERVAL '{OUT_OF_ORDER_MS / 1000}' SECOND"
    more = "headers MAP<STRING NOT NULL, BYTES> METADATA VIRTUAL, " if headers else ""
    create_table(
        tables,
        "events",
        columns=f"k BYTES, v BYTES, {more}ts TIMESTAMP_LTZ(3) METADATA FROM 'timestamp', WATERMARK FOR ts AS ts - {late}",
        topic=options.events_topic,
        options={
            **reader(options),
            "properties.auto.offset.reset": "earliest",
            "scan.startup.mode": STARTS[options.start],
            "scan.topic-partition-discovery.interval": NEW_PARTITIONS,
        },
    )


def control(tables: StreamTableEnvironment, options: Options) -> DataStream:
    """Every record of `control` from its beginning: (key, value or None for a tombstone, offset).

    It never holds time back: without records it is idle, and each record has the latest possible time. (Idleness alone is not enough: with
    steady traffic from the start of the job, time would never begin.)
    """
    create_table(
        tables,
        "control",
        columns=_ENTRIES,
        topic=options.control_topic,
        options=_from_the_beginning(options),
    )
    query = tables.sql_query("SELECT CAST(k AS STRING) AS k, v, `offset` FROM control")
    return tables.to_append_stream(query, _ENTRY)


def arms(tables: StreamTableEnvironment, options: Options) -> DataStream:
    """Every record of `arms` from its beginning, as those of control: under the key arms/<campaign>. It never holds time back either."""
    create_table(
        tables,
        "arms",
        columns=_ENTRIES,
        topic=options.arms_topic,
        options=_from_the_beginning(options),
    )
    query = tables.sql_query(f"SELECT CONCAT('{PREFIX}', CAST(k AS STRING)) AS k, v, `offset` FROM arms WHERE k IS NOT NULL")
    return tables.to_append_stream(query, _ENTRY)


def _from_the_beginning(options: Options) -> dict[str, str]:
    return {
        **reader(options),
        "properties.isolation.level": "read_committed",
        "scan.startup.mode": "earliest-offset",
        "scan.watermark.idle-timeout": "500 ms",
        "scan.parallelism": "1",
    }


def reader(options: Options) -> dict[str, str]:
    """How every source reaches the broker."""
    return {
        **broker(options),
        "properties.group.id": options.identity,
        "properties.fetch.max.wait.ms": "5",  # the broker does not wait to collect more records
    }


def keyed_in_java(rows: DataStream) -> KeyedStream:
    """Key the stream as `key_by` does, without its extra Python map."""
    key_type = Types.ROW([Types.STRING()]).get_java_type_info()
    by_first_field = get_gateway().jvm.KeyByKeySelector()
    return KeyedStream(rows._j_data_stream.keyBy(by_first_field, key_type), BYTES, rows)
