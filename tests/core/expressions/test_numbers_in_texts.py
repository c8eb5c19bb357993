"""A text says a number where a number is needed, and is a text where a text is asked for; what may be two numbers is unknown."""

import operator
from collections.abc import Callable
from itertools import product
from typing import Any

import pytest

from tests.core.expressions.test_expressions import WORDS, moment
from udfs.core.expressions.compiler import compile_condition, compile_value

SIXTY: list[Any] = [60, 60.0, "60", "60.00", "60,00", " 60 ", "$60", "60.00 EUR"]
TWO_NUMBERS = ["1,234", "1.234", "$1,234"]
NO_NUMBER: list[Any] = ["ten", "", "007", "12e4", "2026-03-02", [60], {"a": 60}]
ORDERS: dict[str, Callable[[float, float], bool]] = {"<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge}
EQUALS: dict[str, Callable[[float, float], bool]] = {"==": operator.eq, "!=": operator.ne}


def asked(condition: str, **properties: Any) -> bool | None:
    found: bool | None = compile_condition(condition, WORDS).evaluate(moment(**properties))
    return found


def value(expression: str, **properties: Any) -> Any:
    return compile_value(expression, WORDS).evaluate(moment(**properties))


@pytest.mark.parametrize(("sign", "limit"), list(product([*ORDERS, *EQUALS], [59, 60, 60.0, 61.5])))
@pytest.mark.parametrize("sent", SIXTY, ids=repr)
def test_a_text_beside_a_number_is_compared_as_the_number_that_it_says(sent: Any, sign: str, limit: float) -> None:
    expected = {**ORDERS, **EQUALS}[sign](60, limit)
    assert asked(f"event.x {sign} {limit}", x=sent) is expected
    assert asked(f"{limit} {sign} event.x", x=sent) is {**ORDERS, **EQUALS}[sign](limit, 60)
    assert asked(f"not event.x {sign} {limit}", x=sent) is not expected


@pytest.mark.parametrize("sign", [*ORDERS, *EQUALS])
@pytest.mark.parametrize("sent", TWO_NUMBERS)
def test_what_may_be_two_numbers_meets_no_comparison_with_a_number_and_no_negation_of_one(sent: str, sign: str) -> None:
    assert asked(f"event.x {sign} 1234", x=sent) is None
    assert asked(f"not event.x {sign} 1234", x=sent) is None


@pytest.mark.parametrize("sent", NO_NUMBER, ids=repr)
def test_what_is_no_number_is_neither_more_nor_less_and_not_equal(sent: Any) -> None:
    assert [asked(f"event.x {sign} 7", x=sent) for sign in ORDERS] == [None] * 4
    assert (asked("event.x == 7", x=sent), asked("event.x != 7", x=sent)) == (False, True)


@pytest.mark.parametrize(("sent", "text", "same"), [("60.00", "60", False), ("60", "60", True), ("007", "007", True), ("007", "7", False)])
def test_two_texts_are_equal_letter_by_letter(sent: str, text: str, *, same: bool) -> None:
    assert asked(f'event.x == "{text}"', x=sent) is same
    assert asked(f'event.x in ["{text}", "other"]', x=sent) is same


def test_two_texts_that_say_numbers_are_put_in_order_as_numbers_and_others_as_texts() -> None:
    assert asked("event.x > event.y", x="100.00", y="9.50") is True
    assert asked("event.x > event.y", x="abc", y="9.50") is True
    assert asked('event.x > "2026-01-01x"', x="2026-03-02") is True


@pytest.mark.parametrize("sent", SIXTY, ids=repr)
def test_a_text_is_a_member_of_a_list_of_numbers_as_the_number_that_it_says(sent: Any) -> None:
    assert asked("event.x in [59, 60]", x=sent) is True
    assert asked("event.x not in [59, 61]", x=sent) is True
    assert asked("event.x in [1234]", x="1,234") is None


@pytest.mark.parametrize("sent", SIXTY, ids=repr)
def test_arithmetic_reads_a_text_beside_a_number(sent: Any) -> None:
    told = [
        value(each, x=sent) for each in ("event.x + 1", "1 + event.x", "event.x - 1", "event.x * 2", "event.x / 2", "event.x // 7", "event.x % 7")
    ]
    assert told == [61, 61, 59, 120, 30, 8, 4]
    assert [value(each, x=sent) for each in ("-event.x", "abs(event.x)", "round(event.x)", "min(event.x, 99)", "max(event.x, 1)")] == [
        -60,
        60,
        60,
        60,
        60,
    ]
    assert value("number(event.x)", x=sent) == 60


def test_two_texts_are_joined_even_where_they_say_numbers() -> None:
    assert value("event.x + event.y", x="60", y="5") == "605"
    assert value("number(event.x) + event.y", x="60", y="5") == 65


@pytest.mark.parametrize("sent", SIXTY, ids=repr)
def test_figures_of_a_list_read_texts(sent: Any) -> None:
    lines = [{"fee": sent, "count": "2"}, {"fee": 40}]
    told = [
        value(each, lines=lines)
        for each in ("sum(event.lines, fee)", "max(event.lines, fee)", "min(event.lines, fee)", "count(event.lines, fee > 50)")
    ]
    assert told == [100, 60, 40, 1]
    assert value("sum(event.lines, fee * count)", lines=lines[:1]) == 120
    assert value("sum(event.lines, fee)", lines=[*lines, {"fee": "1,234"}]) is None


@pytest.mark.parametrize("sent", ["invoice_id", "invoiceId", "InvoiceId", "Invoice ID"])
@pytest.mark.parametrize("name", ["event.invoice_id", "event.invoiceId", "event.plan.invoice_id", 'event["invoiceId"]'])
def test_a_name_that_is_absent_is_read_in_its_other_spelling(sent: str, name: str) -> None:
    assert value(name, **{sent: "A-1"}, plan={sent: "A-1"}) == "A-1"


def test_a_name_that_is_there_goes_before_its_other_spelling() -> None:
    assert value("event.invoice_id", invoice_id="own", invoiceId="other") == "own"
    assert value("event.invoiceId", invoice_id="own", invoiceId="other") == "other"
    assert value("event.price", Price=5, priceX=7) is None


@pytest.mark.parametrize("sent", ["unit_price", "unitPrice"])
def test_so_are_the_fields_of_the_things_in_a_list(sent: str) -> None:
    assert value("sum(event.lineItems, unit_price)", line_items=[{sent: 3}, {sent: 4}]) == 7
