"""Any bytes at all: an event or a rejection comes out, never an exception, and what comes out can be written."""

import json

import msgspec
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.codecs.builders import NOON, added
from tests.codecs.test_avro import EVENT
from udfs.codecs.avro import MARKER, avro_encode, event_schemas
from udfs.codecs.decode import decode, decode_all
from udfs.codecs.encode import encode
from udfs.codecs.fitting import MAX_OUTPUT
from udfs.codecs.reasons import RejectionReason
from udfs.codecs.topics import Topics
from udfs.core.records import Event, Rejection

KEYS = st.one_of(st.none(), st.binary(max_size=8), st.just(b"ada"))
AVRO = avro_encode(EVENT)
JSON = json.dumps(added(context={"traits": {"city": "Ulm"}}, traits={"a": [1]})).encode()
ANYTHING = st.recursive(
    st.one_of(
        st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=20), st.sampled_from(["track", "ada", "Product Added", "2024-03-01"])
    ),
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(st.text(max_size=6), inner, max_size=4)),
    max_leaves=12,
)
FIELDS = st.sampled_from(
    [
        "messageId",
        "type",
        "event",
        "name",
        "userId",
        "anonymousId",
        "groupId",
        "previousId",
        "timestamp",
        "originalTimestamp",
        "sentAt",
        "receivedAt",
        "writeKey",
        "batch",
        "message_id",
        "user_id",
        "properties",
        "products",
        "traits",
        "context",
    ]
)


def holds(key: bytes | None, value: bytes | None, at: int = NOON) -> None:
    found = decode_all(key, value, at)
    events = [each for each in found if isinstance(each, Event)]
    rejections = [each for each in found if isinstance(each, Rejection)]
    assert events or any(not each.accepted for each in rejections)
    for read in events:
        assert key == read.user_id.encode()
        assert read.message_id
        assert read.name
        assert at > NOON or 631_152_000_000 <= read.at <= NOON + 300_000
        assert msgspec.json.decode(msgspec.json.encode(read))["user_id"] == read.user_id, "no encoder takes it"
    for each in rejections:
        assert each.reason in set(RejectionReason) - {RejectionReason.ENGINE_ERROR}, each.message
        assert each.message
        topic, _, written = encode(each, decided_at=NOON, topics=Topics())
        assert topic == "rejected"
        assert len(written) <= MAX_OUTPUT
        document = json.loads(written)
        assert document["length"] == len(each.original)
        assert document["accepted"] is each.accepted


@given(KEYS, st.one_of(st.none(), st.binary(max_size=400)))
@example(b"", b"heartbeat")
def test_any_bytes(key: bytes | None, value: bytes | None) -> None:
    holds(key, value)


@given(KEYS, st.binary(max_size=400), st.booleans())
def test_any_bytes_behind_a_header_that_is_right(key: bytes | None, body: bytes, old: bool) -> None:  # noqa: FBT001
    marks = sorted(event_schemas().writers)
    holds(key, MARKER + marks[0 if old else -1] + body)


@pytest.mark.slow
@given(st.data())
@settings(max_examples=300)
def test_a_right_event_with_a_few_bytes_changed(data: st.DataObject) -> None:
    value = bytearray(data.draw(st.sampled_from([AVRO, JSON])))
    for _ in range(data.draw(st.integers(1, 4))):
        place = data.draw(st.integers(0, len(value) - 1))
        value[place : place + data.draw(st.integers(0, 2))] = data.draw(st.binary(max_size=3))
    holds(b"ada", bytes(value))


@pytest.mark.slow
@given(st.dictionaries(FIELDS, ANYTHING, max_size=5))
@settings(max_examples=300)
def test_a_right_event_with_any_fields_changed(fields: dict[str, object]) -> None:
    holds(b"ada", json.dumps(added(**fields)).encode("utf-8", "surrogatepass"))


@pytest.mark.slow
@given(st.dictionaries(st.sampled_from(["product_id", "price", "quantity", "products", "currency", "value", "x"]), ANYTHING, max_size=5))
def test_a_right_event_with_any_properties(properties: dict[str, object]) -> None:
    holds(b"ada", json.dumps(added(properties=properties)).encode())


@pytest.mark.slow
@given(st.lists(st.dictionaries(FIELDS, ANYTHING, max_size=4), max_size=4), st.dictionaries(FIELDS, ANYTHING, max_size=2), st.booleans())
def test_any_batch(messages: list[dict[str, object]], envelope: dict[str, object], bare: bool) -> None:  # noqa: FBT001
    batch = [added(**message) for message in messages]
    holds(b"ada", json.dumps(batch if bare else {**envelope, "batch": batch}).encode("utf-8", "surrogatepass"))


@pytest.mark.slow
@given(
    st.sampled_from(["consent", "consentManagement", "timezone", "traits"]),
    ANYTHING,
    st.dictionaries(st.sampled_from(["email_reachable", "smsReachable", "timezone", "birthday", "firstName"]), ANYTHING),
)
def test_any_context_and_traits(field: str, value: object, traits: dict[str, object]) -> None:
    holds(b"ada", json.dumps(added(context={field: value}, traits=traits)).encode("utf-8", "surrogatepass"))


@given(st.integers(-(2**63), 2**63 - 1))
def test_any_time_of_the_record(at: int) -> None:
    read = decode(b"ada", JSON, at)
    assert isinstance(read, Event)
