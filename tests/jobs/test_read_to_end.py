"""Topics are read to the ends that they had at the beginning, whatever is written meanwhile."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from jobs.read_to_end import read_to_end


class Record(NamedTuple):
    partition: str
    offset: int


class Reader:
    """A consumer of partitions whose records have these offsets; each poll returns up to two of each, and time passes with it."""

    def __init__(self, logs: Mapping[str, list[int]], ends: Mapping[str, int], grows: Mapping[str, list[int]] | None = None) -> None:
        self.logs = {name: list(offsets) for name, offsets in logs.items()}
        self.ends, self.grows = dict(ends), grows or {}
        self.places = dict.fromkeys(logs, 0)
        self.polls = 0

    def assignment(self) -> set[str]:
        return set(self.logs)

    def end_offsets(self, places: list[str]) -> dict[str, int]:
        return {place: self.ends[place] for place in places}

    def position(self, place: str) -> int:
        return self.places[place]

    def poll(self, *, timeout_ms: int) -> dict[str, list[Record]]:
        self.polls += 1
        assert self.polls < 100, "it never ends"
        found = {}
        for name, log in self.logs.items():
            batch = [offset for offset in log if offset >= self.places[name]][:2]
            log.extend(self.grows.get(name, []) if self.polls == 1 else [])
            # A poll that finds nothing moves past what holds no records: markers of transactions, compacted ones.
            self.places[name] = batch[-1] + 1 if batch else max(self.places[name], self.ends[name])
            if batch:
                found[name] = [Record(name, offset) for offset in batch]
        return found


def read(reader: Any) -> list[tuple[str, int]]:
    return [(record.partition, record.offset) for records in read_to_end(reader) for record in records]


def test_every_record_is_read_once_and_in_the_order_of_its_partition() -> None:
    found = read(Reader({"a": [0, 1, 2, 3, 4], "b": [0]}, {"a": 5, "b": 1}))
    assert [offset for place, offset in found if place == "a"] == [0, 1, 2, 3, 4]
    assert [offset for place, offset in found if place == "b"] == [0]


def test_what_is_written_meanwhile_is_left_out_even_in_a_partition_that_is_read_already() -> None:
    reader = Reader({"a": [0, 1], "b": [0, 1, 2, 3, 4, 5, 6]}, {"a": 2, "b": 7}, grows={"a": [2, 3], "b": [7, 8]})
    found = read(reader)
    assert max(offset for place, offset in found if place == "a") == 1
    assert max(offset for place, offset in found if place == "b") == 6


def test_gaps_and_markers_at_the_end_do_not_keep_it_waiting() -> None:
    assert read(Reader({"a": [3, 7]}, {"a": 12})) == [("a", 3), ("a", 7)]


def test_a_batch_that_goes_beyond_the_end_is_cut() -> None:
    assert read(Reader({"a": [0, 1, 2, 3]}, {"a": 3})) == [("a", 0), ("a", 1), ("a", 2)]


def test_empty_topics_are_not_polled() -> None:
    reader = Reader({"a": [], "b": []}, {"a": 0, "b": 0})
    assert read(reader) == []
    assert reader.polls == 0


def test_it_begins_where_the_reader_stands() -> None:
    reader = Reader({"a": [0, 1, 2, 3]}, {"a": 4})
    reader.places["a"] = 2
    assert read(reader) == [("a", 2), ("a", 3)]
