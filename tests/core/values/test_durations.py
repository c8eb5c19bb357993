"""Durations as people write them; whatever cannot be one is refused as such, never in another way."""

import pytest

from udfs.core.values.durations import DAY, in_words, parse_duration


@pytest.mark.parametrize(("text", "span"), [("30m", 1_800_000), (" 1.5 h ", 5_400_000), ("400d", 400 * DAY), ("1ms", 1)])
def test_a_duration(text: str, span: int) -> None:
    assert parse_duration(text) == span


@pytest.mark.parametrize("text", ["0h", "0.5ms", "401d", "9" * 400 + "d", "9" * 5000 + "ms", "0." + "0" * 400 + "1d"])
def test_what_is_too_short_or_too_long_is_out_of_range(text: str) -> None:
    with pytest.raises(ValueError, match="out of range") as refused:
        parse_duration(text)
    assert len(str(refused.value)) < 200


@pytest.mark.parametrize("found", ["soon", "", "-1d", "1e3d", 5, None, "x" * 5000, [1] * 5000])
def test_what_is_none_is_told_with_how_one_is_written(found: object) -> None:
    with pytest.raises(ValueError, match="such as 30m or 7d") as refused:
        parse_duration(found)
    assert len(str(refused.value)) < 200


def test_in_words() -> None:
    assert [in_words(span) for span in (14 * DAY, 1_800_000, 1_500)] == ["2w", "30m", "1500ms"]


@pytest.mark.parametrize(
    ("written", "cure"),
    [("30 minutes", "30m"), ("1 day", "1d"), ("2 Weeks", "2w"), ("30M", "30m"), ("1.5 hours", "1.5h"), ("45 secs", "45s"), ("2hrs", "2h")],
)
def test_a_duration_in_words_is_refused_with_the_one_that_is_meant(written: str, cure: str) -> None:
    with pytest.raises(ValueError, match=f"is not a duration: write {cure}$"):
        parse_duration(written)
    assert parse_duration(cure) > 0


@pytest.mark.parametrize("written", ["soon", "3 months", "minutes", 30])
def test_a_duration_that_nobody_can_guess_is_refused_with_how_one_is_written(written: object) -> None:
    with pytest.raises(ValueError, match="write a number and s, m, h, d or w"):
        parse_duration(written)
