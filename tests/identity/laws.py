"""The laws of merging: two histories that are merged are one history in order of time, field by field, wherever that is defined.

Each comes with the histories of which it holds. The tests draw some hundred of them, the evidence a hundred thousand (`bench.evidence people`).
"""

from collections.abc import Callable
from typing import NamedTuple

from hypothesis import strategies as st

from tests.builders import HOUR, MINUTE
from tests.identity.histories import (
    ADDS,
    BOUGHT,
    CANCELLED,
    CLEARED,
    IN_ONE,
    KIM,
    LISTING,
    LISTS,
    OF_ONE,
    ORDERS,
    REFUNDED,
    REMOVED,
    VIEWS,
    WEB,
    WORDS,
    Life,
    Told,
    as_one,
    basket,
    events_of,
    figures,
    ledger,
    merged,
    told,
)
from udfs.core.profile.state import Profile

MOMENTS = st.integers(min_value=0, max_value=12)
"""After so many events the two turn out to be one person."""
TIMES = ("born", "now", "clock", "active", "browsed", "seen", "packed_viewed")


class Law(NamedTuple):
    """What holds of which histories. `holds` raises AssertionError."""

    histories: st.SearchStrategy[list[Told]]
    holds: Callable[[list[Told], int], None]


def features(history: list[Told], moment: int) -> None:
    assert figures(merged(history, moment)) == figures(as_one(history))


def orders(history: list[Told], moment: int) -> None:
    found, right = merged(history, moment), as_one(history)
    assert ledger(found) == ledger(right)
    assert figures(found) == figures(right)


def carts(history: list[Told], moment: int) -> None:
    assert basket(merged(history, moment)) == basket(as_one(history))


def consents(history: list[Told], moment: int) -> None:
    assert _spoken(merged(history, moment)) == _spoken(as_one(history))


def _spoken(profile: Profile) -> dict[str, tuple[bool, int]]:
    return {key: (word.granted, word.at) for key, word in profile.consents.items()}


def times(history: list[Told], moment: int) -> None:
    found, right = merged(history, moment), as_one(history)
    for name in TIMES:
        assert getattr(found, name) == getattr(right, name), name


def visits(history: list[Told], _: int) -> None:
    """Of two who come one after the other: visits that alternate are counted as each had them."""
    half = len(history) // 2
    apart = [each._replace(is_anonymous=number < half, gap=max(each.gap, HOUR if number == half else 0)) for number, each in enumerate(history)]
    assert merged(apart, len(apart)).session == as_one(apart).session


def repeats(history: list[Told], moment: int) -> None:
    """What is sent again after the merge is known, whoever sent it first: as long as ids are remembered."""
    life = Life()
    events = events_of([each._replace(gap=MINUTE) for each in history])
    for number, (is_anonymous, happened) in enumerate(events):
        if number == moment:
            life.link(happened.at)
        life.take(happened, WEB if is_anonymous and number < moment else KIM)
    if moment >= len(events):
        life.link(events[-1][1].at + 1)
    before = life.engine.counts["duplicates"]
    for _, happened in events:
        life.take(happened, KIM)
    assert life.engine.counts["duplicates"] - before >= sum(happened.name not in {"unsubscribed", "consent_withdrawn"} for _, happened in events)


LAWS: dict[str, Law] = {
    "every feature is that of one history": Law(told(VIEWS, ADDS), features),
    "orders and what they come to are those of one history": Law(told(ORDERS, CANCELLED, REFUNDED), orders),
    "carts are those of one history": Law(told(ADDS, ADDS, BOUGHT, CLEARED, LISTS), carts),
    "what is taken out under one id is out of what was put in under the other": Law(told(ADDS, ADDS, REMOVED, LISTS), carts),
    "a cart of one name is one cart": Law(told(IN_ONE, OF_ONE), carts),
    "an order takes what it lists out of both": Law(told(ADDS, ADDS, LISTING), carts),
    "consents are those of one history": Law(told(WORDS, VIEWS), consents),
    "times and names are those of one history": Law(told(VIEWS, ADDS, WORDS), times),
    "visits that do not alternate are those of one history": Law(told(VIEWS, ADDS), visits),
    "what is repeated after the merge is known": Law(told(VIEWS, ADDS, ORDERS, WORDS), repeats),
}
