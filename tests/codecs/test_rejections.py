"""Whatever is wrong with a record is refused with its reason, the field as the sender spells it, and a way to fix it."""

import json
from typing import Any

import pytest

from tests.codecs.builders import ABSENT, NOON, added, rejection, with_properties
from udfs.codecs.decode import decode
from udfs.codecs.reasons import RejectionReason as R
from udfs.core.records import Rejection

PAYLOADS: dict[str, tuple[dict[str, Any], R, str | None, str]] = {
    "nobody": (added(userId=ABSENT), R.MISSING_FIELD, "userId", "anonymous id"),
    "a user id of spaces": (added(userId="  "), R.MISSING_FIELD, "userId", "anonymous id"),
    "a user id that is a truth": (added(userId=True), R.WRONG_TYPE, "userId", "must be text or a whole number"),
    "a user id that is an object": (added(userId={"id": 1}), R.WRONG_TYPE, "userId", "got {'id': 1}"),
    "a user id of 300 characters": (added(userId="u" * 300), R.TOO_LONG, "userId", "300 characters"),
    "a key that is not the payload's id": (added(userId="bob"), R.KEY_MISMATCH, "key", "the key is 'ada', the payload's user_id 'bob'"),
    "the anonymous id as key though the user is known": (added(userId="bob", anonymousId="ada"), R.KEY_MISMATCH, "key", "'bob'"),
    "a track call without an event": (added(event=ABSENT), R.MISSING_FIELD, "event", "Product Added"),
    "an event without a letter": (added(event="!?"), R.MISSING_FIELD, "event", "in words"),
    "an event of 129 characters": (added(event="e" * 129), R.TOO_LONG, "event", "128 at most"),
    "an event that is a list": (added(event=["Product Added"]), R.WRONG_TYPE, "event", "must be text; got"),
    "no type, and nothing happened": (added(type=ABSENT, event=ABSENT), R.MISSING_FIELD, "type", "send one of alias, group"),
    "a type that is no call, and nothing happened": (added(type="click", event=ABSENT), R.UNKNOWN_TYPE, "type", "'click'"),
    "a user id that is a placeholder": (added(userId="null"), R.PLACEHOLDER_ID, "userId", "'null', which is nobody"),
    "an empty batch": ({"batch": []}, R.BATCH, "batch", "send 1 to"),
    "a batch that is text": ({"batch": "x"}, R.BATCH, "batch", "a list of messages"),
}

BYTES: dict[str, tuple[bytes, R, str]] = {
    "no bytes": (b"", R.EMPTY, "without a value"),
    "text": (b"hello", R.UNKNOWN_FORMAT, "starts with 'hello'"),
    "the confluent wire format, without a registry": (b"\x00\x00\x00\x00\x01{}", R.UNKNOWN_SCHEMA, "--schema-registry"),
    "JSON cut short": (json.dumps(added()).encode()[:-9], R.MALFORMED, "complete"),
    "a list cut short": (json.dumps([added()]).encode()[:-9], R.MALFORMED, "complete"),
    "two JSON objects": (b'{"a": 1}{"b": 2}', R.MALFORMED, "one JSON object"),
    "a user id that is not UTF-8": (json.dumps(added(userId="ada")).encode().replace(b"ada", b"\xff\xfe"), R.NOT_UTF8, "UTF-8"),
    "a name that is not UTF-8": (json.dumps(added()).encode().replace(b"Added", b"\xff\xfe"), R.NOT_UTF8, "UTF-8"),
    "JSON without end of depth": (b'{"properties":' * 5000, R.TOO_DEEP, "flat"),
}


@pytest.mark.parametrize("case", PAYLOADS)
def test_a_payload_is_refused_whole_for(case: str) -> None:
    payload, reason, field, words = PAYLOADS[case]
    refused = rejection(payload, key=(b"u" * 300 if "300" in case else b"ada"))
    assert (refused.reason, refused.field) == (reason, field)
    assert words in refused.message
    assert refused.original == json.dumps(payload).encode()
    assert (refused.key is not None, refused.at) == (True, NOON)


@pytest.mark.parametrize("case", BYTES)
def test_bytes_are_refused_whole_for(case: str) -> None:
    value, reason, words = BYTES[case]
    refused = rejection(value)
    assert refused.reason == reason
    assert words in refused.message
    assert refused.original == value


@pytest.mark.parametrize("key", [None, b""])
def test_a_record_without_a_key_is_refused(key: bytes | None) -> None:
    refused = rejection(added(), key=key)
    assert (refused.reason, refused.field) == (R.MISSING_KEY, "key")
    assert "'ada'" in refused.message


def test_a_key_that_is_not_utf_8_is_refused_and_shown_as_far_as_it_can_be() -> None:
    refused = rejection(added(), key=b"ad\xff")
    assert (refused.reason, refused.key) == (R.KEY_MISMATCH, "ad\N{REPLACEMENT CHARACTER}")


def test_a_tombstone_is_no_event() -> None:
    refused = decode(b"ada", None, NOON)
    assert isinstance(refused, Rejection)
    assert (refused.reason, refused.original) == (R.EMPTY, b"")


def test_an_event_of_five_megabytes_is_refused_unread() -> None:
    refused = rejection(with_properties(note="x" * 5_000_000))
    assert refused.reason == R.TOO_LARGE
    assert "1,048,576" in refused.message


def test_the_limit_is_the_last_size_that_is_taken() -> None:
    value = json.dumps(added()).encode()
    assert rejection(value, max_bytes=len(value) - 1).reason == R.TOO_LARGE
    assert not isinstance(decode(b"ada", value, NOON, max_bytes=len(value)), Rejection)


def test_a_record_without_any_time_is_refused() -> None:
    refused = rejection(added(timestamp=ABSENT), at=-1)
    assert (refused.reason, refused.field) == (R.BAD_TIMESTAMP, "timestamp")


def test_a_key_that_is_a_placeholder_is_told_what_it_should_be() -> None:
    refused = rejection(added(userId="null", anonymousId="web-1"), key=b"null")
    assert refused.reason == R.KEY_MISMATCH
    assert "'null', which is nobody" in refused.message
    assert "'web-1'" in refused.message


def test_every_reason_is_given_by_a_test_here_or_belongs_to_someone_else() -> None:
    given = {case[1] for case in PAYLOADS.values()} | {case[1] for case in BYTES.values()} | {R.MISSING_KEY, R.TOO_LARGE, R.BAD_TIMESTAMP}
    set_aside = {R.WRONG_TYPE, R.MISSING_PROPERTY, R.BAD_PROPERTY, R.NOT_FINITE}
    assert set(R) - given - set_aside == {
        R.SCHEMA_UNAVAILABLE,
        R.BAD_SCHEMA,
        R.BAD_CONTROL,
        R.BAD_MODEL,
        R.BAD_CATALOGUE,
        R.BAD_RECOMMENDER,
        R.ENGINE_ERROR,
        R.UNSENDABLE,
    }
