"""Whatever is wrong with a record is refused with its reason, the field as the sender spells it, and a way to fix it."""

import json
from typing import Any

import pytest

from tests.codecs.builders import ABSENT, NOON, added, rejection, with_properties
from udfs.codecs.decode import decode
from udfs.codecs.reasons import RejectionReason as R
from udfs.core.records import Rejection

PAYLOADS: dict[str, tuple[dict[str, Any], R, str | None, str]] = {
    "no message id": (added(messageId=ABSENT), R.MISSING_FIELD, "messageId", "UUID"),
    "an empty message id": (added(messageId=""), R.MISSING_FIELD, "messageId", "UUID"),
    "a message id that is null": (added(messageId=None), R.MISSING_FIELD, "messageId", "UUID"),
    "a message id that is a number": (added(messageId=7), R.WRONG_TYPE, "messageId", "must be text, got a whole number"),
    "a message id of 257 characters": (added(messageId="m" * 257), R.TOO_LONG, "messageId", "256 at most"),
    "nobody": (added(userId=ABSENT), R.MISSING_FIELD, "userId", "anonymous id"),
    "a user id of spaces": (added(userId="  "), R.MISSING_FIELD, "userId", "anonymous id"),
    "a user id that is a truth": (added(userId=True), R.WRONG_TYPE, "userId", "must be a whole number or text"),
    "a user id that is an object": (added(userId={"id": 1}), R.WRONG_TYPE, "userId", "got an object"),
    "a user id of 300 characters": (added(userId="u" * 300), R.TOO_LONG, "userId", "300 characters"),
    "an anonymous id of 300 characters": (added(anonymousId="u" * 300), R.TOO_LONG, "anonymousId", "300 characters"),
    "a key that is not the payload's id": (added(userId="bob"), R.KEY_MISMATCH, "key", "the key is 'ada', the payload's user_id 'bob'"),
    "the anonymous id as key though the user is known": (added(userId="bob", anonymousId="ada"), R.KEY_MISMATCH, "key", "'bob'"),
    "no type": (added(type=ABSENT), R.MISSING_FIELD, "type", "send one of alias, group"),
    "a type that is no call": (added(type="click"), R.UNKNOWN_TYPE, "type", "'click'"),
    "a track call without an event": (added(event=ABSENT), R.MISSING_FIELD, "event", "Product Added"),
    "an event without a letter": (added(event="!?"), R.MISSING_FIELD, "event", "in words"),
    "an event of 129 characters": (added(event="e" * 129), R.TOO_LONG, "event", "128 at most"),
    "an event that is a list": (added(event=["Product Added"]), R.WRONG_TYPE, "event", "must be text, got a list"),
    "a timestamp that is no time": (added(timestamp="yesterday"), R.BAD_TIMESTAMP, "timestamp", "ISO 8601"),
    "an empty timestamp": (added(timestamp=""), R.BAD_TIMESTAMP, "timestamp", "ISO 8601"),
    "a timestamp before 1990": (added(timestamp="1970-01-01T00:00:00Z"), R.BAD_TIMESTAMP, "timestamp", "before 1990"),
    "a timestamp after 2100": (added(timestamp="2100-01-01T00:00:00Z"), R.BAD_TIMESTAMP, "timestamp", "after 2100"),
    "a timestamp in seconds": (added(timestamp=1709294400), R.BAD_TIMESTAMP, "timestamp", "looks like seconds"),
    "a timestamp that is an object": (added(timestamp={}), R.WRONG_TYPE, "timestamp", "got an object"),
    "a timestamp that is a truth": (added(timestamp=True), R.WRONG_TYPE, "timestamp", "got true or false"),
    "a broken sentAt where there is no timestamp": (added(timestamp=ABSENT, sentAt="now"), R.BAD_TIMESTAMP, "sentAt", "ISO 8601"),
    "properties that are a list": (added(properties=[]), R.WRONG_TYPE, "properties", "must be an object, got a list"),
    "properties that are text": (added(properties="price=1"), R.WRONG_TYPE, "properties", "must be an object, got text"),
    "traits that are a number": (added(traits=1), R.WRONG_TYPE, "traits", "must be an object"),
    "context that is a list": (added(context=[1]), R.WRONG_TYPE, "context", "must be an object"),
    "traits in the context that are text": (added(context={"traits": "x"}), R.WRONG_TYPE, "context.traits", "must be an object"),
    "a product added without a product": (with_properties(product_id=ABSENT), R.MISSING_PROPERTY, "properties.product_id", "requires product_id"),
    "a product id that is null": (with_properties(product_id=None), R.MISSING_PROPERTY, "properties.product_id", "requires product_id"),
    "an empty product id": (with_properties(product_id=""), R.BAD_PROPERTY, "properties.product_id", "not empty"),
    "a product id that is a list": (with_properties(product_id=["tent"]), R.BAD_PROPERTY, "properties.product_id", "['tent']"),
    "a price in words": (with_properties(price="cheap"), R.BAD_PROPERTY, "properties.price", "must be a number"),
    "a price with its currency": (with_properties(price="$20"), R.BAD_PROPERTY, "properties.price", "without currency sign"),
    "a price with a decimal comma": (with_properties(price="19,99"), R.BAD_PROPERTY, "properties.price", "must be a number"),
    "a price below nothing": (with_properties(price=-1), R.BAD_PROPERTY, "properties.price", "0 or more"),
    "a price that is a truth": (with_properties(price=True), R.BAD_PROPERTY, "properties.price", "must be a number"),
    "a price that is an object": (with_properties(price={"amount": 1}), R.BAD_PROPERTY, "properties.price", "must be a number"),
    "a price spelled NaN": (with_properties(price="NaN"), R.NOT_FINITE, "properties.price", "finite"),
    "a price that is NaN": (with_properties(price=float("nan")), R.NOT_FINITE, "properties.price", "finite"),
    "a price that is infinite": (with_properties(price=float("-inf")), R.NOT_FINITE, "properties.price", "finite"),
    "a price beyond all prices": (with_properties(price=1e300), R.BAD_PROPERTY, "properties.price", "1e15"),
    "NaN in a property nobody knows": (with_properties(depth={"m": [1.0, float("nan")]}), R.NOT_FINITE, "properties.depth.m[1]", "finite"),
    "a whole number beyond 64 bits": (with_properties(gtin=10**30), R.BAD_PROPERTY, "properties.gtin", "64 bits"),
    "a quantity of none": (with_properties(quantity=0), R.BAD_PROPERTY, "properties.quantity", "1 or more"),
    "half a quantity": (with_properties(quantity=0.5), R.BAD_PROPERTY, "properties.quantity", "whole number"),
    "products that are an object": (with_properties(products={}), R.BAD_PROPERTY, "properties.products", "list of objects"),
    "products that are ids": (with_properties(products=["tent"]), R.BAD_PROPERTY, "properties.products", "list of objects"),
    "a wrong price inside products": (with_properties(products=[{}, {"price": "x"}]), R.BAD_PROPERTY, "properties.products[1].price", "a number"),
    "an order without its id": (added(event="Order Completed", properties={"total": 1}), R.MISSING_PROPERTY, "properties.order_id", "order_id"),
    "a search for nothing": (added(event="Products Searched", properties={}), R.MISSING_PROPERTY, "properties.query", "query"),
    "a message opened without its decision": (added(event="message_opened"), R.MISSING_PROPERTY, "properties.decision_id", "decision_id"),
    "a group call without the group": (added(type="group"), R.MISSING_FIELD, "groupId", "organisation"),
    "an alias call without the other id": (added(type="alias"), R.MISSING_FIELD, "previousId", "same person"),
    "an envelope of several messages": ({"batch": [added()], "sentAt": "2024-03-01T12:00:00Z"}, R.BATCH, "batch", "a record of its own"),
}

BYTES: dict[str, tuple[bytes, R, str]] = {
    "no bytes": (b"", R.EMPTY, "without a value"),
    "text": (b"hello", R.UNKNOWN_FORMAT, "68 65 6c 6c"),
    "a list of events": (b"[{}]", R.UNKNOWN_FORMAT, "JSON object"),
    "a byte order mark": (b"\xef\xbb\xbf{}", R.UNKNOWN_FORMAT, "ef bb bf"),
    "the confluent wire format": (b"\x00\x00\x00\x00\x01{}", R.UNKNOWN_FORMAT, "single-object"),
    "JSON cut short": (json.dumps(added()).encode()[:-9], R.MALFORMED, "complete"),
    "two JSON objects": (b'{"a": 1}{"b": 2}', R.MALFORMED, "one JSON object"),
    "JSON that is not UTF-8": (json.dumps(added(userId="ada")).encode().replace(b"ada", b"\xff\xfe"), R.NOT_UTF8, "UTF-8"),
    "JSON that is not UTF-8 where nobody looks": (json.dumps(added(extra="HERE")).encode().replace(b"HERE", b"\xff"), R.NOT_UTF8, "UTF-8"),
    "JSON without end of depth": (b'{"properties":' * 5000, R.TOO_DEEP, "flat"),
    "JSON deeper than sense": (json.dumps(added()).encode().replace(b"120.0", b"[" * 40 + b"]" * 40), R.TOO_DEEP, "32"),
    "a number beyond a double": (json.dumps(added()).encode().replace(b"120.0", b"1e999"), R.NOT_FINITE, "properties.price"),
}


@pytest.mark.parametrize("case", PAYLOADS)
def test_a_payload_is_refused_for(case: str) -> None:
    payload, reason, field, words = PAYLOADS[case]
    refused = rejection(payload, key=(b"u" * 300 if "300" in case else b"ada"))
    assert (refused.reason, refused.field) == (reason, field)
    assert words in refused.message
    assert refused.original == json.dumps(payload).encode()
    assert (refused.key is not None, refused.at) == (True, NOON)


@pytest.mark.parametrize("case", BYTES)
def test_bytes_are_refused_for(case: str) -> None:
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


def test_every_reason_is_given_by_a_test_here_or_belongs_to_someone_else() -> None:
    given = {case[1] for case in PAYLOADS.values()} | {case[1] for case in BYTES.values()} | {R.MISSING_KEY, R.TOO_LARGE}
    assert set(R) - given == {R.UNKNOWN_SCHEMA, R.BAD_CONTROL, R.BAD_MODEL, R.ENGINE_ERROR, R.UNSENDABLE}
