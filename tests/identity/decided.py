"""Whoever logs in is decided about as if she had been logged in from the beginning; whatever the moment, nothing is sent to both ids."""

import json
from typing import Any

from hypothesis import strategies as st

from services.local.job import LocalJob, Output
from services.replay.records import Record
from tests.builders import DAY, HOUR, MINUTE, MONDAY, book, campaign, mail, words
from tests.core.policy.test_caps import GRANT
from udfs.core.records import Action, Decision, Recall

CAPS = {**GRANT, "caps": [{"id": "daily", "channel": "any", "max": 1, "within": "24h"}]}
JOURNEY = mail(
    "journey",
    trigger={"event": "signed_up"},
    entry={"once_per": "event.plan"},
    variants={"hello": words(), "again": words("push")},
    steps=[{"send": "hello"}, {"wait": "2h", "leave_on": ["order_completed"]}, {"send": "again"}],
)
BOOK = book(
    campaign("cart", when="cart.value > 50"),
    campaign("browsing", trigger={"idle": "1h", "of": "browsing", "unless": ["product_added"]}, when=None, entry={"again": "3h"}),
    campaign("bought", trigger={"since": "order_completed", "wait": "4h"}, when=None, entry=None),
    JOURNEY,
    CAPS,
)
TENT = {"product_id": "tent", "price": 40, "quantity": 1}
EVENTS: list[tuple[str, dict[str, Any]]] = [
    ("product_added", TENT),
    ("product_added", {**TENT, "product_id": "peg", "price": 60}),
    ("product_removed", TENT),
    ("product_viewed", {"product_id": "tent"}),
    ("order_completed", {"total": 80}),
    ("cart_cleared", {}),
    ("signed_up", {"plan": "gold"}),
    ("signed_up", {"plan": "silver"}),
    ("unsubscribed", {}),
    ("subscribed", {}),
]
GAPS = (7 * MINUTE, 31 * MINUTE, 2 * HOUR, 30 * HOUR)
STEPS = st.lists(st.tuples(st.sampled_from(GAPS), st.sampled_from(EVENTS), st.booleans()), min_size=1, max_size=10)


def record(number: int, at: int, name: str, fields: dict[str, Any], *, user: str | None, web: str | None) -> Record:
    if name == "order_completed":
        fields = {**fields, "order_id": f"order-{number}"}
    payload = {"type": "identify" if name == "identify" else "track", "messageId": f"message-number-{number}", "timestamp": at, "properties": fields}
    payload |= {key: value for key, value in {"event": name, "userId": user, "anonymousId": web}.items() if value}
    return Record(at, (user or web or "").encode(), json.dumps(payload).encode())


def run(records: list[Record]) -> list[Output]:
    return [each for outputs in LocalJob(BOOK).run(records, drain=5 * DAY) for each in outputs]


def told(outputs: list[Output]) -> list[tuple[int, str, str, str, str | None, str | None]]:
    decided = [each for each in outputs if isinstance(each, Decision)]
    found = [(each.at, each.campaign, each.outcome.value, each.reason.value, each.channel, each.variant) for each in decided]
    recalled = [(each.at, each.campaign, "recalled", each.reason.value, each.channel, None) for each in outputs if isinstance(each, Recall)]
    return sorted([*found, *recalled], key=str)


def both(history: list[Any], moment: int) -> tuple[list[Record], list[Record]]:
    """The same story with a login after so many events, and of somebody who was logged in from the beginning."""
    two, one, at = [], [], MONDAY
    for number, (gap, (name, fields), _) in enumerate(history):
        at += gap
        if number == moment:
            two.append(record(100, at - MINUTE, "identify", {}, user="kim", web="web-1"))
            one.append(record(100, at - MINUTE, "identify", {}, user="kim", web=None))
        is_anonymous = number < moment
        two.append(record(number, at, name, fields, user=None if is_anonymous else "kim", web="web-1" if is_anonymous else None))
        one.append(record(number, at, name, fields, user="kim", web=None))
    return two, one


def as_if_always_logged_in(history: list[Any], moment: int) -> None:
    """Raises AssertionError."""
    two, one = both(history, moment)
    assert told(run(two)) == told(run(one))


def nothing_to_the_old_id(history: list[Any], moment: int) -> None:
    """After the link; and no cap is exceeded. Raises AssertionError."""
    records, at, linked = [], MONDAY, MONDAY
    for number, (gap, (name, fields), is_anonymous) in enumerate(history):
        at += gap
        if number == min(moment, len(history) - 1):
            linked = at - MINUTE
            records.append(record(100, linked, "identify", {}, user="kim", web="web-1"))
        records.append(record(number, at, name, fields, user=None if is_anonymous else "kim", web="web-1" if is_anonymous else None))
    outputs = run(records)
    recalled = {each.decision_id for each in outputs if isinstance(each, Recall)}  # a recall gives the place under a cap back
    actions = [each for each in outputs if isinstance(each, Action) and each.decision_id not in recalled]
    assert all(each.user_id == "kim" for each in actions if each.at >= linked)
    assert len({(each.decision_id, each.attempt) for each in actions}) == len(actions)
    for each in actions:
        if each.at >= linked:  # what both had sent before, they had sent
            assert not [other for other in actions if each.at - DAY < other.at < each.at]
