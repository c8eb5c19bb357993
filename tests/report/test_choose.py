"""Ten customers are chosen to be telling: together they show what there is to see."""

from collections.abc import Iterator

import pytest

from services.replay.records import Record
from services.report.choose import telling
from services.report.notes import Notes


@pytest.fixture
def notes() -> Iterator[Notes]:
    with Notes() as notes:
        yield notes


def befall(notes: Notes, user: str, *kinds: tuple[str, str, str], entries: int = 1) -> None:
    list(notes.records(Record(n, user.encode(), b"{}") for n in range(entries)))
    notes.masks.setdefault(user, 0)
    for kind in kinds:
        notes.masks[user] |= 1 << notes.kinds.setdefault(kind, len(notes.kinds))


SENT, CAPPED = ("a", "acted", "ELIGIBLE"), ("a", "withheld", "CAP_REACHED")
HELD, UNMET = ("b", "held_out", "GLOBAL_HOLDOUT"), ("a", "missed", "unmet")


def test_rare_fates_are_shown_beside_frequent_ones(notes: Notes) -> None:
    for n in range(500):
        befall(notes, f"u{n:03}", SENT)
    befall(notes, "capped", CAPPED)
    befall(notes, "held", HELD)
    befall(notes, "unmet", UNMET)
    befall(notes, "silent")
    chosen = telling(notes, notes.masks)
    assert len(chosen) == len(set(chosen)) == 10
    assert {"capped", "held", "unmet", "silent"} <= set(chosen)


def test_who_shows_most_comes_first_and_of_equals_whose_story_is_easy_to_read(notes: Notes) -> None:
    befall(notes, "bare", SENT, CAPPED, entries=1)
    befall(notes, "easy", SENT, CAPPED, entries=12)
    befall(notes, "tiring", SENT, CAPPED, entries=300)
    befall(notes, "held", HELD)
    assert telling(notes, notes.masks)[:2] == ["easy", "held"]
    assert telling(notes, reversed(list(notes.masks))) == telling(notes, notes.masks)


def test_decisions_weigh_more_than_what_was_only_counted(notes: Notes) -> None:
    befall(notes, "counted", UNMET, ("b", "missed", "unmet"), ("c", "missed", "unmet"))
    befall(notes, "decided", SENT)
    assert telling(notes, notes.masks, shown=1) == ["decided"]


def test_of_few_customers_all_are_shown(notes: Notes) -> None:
    assert telling(notes, []) == []
    befall(notes, "ada", SENT)
    befall(notes, "bo")
    assert sorted(telling(notes, notes.masks)) == ["ada", "bo"]
