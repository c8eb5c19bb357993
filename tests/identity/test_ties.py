"""What a key holds that waits for a link is bounded, and nothing is lost for want of room: a record that finds none goes on at once."""

import pytest

from udfs.core.identity import ties
from udfs.core.identity.ties import MAX_EARLY, MAX_HELD, MAX_PARKED, MAX_PARKED_BYTES, Ties


def test_of_one_link_only_so_many_records_are_held_and_the_rest_is_not_taken() -> None:
    held = Ties()
    taken = [held.hold("m", b"%d" % number, 0) for number in range(MAX_PARKED + 5)]
    assert taken == [True] * MAX_PARKED + [False] * 5
    assert held.early["m"].passed == [b"%d" % number for number in range(MAX_PARKED)]


def test_only_so_many_bytes_are_held() -> None:
    held, large = Ties(), bytes(MAX_PARKED_BYTES // 2)
    assert [held.hold("m", large, 0), held.hold("m", large, 0), held.hold("m", b"x", 0)] == [True, True, False]


def test_only_of_so_many_links_is_anything_held() -> None:
    held = Ties()
    assert [held.hold(f"m{number}", b"x", 0) for number in range(MAX_HELD + 2)] == [True] * MAX_HELD + [False] * 2
    assert held.hold("m0", b"y", 0)


@pytest.mark.parametrize("links", [0, 3, MAX_HELD])
def test_of_histories_that_nobody_asks_for_the_oldest_gives_way_and_never_a_record_that_was_passed_on(links: int) -> None:
    held = Ties()
    for number in range(links):
        held.hold(f"link{number}", b"a purchase", 0)
    for number in range(MAX_EARLY + 4):
        assert not held.answer(f"history{number}", b"known", [], number)
        held.drop_beyond()
    room = MAX_EARLY - links
    assert [name for name in held.early if name.startswith("history")] == [
        f"history{number}" for number in range(MAX_EARLY + 4 - room, MAX_EARLY + 4)
    ]
    assert sum(name.startswith("link") for name in held.early) == links


def test_how_many_gave_way_is_told() -> None:
    held = Ties()
    for number in range(MAX_EARLY + 3):
        held.answer(f"m{number}", b"known", [], 0)
    assert (held.drop_beyond(), held.drop_beyond(), len(held.early)) == (3, 0, MAX_EARLY)


def test_it_is_read_as_it_was_written() -> None:
    held = Ties()
    held.hold("m", b"x", 5)
    held.answer("n", b"known", ["o"], 6)
    assert ties.read(ties.write(held)) == held
