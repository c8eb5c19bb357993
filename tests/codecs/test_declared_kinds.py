"""Kinds that a shop may declare in the catalogue: the order of its dates; and what is an e-mail address."""

from typing import Any

import pytest

from tests.builders import HOUR, MONDAY, event, life, mail
from tests.codecs.builders import added, taken
from udfs.codecs.amounts import Wrong
from udfs.codecs.kinds import KINDS
from udfs.core.records import Outcome


@pytest.mark.parametrize(
    ("told", "day_first", "month_first"),
    [
        ("03/10/1990", "1990-10-03", "1990-03-10"),
        ("3-4-1990", "1990-04-03", "1990-03-04"),
        (" 03/10/1990 10:30", "1990-10-03 10:30", "1990-03-10 10:30"),
        ("17/05/1990", "1990-05-17", "17/05/1990"),
        ("05/17/1990", "05/17/1990", "1990-05-17"),
        ("1990-05-17", "1990-05-17", "1990-05-17"),
        ("17.05.1990", "17.05.1990", "17.05.1990"),
    ],
)
def test_a_declared_order_makes_one_date_of_two(told: str, day_first: str, month_first: str) -> None:
    assert (KINDS["date_day_first"](told), KINDS["date_month_first"](told)) == (day_first, month_first)


@pytest.mark.parametrize("told", ["31/02/1990", "00/05/1990", "soon", True, [1]])
def test_what_is_no_date_in_that_order_is_none(told: Any) -> None:
    with pytest.raises(Wrong):
        KINDS["date_day_first"](told)


def test_without_a_declared_order_two_dates_are_none() -> None:
    with pytest.raises(Wrong):
        KINDS["date"]("03/10/1990")


@pytest.mark.parametrize(("told", "is_one"), [("ada@example.com", True), ("foo", False), ("@", False), ("ada@", False), (12, False)])
def test_an_email_address_has_an_at(told: Any, is_one: bool) -> None:  # noqa: FBT001
    _, asides = taken(added(type="identify", event=None, traits={"email": told}))
    assert [aside.field for aside in asides] == ([] if is_one else ["traits.email"])


def test_nothing_is_sent_to_what_is_none_and_the_telephone_is_tried() -> None:
    news = mail(trigger={"event": "go"}, variants={"mail": {"channel": ["email", "sms"], "content": {"subject": "x", "body": "y"}}})
    lived = life(news, {"consent": {"default": {"marketing": "grant"}}}).live(
        [event("identify", MONDAY, type="identify", traits={"email": "foo", "phone": "+49301234567"}), event("go", MONDAY + HOUR)]
    )
    assert [(decision.outcome, decision.channel) for decision in lived.decisions] == [(Outcome.ACTED, "sms")]
