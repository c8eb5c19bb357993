"""The records of the topic of events, from a while ago up to its end as it is now."""

from collections.abc import Iterator

from services.kafka.client import consumer


def records(brokers: str, topic: str, *, last: int) -> Iterator[tuple[bytes | None, bytes | None, int]]:
    """At most the last so many records of each partition: key, value and time."""
    reader = consumer(brokers, [topic], check_crcs=False, max_poll_records=10_000)
    try:
        places = sorted(reader.assignment())
        starts, ends = reader.beginning_offsets(places), reader.end_offsets(places)
        for place in places:
            reader.seek(place, max(starts[place], ends[place] - last))
        while any(reader.position(place) < ends[place] for place in places):
            for place, polled in reader.poll(timeout_ms=200).items():
                for record in polled:
                    if record.offset < ends[place]:
                        yield record.key, record.value, record.timestamp
    finally:
        reader.close()
