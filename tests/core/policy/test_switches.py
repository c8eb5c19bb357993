"""Switched off by one message, and on again by another."""

from tests.builders import HOUR, MONDAY, Life, book, event, mail, switch
from udfs.core.campaigns.book import Book, BookError
from udfs.core.campaigns.compile_book import apply, unpack
from udfs.core.engine import Engine

T = MONDAY + 10 * HOUR


def told(made: Book) -> list[tuple[str, str, str | None]]:
    ada = Life(Engine(made)).live([event("go", T)])
    return [(decision.reason.value, decision.channel or "", decision.detail) for decision in ada.decisions]


def test_everything_a_campaign_or_a_channel() -> None:
    live = book(mail(channel=["email", "push"]))
    assert told(live) == [("ELIGIBLE", "email", None)]
    assert told(apply(live, switch("all", offset=5, why="fire"))) == [("SWITCHED_OFF", "email", "all: fire")]
    assert told(apply(live, switch("campaign/news", offset=5))) == [("SWITCHED_OFF", "email", "campaign/news")]
    assert told(apply(live, switch("campaign/others", offset=5))) == [("ELIGIBLE", "email", None)]
    off = apply(live, switch("channel/email", offset=5))
    assert told(off) == [("ELIGIBLE", "push", None)]
    assert told(apply(off, switch("channel/push", offset=6)))[0][0] == "SWITCHED_OFF"
    assert told(apply(off, switch("channel/email", offset=6, status="on"))) == [("ELIGIBLE", "email", None)]


def test_a_switch_that_means_nothing_is_refused() -> None:
    for name in ("everything", "channel/", "topic/x"):
        try:
            apply(book(mail()), switch(name, offset=5))
        except BookError as error:
            assert "switch/all" in error.message
        else:
            raise AssertionError(name)


def test_it_survives_packing() -> None:
    packed = unpack(apply(book(mail()), switch("all", offset=5, why="fire")).pack())
    assert packed.switches == {"all": "fire"}
