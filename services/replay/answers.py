"""A count of the decisions in a part of the topic `decisions`."""

from collections import Counter
from collections.abc import Mapping

import msgspec

from jobs.read_to_end import read_to_end
from services.kafka.client import consumer, end_offsets

MAX_RECORDS = 300_000
"""The maximum number of records that are read for a summary."""


class _Answer(msgspec.Struct, gc=False):
    campaign: str
    outcome: str


def answers(brokers: str, topic: str, *, since: Mapping[int, int]) -> Counter[tuple[str, str]] | None:
    """The number of decisions after these offsets, by campaign and outcome; None if there are too many to count quickly."""
    ends = end_offsets(brokers, topic)
    if sum(end - since.get(partition, 0) for partition, end in ends.items()) > MAX_RECORDS:
        return None
    decode = msgspec.json.Decoder(_Answer).decode
    found: Counter[tuple[str, str]] = Counter()
    reader = consumer(brokers, [topic])
    try:
        for place in reader.assignment():
            reader.seek(place, since.get(place.partition, 0))
        for records in read_to_end(reader):
            for record in records:
                try:
                    answer = decode(record.value or b"")
                except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
                    continue  # no decision: anybody can write to a topic
                found[answer.campaign, answer.outcome] += 1
    finally:
        reader.close()
    return found
