"""Dates as others write them: recognised where they are dates, and nothing else is."""

import pytest

from udfs.core.expressions.compiler import compile_condition
from udfs.core.expressions.error import ExpressionError
from udfs.core.expressions.vocabulary import Vocabulary
from udfs.core.values.other_dates import as_pattern, day_of, is_strftime


@pytest.mark.parametrize("parts", [(2026, 12, 15), (15, 12, 2026), (12, 15, 2026)])
def test_three_numbers_that_are_a_date_are_written_the_year_first(parts: tuple[int, int, int]) -> None:
    assert day_of(*parts) == '"2026-12-15"'


@pytest.mark.parametrize("parts", [(100, 5, 3), (2026, 13, 14), (2026, 0, 5), (5, 4, 3), (3000, 1, 1), (2026, 40, 2)])
def test_other_numbers_are_a_calculation(parts: tuple[int, int, int]) -> None:
    assert day_of(*parts) is None


@pytest.mark.parametrize(
    "when", ["cart.value > 100 - 5 - 3", "cart.value - 12 - 15 > 2026", "cart.value > 2026 - 5", 'user.city == "2026-12-15 Street"']
)
def test_a_calculation_that_is_no_date_is_taken(when: str) -> None:
    assert compile_condition(when, Vocabulary())


@pytest.mark.parametrize("date", ["2026-12-15", "2026-07-01", "15-12-2026", "15/12/2026", "15.12.2026", "01.07.2026", "1/7/2026"])
@pytest.mark.parametrize("when", ["user.trial_ends > {}", "{} < user.trial_ends and user.vip", "user.trial_ends == {}"])
def test_a_date_without_quotes_is_refused_with_the_quotes(when: str, date: str) -> None:
    with pytest.raises(ExpressionError) as caught:
        compile_condition(when.format(date), Vocabulary())
    assert date in str(caught.value)
    assert 'a date stands in quotes: "2026-' in str(caught.value.problem().suggestion)


def test_a_name_with_a_hyphen_can_be_read_in_brackets() -> None:
    assert compile_condition('user["first-name"] == "Ann"', Vocabulary())


def test_the_patterns_of_programmers_have_others_here() -> None:
    assert [as_pattern(each) for each in ("%d.%m.%Y", "%-d. %B %Y", "%H:%M", "%Y")] == ["dd.MM.yyyy", "d. MMMM yyyy", "HH:mm", "yyyy"]
    assert not is_strftime("dd.MM.yyyy")
    assert not is_strftime("100 %")
