"""Laws of erasure over random histories: nothing of the erased is left or leaves, and for everybody else it never happened."""

import random
from collections.abc import Iterable
from typing import Any

import pytest

from tests.builders import DAY, HOUR, MINUTE, MONDAY, Life, book, campaign, event, mail, words
from udfs.core.directory import Forgotten
from udfs.core.engine import Engine
from udfs.core.personal_data import Erasure
from udfs.core.profile.stored import decode
from udfs.core.profile.tombstone import is_tombstone, opened
from udfs.core.records import Action, Event, Recall

POLICY: dict[str, Any] = {
    "consent": {"default": {"marketing": "grant"}},
    "quiet_hours": {"from": "22:00", "to": "08:00"},
    "caps": [{"id": "two", "channel": "any", "max": 4, "within": "24h", "then": "defer"}],
    "retention": {"anonymous": "7d", "known": "30d", "erased": "14d"},
}
JOURNEY = campaign(
    "hello",
    trigger={"event": "signed_up"},
    when=None,
    entry=None,
    variants={"first": words(), "second": words("sms")},
    steps=[{"send": "first"}, {"wait": "2d"}, {"send": "second"}],
)
GOAL = mail(goal={"event": "order_completed", "within": "3d"})
FEATURES: dict[str, Any] = {"features": [{"name": "views", "event": "product_viewed", "aggregate": "count", "window": "24h"}]}
SEGMENTS: dict[str, Any] = {"segments": [{"segment": "lookers", "when": "views > 1"}]}
BOOK = book(campaign(), GOAL, JOURNEY, FEATURES, SEGMENTS, POLICY)
NAMES = (
    *("product_added", "product_removed", "order_completed", "cart_cleared", "go", "page", "product_viewed", "identify", "signed_up"),
    *("unsubscribed", "subscribed", "subscribed", "order_refunded", "go", "go", "go"),
)
GAPS = (1, 1, MINUTE, MINUTE, 7 * MINUTE, 29 * MINUTE, 31 * MINUTE, 5 * HOUR, 26 * HOUR, 3 * DAY)
PEOPLE = ("ada", "bob", "cleo")


def history(chance: random.Random, *, length: int = 30) -> list[Event]:
    """What three people do, by turns."""
    made, at = [], MONDAY + 10 * HOUR
    for number in range(length):
        at += chance.choice(GAPS)
        fields: dict[str, Any] = {"product_id": chance.choice(("tent", "peg")), "price": chance.choice((60, 120)), "quantity": 1}
        name = chance.choice(NAMES)
        if name.startswith("order"):
            fields = {"order_id": chance.choice(("o1", "o2")), "total": 80}
        happened = at - chance.choice((0, 0, 0, MINUTE, HOUR))
        made.append(
            event(name, happened, user=chance.choice(PEOPLE), received=at, message_id=f"h{number}", traits={"email": "a@example.com"}, **fields)
        )
    return made


def lives(engine: Engine) -> dict[str, Life]:
    return {user: Life(engine, user) for user in PEOPLE}


def play(people: dict[str, Life], events: Iterable[Event], chance: random.Random) -> None:
    """Timers fire when they will: before some records, and not before others."""
    for happened in events:
        received = happened.received
        for life in people.values():
            while life.due is not None and life.due < received and chance.random() < 0.5:
                life._take(life.engine.on_time(life.blob, life.user, life.due))
        people[happened.user_id].live([happened])


def inserted(events: list[Event], moment: int) -> list[Event]:
    """The same, with the erasure of ada after so many."""
    at = events[moment].received
    return [*events[: moment + 1], event("user_erased", at, user="ada", received=at, message_id="erase"), *events[moment + 1 :]]


@pytest.mark.parametrize("seed", range(120))
def test_for_everybody_else_it_never_happened(seed: int) -> None:
    events = history(random.Random(seed))
    moment = random.Random(seed + 1).randrange(len(events))
    with_it, without = lives(Engine(BOOK, people=True)), lives(Engine(BOOK, people=True))
    play(with_it, inserted(events, moment), random.Random(seed + 2))
    play(without, events, random.Random(seed + 3))
    for user in ("bob", "cleo"):
        for life in (with_it[user], without[user]):
            life.wait(events[-1].received + 2 * DAY)
        assert (with_it[user].blob, with_it[user].kept) == (without[user].blob, without[user].kept)
        assert with_it[user].records == without[user].records


@pytest.mark.parametrize("seed", range(120))
def test_what_is_left_is_a_tombstone_and_after_it_she_is_as_if_she_had_never_been(seed: int) -> None:
    events = [each for each in history(random.Random(seed), length=60) if each.user_id == "ada"]
    moment = random.Random(seed + 1).randrange(len(events))
    erased, new = Life(Engine(BOOK, people=True)), Life(Engine(BOOK, people=True))
    play({"ada": erased}, inserted(events, moment)[: moment + 2], random.Random(seed))
    assert is_tombstone(erased.blob or b"")
    until = opened(erased.blob or b"").until
    made = len(erased.records)
    later = []
    for each in events[moment + 1 :]:
        mark = opened(erased.blob) if erased.blob and is_tombstone(erased.blob) else None
        if mark is not None and each.received < until and not (each.name == "signed_up" and each.at > mark.at):
            erased.live([each])
            assert opened(erased.blob or b"") == mark
        else:
            later.append(each)
            erased.live([each])
            new.live([each])
            assert erased.blob == new.blob
    assert erased.records[made:] == new.records
    if later:
        assert erased.kept == new.kept or (not erased.kept and not new.kept)


@pytest.mark.parametrize("seed", range(120))
def test_no_message_leaves_and_all_that_is_under_way_is_called_back(seed: int) -> None:
    events = [each for each in history(random.Random(seed), length=60) if each.user_id == "ada"]
    moment = random.Random(seed + 1).randrange(len(events))
    life = Life(Engine(BOOK, people=True))
    play({"ada": life}, inserted(events, moment)[: moment + 2], random.Random(seed))
    at = opened(life.blob or b"").at
    recalled = {each.decision_id for each in life.records if isinstance(each, Recall)}
    pending = {each.decision_id for each in life.records if isinstance(each, Action) and each.expires_at > at}
    assert pending <= recalled
    assert isinstance(life.records[-1], Erasure)
    assert life.records[-1].recalled <= len(recalled)
    made = len(life.records)
    life.wait(at + 400 * DAY)
    assert life.records[made:] == []
    assert (life.blob, life.due) == (b"", None)


def test_the_histories_of_these_laws_hold_what_they_are_about() -> None:
    pending = recalled = forgotten = 0
    for seed in range(120):
        events = [each for each in history(random.Random(seed), length=60) if each.user_id == "ada"]
        moment = random.Random(seed + 1).randrange(len(events))
        life = Life(Engine(BOOK, people=True))
        play({"ada": life}, events[: moment + 1], random.Random(seed))
        pending += bool(life.blob and decode(life.blob).due)
        play({"ada": life}, inserted(events, moment)[moment + 1 : moment + 2], random.Random(seed))
        recalled += life.records[-1].recalled > 0 if isinstance(life.records[-1], Erasure) else 0
        forgotten += any(isinstance(each, Forgotten) for each in life.records)
    assert (pending > 30, recalled > 10, forgotten == 120) == (True, True, True), (pending, recalled, forgotten)
