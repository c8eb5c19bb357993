"""Reading topics to their ends, the one place for it. It is here and not in services/kafka because the job reads `control` so at its start."""

from collections.abc import Iterator
from typing import Any

from kafka import KafkaConsumer

POLL_MS = 200


def read_to_end(reader: KafkaConsumer) -> Iterator[list[Any]]:
    """Yield the records of the assigned partitions from where the reader stands to the ends as they are now, in batches of one partition.

    Later records are left out. The order within a partition is kept. The reader stays open; afterwards it may stand behind those ends.
    """
    ends = reader.end_offsets(list(reader.assignment()))
    left = {place for place, end in ends.items() if reader.position(place) < end}
    while left:
        for place, records in reader.poll(timeout_ms=POLL_MS).items():
            if place in left:
                yield [record for record in records if record.offset < ends[place]]
        left = {place for place in left if reader.position(place) < ends[place]}
