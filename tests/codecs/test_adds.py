"""What adds something is never a wrong amount: each such event, with each fault of each field, in both formats, as far as what is known after it."""

from pathlib import Path
from typing import Any

import pytest

from tests.codecs.adds import ADDS, AMOUNT, book, is_right, odd_ones, outcome, plain
from udfs.core.campaigns.book import Book


@pytest.fixture(scope="module")
def rules(tmp_path_factory: pytest.TempPathFactory) -> Book:
    return book(Path(tmp_path_factory.mktemp("campaigns")))


@pytest.mark.parametrize("name", ADDS)
def test_without_a_fault_the_amount_is_known(name: str, rules: Book) -> None:
    assert outcome(rules, name, plain(name)) == 60


def test_the_faults_are_thousands() -> None:
    assert sum(1 for name in ADDS for _ in odd_ones(name)) > 5_000


@pytest.mark.slow
@pytest.mark.parametrize("name", ADDS)
def test_whatever_is_wrong_the_amount_is_the_one_that_was_meant_or_nobody_knows_it(name: str, rules: Book) -> None:
    wrong = [(odd.fault, found) for odd in odd_ones(name) if not is_right(odd, found := outcome(rules, name, odd.record))]
    assert wrong == []


@pytest.mark.parametrize("name", AMOUNT)
@pytest.mark.parametrize(("written", "amount"), [("1.234,56", 1234.56), ("60.00 EUR", 60), (0.75, 0.75), (12.0, 12)])
def test_what_has_one_meaning_is_read_and_not_called_unknown(name: str, written: Any, amount: float, rules: Book) -> None:
    assert outcome(rules, name, plain(name, **{AMOUNT[name]: written})) == amount
