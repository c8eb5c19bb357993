"""Ids are looked up once, and whatever the registry does, whoever decodes goes on in bounded time."""

import json
import threading
import time
from collections.abc import Callable

import pytest

from jobs.registry import lookup
from jobs.registry.client import RegistryUnavailable, Text, UnknownToRegistry
from jobs.registry.lookup import Lookup
from tests.codecs.builders import NOON
from tests.codecs.registered import ADDED, framed
from tests.codecs.test_confluent import RECORD
from tests.jobs.registry.fake import fake, says, silent
from udfs.codecs.decode import decode_all
from udfs.codecs.reasons import Refused
from udfs.codecs.reasons import RejectionReason as R
from udfs.core.records import Event, Rejection

GOOD = Text(json.dumps(ADDED), {})
DOWN = RegistryUnavailable("the registry is down")


class Source:
    """Answers as told, and counts how often it was asked."""

    def __init__(self, answer: Callable[[int], Text]) -> None:
        self.answer = answer
        self.asked: list[int] = []

    def __call__(self, number: int) -> Text:
        self.asked.append(number)
        return self.answer(number)


def raises(problem: Exception) -> Callable[[int], Text]:
    def answer(number: int) -> Text:
        raise problem

    return answer


def blocks(number: int) -> Text:
    time.sleep(3)
    raise DOWN


def refused(found: Lookup, number: int = 1) -> Refused:
    with pytest.raises(Refused) as told:
        found.find(number)
    return told.value


@pytest.fixture
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same rules, with shorter times."""
    monkeypatch.setattr(lookup, "RETRIES_S", (0.01, 0.01))
    monkeypatch.setattr(lookup, "WAIT_S", 0.3)
    monkeypatch.setattr(lookup, "BUDGET_S", 0.6)


def test_a_schema_is_asked_for_once() -> None:
    source = Source(lambda number: GOOD)
    found = Lookup(source, url="r")
    assert {found.find(1).name for _ in range(1000)} == {"com.acme.ProductAdded"}
    assert source.asked == [1]


def test_a_schema_that_is_known_is_never_asked_for() -> None:
    source = Source(raises(DOWN))
    assert Lookup(source, url="r", known={1: GOOD}).find(1).name == "com.acme.ProductAdded"
    assert source.asked == []


def test_a_short_outage_is_waited_for_and_no_event_is_refused(hasty: None) -> None:
    source = Source(lambda number: GOOD if len(source.asked) > 2 else raises(DOWN)(number))
    assert Lookup(source, url="r").find(1).id == 1


def test_an_outage_refuses_at_once_after_the_first_wait_and_ends_when_the_registry_is_back(hasty: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lookup, "MAX_PAUSE_S", 0.2)
    source = Source(raises(DOWN))
    found = Lookup(source, url="https://registry.example")
    told = refused(found)
    assert (told.reason, told.field) == (R.SCHEMA_UNAVAILABLE, None)
    assert "the registry is down" in told.message
    assert "kairos rejected replay --reason SCHEMA_UNAVAILABLE" in told.message
    begun = time.monotonic()
    for _ in range(1000):
        refused(found)
    assert time.monotonic() - begun < 100  # to wait each time would take 300 s
    assert len(source.asked) <= 5
    source.answer = lambda number: GOOD
    for _ in range(200):
        try:
            assert found.find(1).id == 1
            return
        except Refused:
            time.sleep(0.02)
    pytest.fail("never asked again")


def test_an_unknown_id_says_what_to_do_and_is_asked_for_again_later(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lookup, "MISSING_S", 0.2)
    source = Source(raises(UnknownToRegistry("no")))
    found = Lookup(source, url="r")
    told = refused(found)
    assert told.reason == R.UNKNOWN_SCHEMA
    assert "kairos rejected replay --reason UNKNOWN_SCHEMA" in told.message
    refused(found)
    assert source.asked == [1]
    source.answer = lambda number: GOOD
    time.sleep(0.25)
    assert found.find(1).id == 1


@pytest.mark.parametrize("text", ["nonsense", '"string"', json.dumps({"type": "record", "name": "A", "fields": [{"name": "a", "type": "A"}]})])
def test_a_schema_that_must_not_be_used_is_refused_for_ever(text: str) -> None:
    source = Source(lambda number: Text(text, {}))
    found = Lookup(source, url="r")
    assert {refused(found).reason for _ in range(10)} == {R.BAD_SCHEMA}
    assert source.asked == [1]


def test_a_schema_of_another_kind_says_so() -> None:
    told = refused(Lookup(Source(lambda number: Text("{}", {}, "PROTOBUF")), url="r"))
    assert told.reason == R.BAD_SCHEMA
    assert "PROTOBUF" in told.message


def test_a_flood_of_unknown_ids_costs_no_more_than_the_budget(hasty: None) -> None:
    found = Lookup(Source(blocks), url="r", known={1: GOOD})
    begun = time.monotonic()
    for number in range(2, 3_000):
        assert refused(found, number).reason == R.SCHEMA_UNAVAILABLE
        assert found.find(1).id == 1
    assert time.monotonic() - begun < 300  # to wait each time would take 900 s
    assert len(found._asked) <= lookup.MAX_ASKED + 2


def test_what_is_remembered_of_unknown_ids_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lookup, "MAX_KEPT", 50)
    found = Lookup(Source(raises(UnknownToRegistry("no"))), url="r")
    for number in range(200):
        refused(found, number)
    assert len(found._asked) <= 51


def test_the_thread_ends_when_nothing_is_asked_and_begins_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lookup, "IDLE_S", 0.05)
    found = Lookup(Source(lambda number: GOOD), url="r")
    for number in (1, 2):
        assert found.find(number).id == number
        for _ in range(100):
            if found._thread is None:
                break
            time.sleep(0.02)
        assert found._thread is None


def test_whatever_the_client_raises_later_ids_are_still_found(hasty: None) -> None:
    source = Source(raises(MemoryError("odd")))
    found = Lookup(source, url="r")
    assert "MemoryError" in refused(found).message
    source.answer = lambda number: GOOD
    for _ in range(100):
        try:
            assert found.find(2).id == 2
            break
        except Refused:
            time.sleep(0.02)
    else:
        pytest.fail("the thread ended")


def test_many_threads_get_the_same_schema() -> None:
    source = Source(lambda number: GOOD)
    found = Lookup(source, url="r")
    names: list[str] = []
    threads = [threading.Thread(target=lambda: names.append(found.find(1).name)) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert names == ["com.acme.ProductAdded"] * 16
    assert source.asked == [1]


def test_an_event_that_was_refused_for_an_outage_is_read_when_it_is_replayed(hasty: None) -> None:
    value = framed(ADDED, RECORD)
    with fake(silent) as (url, _, change):
        (first,) = decode_all(b"ada", value, NOON, writers=Lookup.at(url))
        assert isinstance(first, Rejection)
        assert (first.reason, first.original, first.accepted, first.key) == (R.SCHEMA_UNAVAILABLE, value, False, "ada")
        change(says(200, {"schema": GOOD.text}))
        (again,) = decode_all(b"ada", first.original, NOON, writers=Lookup.at(url))
        assert isinstance(again, Event)
