"""Decisions as they stand on the topic, from an engine that holds them, are what the monitor counts and lists."""

import json

from services.held.tally import Tally
from tests.builders import MINUTE, MONDAY, Life, book, event, hold, mail, usual, words
from udfs.codecs.encode import encode_all
from udfs.codecs.topics import Topics
from udfs.core.campaigns.compile_book import apply
from udfs.core.engine import Engine


def told_of(life: Life) -> Tally:
    """What the monitor has read of a customer."""
    tally = Tally()
    for topic, _, value in encode_all(life.records, decided_at=MONDAY + 100, topics=Topics()):
        if topic == "decisions":
            tally.take_decision(json.loads(value or b""), now=MONDAY + 200)
        else:
            tally.take_action(json.loads(value or b""), now=MONDAY + 200)
    return tally


def test_a_message_that_went_out_and_one_that_is_held_count_once_each() -> None:
    made = book(mail(variants={"mail": words(offer={"percent": "event.discount"})}))
    ada = Life(Engine(apply(made, usual({"news": {"percent": 8}}, offset=5)))).live([event("go", MONDAY, discount=8)])
    bob = Life(ada.engine, "bob").live([event("go", MONDAY, user="bob", discount=80)])
    went, held = told_of(ada), told_of(bob)
    assert went.offers.most() == {"news": {"percent": 8}}
    assert went.held_offers == {}
    assert (held.held_offers["news"].largest, held.held_offers["news"].why) == ({"percent": 80}, "percent is 80, at most 30 is expected")
    assert held.offers.most() == {}, "what is held teaches nothing"
    assert went.campaigns["news"].minutes == held.campaigns["news"].minutes == {MONDAY // MINUTE: 1}


def test_what_expires_or_is_dropped_is_not_counted_again() -> None:
    held = Life(Engine(apply(book(mail()), hold(offset=5)))).live([event("go", MONDAY)]).wait()
    assert [each.reason for each in held.decisions] == ["ANOMALY_HELD", "EXPIRED"]
    assert told_of(held).campaigns["news"].minutes == {MONDAY // MINUTE: 1}
