"""Throughput: one after the other, all customers together, and nobody twice."""

from collections import Counter

from tests.builders import HOUR, MINUTE, MONDAY, Life, book, event, mail
from udfs.core.engine import Engine
from udfs.core.policy import Rate
from udfs.core.records import Outcome, Reason
from udfs.core.throughput import MOST_PERIODS, Throughput

T = MONDAY + 10 * HOUR
POLICY = {"consent": {"default": {"marketing": "grant"}}, "throughput": {"email": "10 per minute"}}


def test_what_is_more_than_a_minute_takes_waits_for_the_next_that_has_room() -> None:
    engine = Engine(book(mail(), mail("receipt", trigger={"event": "paid"}, purpose="transactional"), POLICY))
    people = [Life(engine, f"u{number}").live([event("go", T, user=f"u{number}")]) for number in range(35)]
    waiting = [each for each in people if each.decisions[0].outcome is Outcome.DEFERRED]
    assert {each.decisions[0].reason for each in waiting} == {Reason.THROTTLED}
    sent = Counter((action.at - T) // MINUTE for each in people for action in each.wait().actions)
    assert sent == {0: 10, 1: 10, 2: 10, 3: 5}
    assert Life(engine).live([event("paid", T)]).actions, "transactional passes by"


def test_each_part_of_the_job_takes_its_part() -> None:
    counted = Throughput(parts=2)
    assert [counted.take("email", Rate(most=4, period=MINUTE), T, held=False) for _ in range(3)] == [None, None, T + MINUTE]


def test_memory_is_bounded() -> None:
    counted = Throughput()
    for minute in range(3 * MOST_PERIODS):
        counted.take("email", Rate(most=1, period=MINUTE), minute * MINUTE, held=False)
    assert len(counted._taken["email", False]) <= MOST_PERIODS


def test_places_that_are_still_to_come_are_never_forgotten() -> None:
    counted = Throughput()
    places = Counter(counted.take("email", Rate(most=1, period=1_000), T, held=False) for _ in range(2 * MOST_PERIODS))
    assert max(places.values()) == 1


def test_where_there_are_fewer_places_than_parts_each_part_has_one_in_so_many_periods() -> None:
    counted = Throughput(parts=16)
    start = T // (16 * MINUTE) * 16 * MINUTE
    places = [counted.take("email", Rate(most=10, period=MINUTE), start, held=False) for _ in range(3)]
    assert places == [None, start + 2 * MINUTE, start + 4 * MINUTE], "16 parts, one each in two minutes: eight a minute"


def test_ghosts_see_the_places_that_are_taken_and_take_none_away() -> None:
    counted, rate = Throughput(), Rate(most=2, period=MINUTE)
    assert [counted.take("email", rate, T, held=False, ghost=True) for _ in range(3)] == [None, None, T + MINUTE]
    assert [counted.take("email", rate, T, held=False) for _ in range(3)] == [None, None, T + MINUTE]
    assert Throughput().take("email", rate, T, held=False) is None
    assert counted.take("email", rate, T, held=False, ghost=True) == T + 2 * MINUTE, "both its own and what went out"
