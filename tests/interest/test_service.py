"""The service between the topic of news and that of events: what it hands over, what not, and where it goes on."""

import json
from types import SimpleNamespace
from typing import Any

import msgspec
import pytest
from kafka import TopicPartition
from kafka.errors import KafkaTimeoutError

from services.interest import service as module
from services.interest.news import News
from services.interest.service import EXPIRED, HANDED, OUTDATED, UNREADABLE, WITHDRAWN, Pacing, Service, Topics
from services.items.changes import Change

NOW = 1_772_000_000_000
PLACE = TopicPartition("interest", 0)


class Topic:
    """A topic of one partition, its reader, and what was committed of it."""

    def __init__(self) -> None:
        self.held: list[tuple[bytes | None, bytes | None]] = []
        self.at, self.committed = 0, dict[TopicPartition, int]()

    def write(self, *many: News | Change | bytes) -> None:
        for each in many:
            key = each.id.encode() if isinstance(each, News) else b""
            self.held.append((key, each if isinstance(each, bytes) else msgspec.json.encode(each)))

    def poll(self, *, timeout_ms: int, max_records: int) -> dict[TopicPartition, list[Any]]:
        found = self.held[self.at : self.at + max_records]
        begin, self.at = self.at, self.at + len(found)
        return {PLACE: [SimpleNamespace(offset=begin + place, key=key, value=value) for place, (key, value) in enumerate(found)]}

    def assignment(self) -> set[TopicPartition]:
        return {PLACE}

    def end_offsets(self, places: set[TopicPartition]) -> dict[TopicPartition, int]:
        return dict.fromkeys(places, len(self.held))

    def position(self, place: TopicPartition) -> int:
        return self.at

    def commit(self, offsets: dict[TopicPartition, Any]) -> None:
        self.committed |= {place: told.offset for place, told in offsets.items()}


class Sender:
    """Stores what is sent, unless the broker is away."""

    def __init__(self) -> None:
        self.events: list[dict[str, Any]] = []
        self.fails_at = self.refuses_at = -1

    def send(self, topic: str, *, key: bytes, value: bytes, timestamp_ms: int) -> Any:
        if key == f"p{self.refuses_at}".encode():
            self.refuses_at = -1
            raise KafkaTimeoutError

        def get(timeout: float) -> None:
            if len(self.events) == self.fails_at:
                self.fails_at = -1
                raise KafkaTimeoutError
            self.events.append({"topic": topic, "key": key, **json.loads(value)})

        return SimpleNamespace(get=get)


class Parts:
    def __init__(self, *changes: Change) -> None:
        self.news, self.changes, self.sender, self.clock = Topic(), Topic(), Sender(), 0.0
        self.changes.write(*changes)
        reader: Any = self.news
        changed: Any = self.changes
        sender: Any = self.sender
        self.service = Service(reader, changed, sender, Topics(), Pacing(per_second=1_600.0))

    def round(self, *, now: int = NOW) -> int:
        self.service.read()
        self.clock += 1.0
        return self.service.hand_over(now=now)

    def ended(self) -> dict[tuple[str, str], int]:
        return dict(self.service.figures(0.0).done)


@pytest.fixture
def parts(monkeypatch: pytest.MonkeyPatch) -> Parts:
    made = Parts()
    monkeypatch.setattr("services.interest.service.time.monotonic", lambda: made.clock)
    made.round()
    return made


def news(person: str = "ada", *, at: int = NOW - 1_000, **told: Any) -> News:
    fields = {"event": "price_dropped", "person": person, "product_id": "tent", "at": at, "price": 80.0}
    return News(**{"id": f"interest-{person}-{at}", **fields, **told})


def test_news_become_events_of_the_person(parts: Parts) -> None:
    parts.news.write(news("ada"), news("browser", anonymous=1))
    assert parts.round() == 2
    assert [(each["topic"], each["key"], each.get("userId"), each.get("anonymousId")) for each in parts.sender.events] == [
        ("events", b"ada", "ada", None),
        ("events", b"browser", None, "browser"),
    ]
    assert parts.ended() == {("price_dropped", HANDED): 2}
    parts.service.commit()
    assert parts.news.committed == {PLACE: 2}


def test_what_does_not_get_its_turn_in_time_says_so(parts: Parts) -> None:
    parts.news.write(news("late", at=NOW - 25 * 3_600_000), news("in-time"))
    assert parts.round() == 1
    assert parts.ended() == {("price_dropped", EXPIRED): 1, ("price_dropped", HANDED): 1}


def test_nobody_is_told_of_a_price_that_has_gone_up_again(parts: Parts) -> None:
    parts.news.write(news())
    parts.changes.write(Change(product_id="tent", at=NOW - 500, price=100.0), b"odd")
    assert parts.round() == 0
    assert parts.ended() == {("price_dropped", OUTDATED): 1, ("change", UNREADABLE): 1}


def test_withdrawn_and_unreadable_records_are_counted_and_never_stop_it(parts: Parts) -> None:
    parts.news.write(news("ada"), news("bob"), b"{", b"\xff")
    parts.news.held.append((news("ada").id.encode(), None))
    parts.news.held.append((None, None))
    assert parts.round() == 1
    assert parts.ended() == {("", UNREADABLE): 2, ("", WITHDRAWN): 1, ("price_dropped", HANDED): 1}
    parts.service.commit()
    assert parts.news.committed == {PLACE: 6}


def test_while_the_job_is_far_behind_nothing_is_handed_over_and_nothing_is_committed(parts: Parts) -> None:
    parts.service.pace.saw(60.0)
    parts.news.write(news())
    assert parts.round() == 0
    parts.service.commit()
    assert parts.news.committed == {PLACE: 0}
    parts.service.pace.saw(0.0)
    assert parts.round() == 1


def test_a_broker_that_fails_in_between_costs_nobody_the_news(parts: Parts) -> None:
    parts.news.write(*(news(f"p{number}") for number in range(5)))
    parts.sender.fails_at = 2
    with pytest.raises(KafkaTimeoutError):
        parts.round()
    parts.service.commit()
    assert parts.news.committed == {PLACE: 2}
    assert parts.round() == 3
    assert [each["userId"] for each in parts.sender.events] == [f"p{number}" for number in range(5)]


def test_a_client_that_cannot_send_costs_nobody_the_news(parts: Parts) -> None:
    parts.news.write(*(news(f"p{number}") for number in range(5)))
    parts.sender.refuses_at = 2
    with pytest.raises(KafkaTimeoutError):
        parts.round()
    assert parts.round() == 5
    assert {each["userId"] for each in parts.sender.events} == {f"p{number}" for number in range(5)}
    parts.service.commit()
    assert parts.news.committed == {PLACE: 5}
    assert parts.service.figures(None).waiting == 0


def test_nothing_is_handed_over_before_the_changes_of_before_the_start_are_known(monkeypatch: pytest.MonkeyPatch) -> None:
    parts = Parts(Change(product_id="tent", at=NOW - 500, price=100.0))
    monkeypatch.setattr("services.interest.service.time.monotonic", lambda: parts.clock)
    parts.news.write(news(), news("bob", product_id="stove"))
    with monkeypatch.context() as slow:
        slow.setattr(parts.changes, "poll", lambda **_: {})
        assert [parts.round() for _ in range(3)] == [0, 0, 0]
    parts.round()
    assert parts.round() == 1
    assert parts.ended() == {("price_dropped", OUTDATED): 1, ("price_dropped", HANDED): 1}


def test_so_many_wait_in_memory_and_the_topic_holds_the_others(parts: Parts, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_WAITING", 10)
    monkeypatch.setattr("services.interest.service.time.sleep", lambda seconds: None)
    parts.service.pace.saw(None)
    parts.news.write(*(news(f"p{number}") for number in range(6_000)))
    for _ in range(3):
        parts.service.read()
    assert parts.service.figures(None).waiting == 5_000


def test_the_group_is_the_services_own() -> None:
    assert Topics(job="shop-live").group == "shop-live-interest-pace"
