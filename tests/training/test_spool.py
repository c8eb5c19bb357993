"""Kafka's records come back in order of time, and each partition's in its own order."""

from typing import NamedTuple

from training.spool import Spool


class Consumed(NamedTuple):
    partition: int
    timestamp: int
    key: bytes | None
    value: bytes | None


def test_records_of_all_partitions_are_merged_by_time_without_heartbeats() -> None:
    spool = Spool()
    spool.add([Consumed(0, 10, b"ada", b"one"), Consumed(0, 12, b"", b""), Consumed(0, 30, b"ada", b"three")])
    spool.add([Consumed(1, 20, b"ben", b"two"), Consumed(1, 40, b"ben", None)])
    assert spool.read().events == 4
    for _ in range(2):  # again and again
        assert [record[:3] for record in spool.read().records] == [
            (10, b"ada", b"one"),
            (20, b"ben", b"two"),
            (30, b"ada", b"three"),
            (40, b"ben", b""),
        ]


def test_a_partition_keeps_its_order_even_where_timestamps_go_back() -> None:
    spool = Spool()
    spool.add([Consumed(0, 10, b"ada", b"a"), Consumed(0, 5, b"ada", b"b"), Consumed(1, 7, b"ben", b"c")])
    assert [(record.at, record.value) for record in spool.read().records] == [(7, b"c"), (10, b"a"), (5, b"b")]
