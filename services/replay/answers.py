"""What the job decided over a stretch of the topic `decisions`."""

from collections import Counter
from collections.abc import Mapping

import msgspec

from services.kafka.client import consumer, end_offsets

MOST = 300_000
"""More records than these are not worth the reading for a summary."""


class _Answer(msgspec.Struct, gc=False):
    campaign: str
    outcome: str


def answers(brokers: str, topic: str, *, since: Mapping[int, int]) -> Counter[tuple[str, str]] | None:
    """How many decisions by campaign and outcome came after these offsets; None when there are too many to count in passing."""
    ends = end_offsets(brokers, topic)
    if sum(end - since.get(partition, 0) for partition, end in ends.items()) > MOST:
        return None
    decode = msgspec.json.Decoder(_Answer).decode
    found: Counter[tuple[str, str]] = Counter()
    reader = consumer(brokers, [topic])
    try:
        for place in reader.assignment():
            reader.seek(place, since.get(place.partition, 0))
        while any(reader.position(place) < ends[place.partition] for place in reader.assignment()):
            for records in reader.poll(timeout_ms=200).values():
                for record in records:
                    if record.offset < ends[record.partition]:
                        answer = decode(record.value)
                        found[answer.campaign, answer.outcome] += 1
    finally:
        reader.close()
    return found
