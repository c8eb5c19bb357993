"""How many different people looked at a product within the last hour."""

import random

import pytest

from services.items import viewers as module
from services.items.viewers import BUCKET_MS, MAX_HASHES, Viewers

NOW = 1_772_000_000_000
HOUR = 12 * BUCKET_MS


def seen(people: int, *, product: str = "tent", at: int = NOW) -> Viewers:
    found = Viewers(b"k")
    for number in range(people):
        found.take(product, f"person-{number}", at)
    return found


@pytest.mark.parametrize(("people", "shown"), [(0, 0), (1, 1), (9, 9), (10, 10), (99, 99), (123, 120), (255, 250)])
def test_small_numbers_are_exact_to_two_digits(people: int, shown: int) -> None:
    assert seen(people).count("tent", NOW) == shown


@pytest.mark.parametrize("people", [1_000, 20_000])
def test_large_numbers_are_within_four_standard_errors(people: int) -> None:
    assert seen(people).count("tent", NOW) == pytest.approx(people, rel=4 / (MAX_HASHES - 2) ** 0.5 + 0.05)


def test_looking_again_counts_once_also_in_another_five_minutes() -> None:
    found = Viewers(b"k")
    for minute in range(50):
        found.take("tent", "ada", NOW + minute * 60_000)
        found.take("tent", f"p{minute % 3}", NOW + minute * 60_000)
    assert found.count("tent", NOW + 50 * 60_000) == 4


def test_an_hour_later_nobody_is_left_and_nothing_is_kept() -> None:
    found = seen(5)
    assert found.counts(NOW + HOUR - BUCKET_MS) == {"tent": 5}
    assert found.counts(NOW + HOUR + BUCKET_MS) == {}
    assert not found._seen


def test_what_is_kept_is_bounded_whoever_looks_at_whatever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_PRODUCTS", 50)
    found, dice = Viewers(b"k"), random.Random(3)
    for number in range(20_000):
        found.take(f"made-up-{dice.randrange(5_000)}", f"p{number}", NOW)
        found.take("tent", f"p{number}", NOW)
    assert len(found._seen) == 50
    assert len(found._seen["tent"][0][1]) == MAX_HASHES


def test_late_events_count_as_seen_now() -> None:
    found = Viewers(b"k")
    found.take("tent", "ada", NOW)
    found.take("tent", "bob", NOW - 10 * HOUR)
    assert found.count("tent", NOW) == 2
