"""Refused records are sent again as they were: whole, once, with the right key, and only if they would be taken now."""

import json
from typing import Any

import msgspec
import pytest
from click.testing import CliRunner

from cli.main import kairos
from jobs.read_to_end import read_to_end
from services.kafka.client import Topic, consumer, ensure_topics, producer
from services.replay.rejected import Refused
from udfs.codecs.decode import MAX_BYTES, decode_all
from udfs.codecs.encode import encode_all
from udfs.codecs.rejected import MAX_ORIGINAL, MAX_SAMPLE
from udfs.codecs.topics import Topics
from udfs.core.records import Rejection

NOW = 1_767_607_200_000


def event(**fields: Any) -> bytes:
    return json.dumps({"messageId": "m1", "type": "page", "userId": "ann", "timestamp": NOW, **fields}).encode()


def written(key: bytes | None, value: bytes, *, at: int = NOW, **changes: Any) -> list[bytes]:
    """What the job writes to `rejected` about a record."""
    refused = [each for each in decode_all(key, value, at) if isinstance(each, Rejection)]
    return [value for _, _, value in encode_all([msgspec.structs.replace(each, **changes) for each in refused], decided_at=NOW, topics=Topics())]


def test_a_record_with_a_wrong_key_or_none_is_sent_with_its_own() -> None:
    lines = written(b"bob", event()) + written(None, event(messageId="m2"))
    again = list(Refused().again(lines, now=NOW + 1))
    assert [(each.key, each.value, each.at) for each in again] == [(b"ann", event(), NOW + 1), (b"ann", event(messageId="m2"), NOW + 1)]


def test_what_would_be_refused_again_is_left_and_counted_unless_forced() -> None:
    lines = written(b"ann", b"{") + written(b"ann", event(userId="guest"))
    refused = Refused()
    assert list(refused.again(lines, now=NOW)) == []
    assert sum(refused.left.values()) == 2
    assert all(why.startswith("would be refused again: ") for why in refused.left)
    assert next(Refused(force=True).again(lines, now=NOW)).value == b"{"


def test_what_was_accepted_is_not_sent_again() -> None:
    value = event(event="Product Added", type="track", properties={"product_id": "tent", "price": "a lot"})
    lines = written(b"ann", value)
    assert lines
    refused = Refused()
    assert list(refused.again(lines, now=NOW)) == []
    assert not refused.left


def test_each_goes_out_once() -> None:
    refused = Refused()
    assert len(list(refused.again(written(b"bob", event()) * 3, now=NOW))) == 1
    assert refused.left == {"the same as another one": 2}


def test_by_reason_and_by_time() -> None:
    lines = written(b"bob", event(), at=NOW) + written(None, event(messageId="m2"), at=NOW + 10)
    assert [each.value for each in Refused(reasons=frozenset({"MISSING_KEY"})).again(lines, now=NOW)] == [event(messageId="m2")]
    assert [each.value for each in Refused(since=NOW + 1).again(lines, now=NOW)] == [event(messageId="m2")]


@pytest.mark.parametrize("size", [MAX_SAMPLE + 1, MAX_ORIGINAL - 200])
def test_a_large_original_is_kept_whole(size: int) -> None:
    value = event(properties={"text": "x" * size})
    (line,) = written(b"bob", value)
    assert len(line) < 1_000_000
    assert [each.value for each in Refused().again([line], now=NOW)] == [value]


def test_of_the_very_largest_only_the_beginning_is_kept_and_told() -> None:
    refused = Refused()
    lines = written(b"bob", event(properties={"text": "x" * (MAX_BYTES - 500)}))
    assert list(refused.again(lines, now=NOW)) == []
    assert refused.left == {"only its beginning was kept": 1}


def test_rejections_of_control_and_rubbish_on_the_topic_are_left() -> None:
    refused = Refused()
    lines = [*written(b"bob", event(), at=NOW, original=b"", reason="BAD_MODEL"), b"rubbish", b'{"accepted": false}']
    assert list(refused.again(lines, now=NOW)) == []
    assert sum(refused.left.values()) == 3


@pytest.mark.cluster
def test_the_command_sends_what_was_refused(brokers: str, control: str) -> None:
    refused, events = f"{control}.rejected", f"{control}.events"
    ensure_topics(brokers, [Topic(name=refused, partitions=2), Topic(name=events, partitions=1)])
    sender = producer(brokers)
    for line in written(b"bob", event()) + written(b"ann", b"{"):
        sender.send(refused, value=line).get(timeout=10)
    sender.close()

    def run(*more: str) -> str:
        words = ["rejected", "replay", "--brokers", brokers, "--rejected-topic", refused, "--events-topic", events, *more]
        return CliRunner().invoke(kairos, words, catch_exceptions=False).output

    assert "1 record would be sent" in run("--dry-run")
    assert "1 record sent" in run("--reason", "KEY_MISMATCH")
    assert "1 left: would be refused again: " in run("--dry-run")
    reader = consumer(brokers, [events])
    try:
        assert [(record.key, record.value) for records in read_to_end(reader) for record in records] == [(b"ann", event())]
    finally:
        reader.close()
