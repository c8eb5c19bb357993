"""A batch is as many events as it holds, each of its own person."""

import json
from typing import Any

import pytest

from tests.codecs.builders import ABSENT, NOON, added, all_of, with_properties
from udfs.codecs.decode import decode
from udfs.codecs.reasons import RejectionReason as R
from udfs.core.records import Rejection


def batch(*messages: Any, **envelope: Any) -> dict[str, Any]:
    return {"batch": list(messages), **envelope}


def test_each_message_is_an_event_in_its_place() -> None:
    events, rejections = all_of(batch(added(messageId="1"), added(messageId="2", event="Order Completed", properties={"order_id": "o"})))
    assert [(each.message_id, each.name) for each in events] == [("1", "product_added"), ("2", "order_completed")]
    assert rejections == []


def test_a_bare_list_is_a_batch_too() -> None:
    events, _ = all_of(json.dumps([added(messageId="1"), added(messageId="2")]).encode())
    assert [each.message_id for each in events] == ["1", "2"]


def test_what_the_envelope_says_holds_for_every_message_that_does_not_say_it() -> None:
    envelope = {"sentAt": "2024-03-01T09:00:00Z", "writeKey": "app", "context": {"timezone": "Europe/Berlin", "locale": "de"}}
    events, _ = all_of(batch(added(timestamp="2024-03-01T08:58:00Z"), added(messageId="2", writeKey="own", context={"locale": "fr"}), **envelope))
    assert [(each.source, each.context["locale"], each.context["timezone"]) for each in events] == [
        ("app", "de", "Europe/Berlin"),
        ("own", "fr", "Europe/Berlin"),
    ]
    assert events[0].at == NOON - 120_000


def test_messages_of_others_than_the_key_are_refused_and_those_of_the_key_are_taken() -> None:
    events, rejections = all_of(batch(added(messageId="1"), added(messageId="2", userId="bob"), added(messageId="3")))
    assert [each.message_id for each in events] == ["1", "3"]
    assert [(each.reason, each.field, each.accepted) for each in rejections] == [(R.KEY_MISMATCH, "key", False)]
    assert json.loads(rejections[0].original)["messageId"] == "2"


def test_a_batch_without_a_key_is_refused_message_by_message_because_nothing_keeps_a_persons_events_in_order() -> None:
    events, rejections = all_of(batch(added(), added(userId="bob")), key=None)
    assert events == []
    assert [each.reason for each in rejections] == [R.MISSING_KEY, R.MISSING_KEY]
    assert "'bob'" in rejections[1].message


def test_what_is_wrong_with_one_is_no_fault_of_the_next() -> None:
    events, rejections = all_of(batch(7, added(event=ABSENT), with_properties(price="x"), added(messageId="4")))
    assert [each.message_id for each in events] == ["m-1", "4"]
    assert [(each.reason, each.accepted) for each in rejections] == [
        (R.MALFORMED, False),
        (R.MISSING_FIELD, False),
        (R.BAD_PROPERTY, True),
    ]


def test_a_message_without_an_id_has_the_same_one_in_another_batch() -> None:
    plain = added(messageId=ABSENT)
    first, _ = all_of(batch(plain, sentAt="2024-03-01T12:00:00Z"))
    again, _ = all_of(batch(added(), plain, sentAt="2024-03-01T12:00:30Z"))
    assert first[0].message_id == again[1].message_id


def test_a_batch_that_holds_what_no_encoder_takes_is_read_loosely() -> None:
    value = json.dumps(batch(added(), with_properties(price=float("nan")))).encode()
    events, rejections = all_of(value)
    assert len(events) == 2
    assert [(each.reason, each.accepted) for each in rejections] == [(R.NOT_FINITE, True)]


@pytest.mark.parametrize("nested", [batch(batch(added())), batch([added()])])
def test_a_batch_within_a_batch_is_refused(nested: dict[str, Any]) -> None:
    events, rejections = all_of(nested)
    assert (events, [each.accepted for each in rejections]) == ([], [False])


def test_where_one_event_is_due_a_batch_of_several_is_refused() -> None:
    refused = decode(b"ada", json.dumps(batch(added(), added(messageId="2"))).encode(), NOON)
    assert isinstance(refused, Rejection)
    assert (refused.reason, "2 events" in refused.message) == (R.BATCH, True)


@pytest.mark.parametrize("messages", [[added(), added(messageId="2")], added(), []])
def test_a_batch_that_is_json_in_a_text_holds_the_same_messages(messages: Any) -> None:
    def told(found: Any) -> Any:
        events, rejections = all_of({"batch": found, "writeKey": "app"})
        return events, [(each.reason, each.field) for each in rejections]

    assert told(json.dumps(messages)) == told(messages)


@pytest.mark.parametrize("batch", ["", "nothing", '"x"', "7", 7, True, '["x"'])
def test_a_batch_that_is_no_list_is_refused_as_what_it_is(batch: Any) -> None:
    events, (rejection,) = all_of({"batch": batch})
    assert (events, rejection.reason, rejection.field) == ([], R.BATCH, "batch")
    assert "must be a list of messages" in rejection.message
