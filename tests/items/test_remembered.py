"""What values say is looked up once, and never more than MAX_KEPT of them are kept."""

import pytest

from services.items.remembered import MAX_KEPT, MAX_LENGTH, Remembered


def test_a_value_is_read_once() -> None:
    asked: list[str] = []

    def read(value: str) -> int:
        asked.append(value)
        return len(value)

    remembered = Remembered[str, int](read)
    assert [remembered["tent"], remembered["tent"], remembered["boot"]] == [4, 4, 4]
    assert asked == ["tent", "boot"]


def test_long_texts_and_what_cannot_be_read_are_not_kept() -> None:
    remembered = Remembered[object, int](lambda value: 1 // len(str(value)))
    assert remembered["x" * (MAX_LENGTH + 1)] == 0
    assert remembered[("x" * (MAX_LENGTH + 1), 1)] == 0
    with pytest.raises(ZeroDivisionError):
        remembered[""]
    assert len(remembered) == 0


def test_a_feed_whose_every_value_is_another_takes_no_more_memory() -> None:
    remembered = Remembered[str, str](str)
    for number in range(2 * MAX_KEPT + 5):
        assert remembered[f"i{number}"] == f"i{number}"
    assert len(remembered) <= MAX_KEPT
