"""What somebody is not interested in is heard in each form that the page names, from the bytes of the record to the message that is not sent."""

import json
from typing import Any

import pytest

from services.local.job import LocalJob
from services.replay.records import Record
from tests.builders import HOUR, MONDAY, book, mail
from tests.codecs.builders import added, event
from udfs.codecs.avro import avro_encode
from udfs.codecs.decode import decode_all
from udfs.core.profile.interests import SPOKEN
from udfs.core.records import Action, Event, Rejection

T = MONDAY + 10 * HOUR
NEWS = mail(tags=["sale"], variants={"mail": {"channel": "email", "content": {"body": "{{ event.product_id }} {{ event.category }}"}}})


def told(at: int, name: str, properties: dict[str, Any]) -> Record:
    said = added(event=name, messageId=f"m{at}", userId="kim", timestamp=at, properties=properties)
    return Record(at, b"kim", json.dumps(said).encode())


def sent(*said: tuple[str, dict[str, Any]]) -> int:
    """How many messages go out about a tent after these words."""
    job = LocalJob(book(NEWS, {"consent": {"default": {"marketing": "grant"}}}))
    records = [told(T + at, name, properties) for at, (name, properties) in enumerate(said)]
    records.append(told(T + HOUR, "Go", {"product_id": "12", "category": "Tents"}))
    return sum(isinstance(each, Action) for record in records for each in job.take(record))


def test_without_a_word_it_is_sent() -> None:
    assert sent() == 1


WAYS: list[dict[str, Any]] = [
    {"about": "topic", "value": "sale"},
    {"about": "Topic ", "value": ["trips", "SALE"]},
    {"about": "tag", "value": "sale"},
    {"about": "campaign", "value": "news"},
    {"about": "category", "value": "tents"},
    {"about": "product", "value": "12"},
    {"about": "product", "value": 12},
    {"about": "product_id", "value": 12.0},
    {"about": "productId", "value": ["11", 12]},
    {"about": "product", "value": '["11", "12"]'},
    {"about": {}, "topic": "sale"},
    {"topic": "sale", "value": "free"},
    {"topic": "sale", "about": None},
    {"product_id": ["11", "12"]},
    {"productId": [{}, 12]},
    {"product_id": 12.0},
    {"About": "topic", "Value": "sale"},
    {"Topic": "sale"},
]


@pytest.mark.parametrize("way", WAYS)
def test_what_is_not_wanted_is_not_sent_and_is_wanted_again_in_the_same_words(way: dict[str, Any]) -> None:
    assert sent(("Not Interested", way)) == 0
    assert sent(("Not Interested", way), ("Interested", way)) == 1


@pytest.mark.parametrize(
    "topics", [{"sale": False}, {"Sale": "false"}, {"sale": 0}, {"sale": "no"}, {"sale": None}, {"sale": {}}, '{"sale": false}', "x", ["sale"], 5]
)
def test_a_preference_that_cannot_be_read_declines(topics: Any) -> None:
    assert sent(("Preferences Set", {"topics": topics})) == 0


@pytest.mark.parametrize("topics", [{"sale": True}, {"sale": "yes"}, {"sale": 1}, {}, None, "", [], {"trips": {}}])
def test_a_preference_that_declines_nothing_of_it_lets_it_through(topics: Any) -> None:
    assert sent(("Preferences Set", {"topics": topics})) == 1


@pytest.mark.parametrize(
    ("name", "properties", "field"),
    [
        ("Not Interested", {"about": "weather", "value": "rain"}, "properties.about"),
        ("Not Interested", {"product_id": [{}, "11"]}, "properties.product_id"),
        ("Preferences Set", {"topics": "x"}, "properties.topics"),
        ("Preferences Set", {"topics": {"sale": {}}}, "properties.topics.sale"),
        ("Preferences Set", {"topics": {"sale": {}} | {str(number): "x" for number in range(1_000)}}, "properties.topics.sale"),
        ("Not Interested", {"product_id": [{}] * 1_000}, "properties.product_id"),
    ],
)
def test_what_cannot_be_read_is_reported_once_however_much_it_is(name: str, properties: dict[str, Any], field: str) -> None:
    record = told(T, name, properties)
    found = [each for each in decode_all(record.key, record.value, record.at) if isinstance(each, Rejection)]
    assert [(each.reason, each.field, each.accepted) for each in found] == [("BAD_PROPERTY", field, True)]


@pytest.mark.parametrize("name", sorted(SPOKEN))
def test_avro_says_the_same(name: str) -> None:
    said = {"about": "topic", "value": "sale"} if name != "preferences_set" else {"topics": '{"sale": false}'}
    value = avro_encode({"type": "track", "event": name, "message_id": "m1", "user_id": "kim", "timestamp": T, "properties": said})
    read = next(each for each in decode_all(b"kim", value, T) if isinstance(each, Event))
    assert read.properties.get("topic") == "sale" or read.properties["topics"] == {"sale": False}


def test_a_value_elsewhere_is_an_amount_as_before() -> None:
    assert event(added(properties={"product_id": "tent", "value": "19,99", "about": "x"})).properties["value"] == 19.99
