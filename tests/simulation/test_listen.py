"""The ear waits for topics of actions, reads them from now on, and tells what went wrong to whoever takes; the seller hands on what it hears."""

import json
import time
from typing import Any, NamedTuple

import pytest

from simulation import listen
from simulation.listen import Ear
from simulation.send import Seller
from simulation.shop import Shop


class Line(NamedTuple):
    value: bytes


class Broker:
    """Topics that appear at the second look, and one record in the first poll."""

    def __init__(self, *, broken: bool = False) -> None:
        self.looks, self.polls, self.closed, self.broken = 0, 0, 0, broken
        self.asked: list[str] = []

    def list_topics(self) -> list[str]:
        self.looks += 1
        return ["events"] if self.looks == 1 else ["events", "actions.sms", "actions.email", "transactions.x"]

    def consumer(self, brokers: str, topics: list[str], *, start: str) -> "Broker":
        assert start == "latest"
        self.asked = topics
        return self

    def poll(self, *, timeout_ms: int) -> dict[str, list[Line]]:
        if self.broken:
            message = "the broker went away"
            raise ConnectionError(message)
        self.polls += 1
        time.sleep(0.01)
        return {"actions.sms": [Line(json.dumps({"decision_id": "d1"}).encode())]} if self.polls == 1 else {}

    def close(self) -> None:
        self.closed += 1


def hearing(monkeypatch: pytest.MonkeyPatch, broker: Broker) -> Ear:
    monkeypatch.setattr(listen, "admin", lambda _: broker)
    monkeypatch.setattr(listen, "consumer", broker.consumer)
    monkeypatch.setattr(listen, "LOOK_AGAIN_S", 0.01)
    ear = Ear("somewhere:9092")
    ear.start()
    return ear


def test_it_waits_for_the_topics_of_actions_and_reads_them(monkeypatch: pytest.MonkeyPatch) -> None:
    broker = Broker()
    ear = hearing(monkeypatch, broker)
    heard: list[Any] = []
    deadline = time.monotonic() + 5
    while not heard and time.monotonic() < deadline:
        heard += ear.take()
    ear.close()
    assert heard == [{"decision_id": "d1"}]
    assert broker.asked == ["actions.email", "actions.sms"]
    assert broker.closed == broker.looks + 1  # each client that looked, and the reader


def test_what_went_wrong_is_told_to_whoever_takes(monkeypatch: pytest.MonkeyPatch) -> None:
    ear = hearing(monkeypatch, Broker(broken=True))
    with pytest.raises(ConnectionError, match="went away"):
        for _ in range(500):
            time.sleep(0.01)
            list(ear.take())
    ear.close()


@pytest.mark.slow
def test_the_seller_hands_on_what_it_hears_and_sends_the_echo() -> None:
    shop = Shop(seed=1, start=int(time.time() * 1000), rate=100)
    people = [life.person.key for life in shop.world.customers[:200]]
    waiting = [{"decision_id": f"d{number}", "user_id": user, "channel": "sms", "at": shop.start} for number, user in enumerate(people)]
    sent: list[dict[str, Any]] = []

    class Belt:
        def send(self, topic: str, value: bytes, key: bytes, *, timestamp_ms: int) -> None:
            sent.append(json.loads(value))

        def flush(self, timeout: float | None = None) -> None:
            pass

    def once() -> list[dict[str, Any]]:
        given, waiting[:] = waiting[:], []
        return given

    seller = Seller(shop, Belt(), topic="events", actions=once)
    seller.start()
    seller.wait(1.5)
    seller.close()
    assert seller.heard == 200
    assert sum(event.get("event") == "Message Delivered" for event in sent) > 150
