"""What one id hands over to another comes out as it went in, or is refused with a reason."""

import json
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from udfs.codecs.encode import encode
from udfs.codecs.handover import taken
from udfs.codecs.stamped import Stamp, opened, stamped
from udfs.codecs.topics import Topics
from udfs.core.personal_data import Handover

handovers = st.builds(
    Handover,
    user_id=st.text(min_size=1, max_size=40),
    from_id=st.text(min_size=1, max_size=40),
    content=st.sampled_from(["history", "record"]),
    at=st.integers(0, 2**50),
    body=st.binary(max_size=500),
    merge_id=st.none() | st.text(max_size=40),
    own_key=st.none() | st.text(max_size=40),
    merged=st.lists(st.text(max_size=9), max_size=3),
    via=st.none() | st.text(max_size=40),
    late=st.booleans(),
    hops=st.integers(0, 9),
)


@given(handovers)
def test_what_is_handed_over_arrives(record: Handover) -> None:
    topic, key, value = encode(record, decided_at=7, topics=Topics())
    assert (topic, key.decode()) == ("identity", record.user_id)
    assert taken(value) == record
    assert json.loads(value)["written_at"] == 7


@given(st.binary(max_size=60))
def test_anything_else_is_refused_with_a_reason(value: bytes) -> None:
    with pytest.raises(ValueError, match="no record of the topic of identity"):
        taken(value)


def test_a_body_that_is_not_packed_is_refused() -> None:
    record = Handover(user_id="kim", from_id="web-1", content="history", at=1, body=b"x")
    told = json.loads(encode(record, decided_at=0, topics=Topics())[2])
    for body in ("", "%%%", "eA=="):
        with pytest.raises(ValueError, match="no record of the topic of identity"):
            taken(json.dumps({**told, "body": body}).encode())


def test_what_does_not_fit_is_reported_and_not_cut() -> None:
    record = Handover(user_id="kim", from_id="web-1", content="record", at=1, body=Random(1).randbytes(800_000))
    topic, _, value = encode(record, decided_at=0, topics=Topics())
    assert (topic, json.loads(value)["reason"]) == ("rejected", "UNSENDABLE")
    assert "800,000 bytes" in json.loads(value)["message"]


def test_the_profile_in_it_is_not_shown() -> None:
    record = Handover(user_id="kim@example.com", from_id="web-1", content="history", at=1, body=b"ann@example.com")
    assert "example.com" not in repr(record)


@given(st.builds(Stamp, own=st.none() | st.text(max_size=40), merge=st.none() | st.text(max_size=40)), st.binary(max_size=200))
def test_a_header_and_the_record_behind_it_are_told_apart(stamp: Stamp, value: bytes) -> None:
    assert opened(stamped(stamp, value)) == (stamp, value)


@given(st.binary(max_size=60))
def test_what_has_no_header_is_an_error_of_its_own(value: bytes) -> None:
    for spoilt in (value.replace(b"\n", b""), b"x" + value + b"\n"):
        with pytest.raises(ValueError, match=r"."):
            opened(b"\x01" + spoilt)
