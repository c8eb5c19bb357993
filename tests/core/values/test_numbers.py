"""A text is a number where it can be only one: as people and shops write it. Codes, dates and what may be two numbers stay what they are."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from udfs.core.values.money import Currency, number
from udfs.core.values.numbers import USUAL, in_text, unit_in, written
from udfs.core.values.numerals import numeral


@pytest.mark.parametrize(
    "text", ["60", "60.0", "60.00", "60,00", " 60 ", "+60", "60.", "$60", "60 $", "€60", "60.00 EUR", "EUR 60", "60eur", "60 zł"]
)
def test_sixty_is_sixty_however_it_is_written(text: str) -> None:
    assert in_text(text) == 60


@pytest.mark.parametrize("text", ["1,234.50", "1.234,50", "1 234,50", "1'234.50", "1,234.5 USD", "€ 1.234,50", "1\N{NO-BREAK SPACE}234,50", "1234.5"])
def test_thousands_are_read_where_the_decimals_tell_which_sign_is_which(text: str) -> None:
    assert in_text(text) == 1234.5


@pytest.mark.parametrize("text", ["1,234", "1.234", "12.500", "-1,234", "$1,234", "999.999 EUR"])
def test_what_may_be_two_numbers_is_none(text: str) -> None:
    assert in_text(text) is None


@pytest.mark.parametrize(
    "text",
    [
        "007",
        "0049 30 1234",
        "-01",
        "12e4",
        "1E5",
        "",
        " ",
        "ten",
        "n/a",
        "nan",
        "inf",
        "1.2.3",
        "2026-03-02",
        "10:30",
        "60 kg",
        "60%",
        "A-1",
        "१२",
        "9" * 61,
        "1" + "0" * 16,
    ],
)
def test_a_code_a_date_a_word_and_what_is_beyond_all_measure_are_no_numbers(text: str) -> None:
    assert in_text(text) is None


def test_the_currency_of_an_amount_is_told() -> None:
    assert [unit_in(text) for text in ("60 EUR", "€60", "$60", "60", "ten", "1,234 EUR")] == ["EUR", "EUR", "$", None, None, "EUR"]


@pytest.mark.parametrize(
    ("properties", "total"),
    [
        ({"total": "60.00"}, 60),
        ({"total": "60.00", "currency": "USD"}, 60),
        ({"total": "60.00", "currency": "EUR"}, 120),
        ({"total": "60.00 EUR"}, 120),
        ({"total": "60.00 EUR", "currency": "eur"}, 120),
        ({"total": "$60", "currency": "USD"}, 60),
        ({"total": "$60", "currency": "EUR"}, 120),
        ({"total": "60.00 EUR", "currency": "USD"}, None),
        ({"total": "60.00 GBP"}, None),
        ({"total": "$60"}, None),
        ({"total": "ten"}, "ten"),
        ({"total": "1,234"}, "1,234"),
    ],
    ids=str,
)
def test_an_amount_in_a_text_is_converted_or_unknown_and_never_in_a_wrong_currency(properties: dict[str, str], total: object) -> None:
    assert Currency("USD", {"EUR": 2.0}).in_base(properties).get("total") == total
    assert Currency().in_base(properties) is properties


def test_a_truth_value_is_no_number() -> None:
    assert [number(value) for value in (True, "60", 60, None, "ten")] == [None, 60.0, 60.0, None, None]


@given(st.from_regex(USUAL, fullmatch=True))
@example("19.90 EUR")
@example("19.90 XYZ")
@example("999999999999.99")
def test_what_is_read_at_once_says_what_the_whole_reader_says(text: str) -> None:
    assert written(text) == numeral(text)


@given(st.text("0123456789.,- eEUR\n", max_size=8))
@example("1,000")
@example("007")
def test_what_is_read_at_once_is_no_code(text: str) -> None:
    found = in_text(text)  # what can be read in two ways is not read
    assert found is None or not (text.startswith("0") and text[1:2].isdigit())
