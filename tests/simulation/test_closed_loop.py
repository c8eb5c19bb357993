"""World and engine together: messages come back as events, the truth evaluates each decision, and a second run gives the same results."""

from collections import Counter

import msgspec
import pytest

from services.local.book import book_of
from services.local.job import LocalJob
from services.replay.records import Record
from simulation.closed_loop import DAY, Course, auc, best_auc, live
from simulation.world import World

START = 1_764_000_000_000


def run(*, days: float = 4, customers: int = 200) -> tuple[Course, list[Record]]:
    records: list[Record] = []
    world = World(seed=3, start=START, customers=customers)
    return live(world, LocalJob(book_of()), days=days, within=DAY, record=records.append), records


@pytest.fixture(scope="module")
def lived() -> tuple[Course, list[Record]]:
    return run()


@pytest.mark.slow
def test_the_job_takes_all_that_the_world_says_in_order_of_time(lived: tuple[Course, list[Record]]) -> None:
    course, records = lived
    times = [record.at for record in records]
    assert times == sorted(times)
    assert course.events == len(records) > 1_500
    assert course.rejected == []


def test_what_was_sent_comes_back_as_events_after_it(lived: tuple[Course, list[Record]]) -> None:
    course, records = lived
    sent = {each.decision.decision_id: each.decision.at for each in course.evaluated if each.channel is not None}
    echo: Counter[str] = Counter()
    for record in records:
        event = msgspec.json.decode(record.value)
        if str(event.get("event", "")).startswith("Message "):
            echo[event["event"]] += 1
            assert record.at > sent[event["properties"]["decision_id"]]
    assert echo["Message Delivered"] > 0.9 * len(sent) > echo["Message Opened"] > echo["Message Clicked"] > 0


@pytest.mark.slow
def test_it_goes_the_same_way_again(lived: tuple[Course, list[Record]]) -> None:
    course, records = lived
    again, same = run()
    assert same == records
    assert again.gain == course.gain
    assert [each.odds for each in again.evaluated] == [each.odds for each in course.evaluated]


def test_the_truth_measures_the_decisions(lived: tuple[Course, list[Record]]) -> None:
    course, _ = lived
    acted = [each for each in course.evaluated if each.channel is not None]
    assert course.gain == pytest.approx(sum(each.gain for each in acted))
    assert course.uplift > 0
    assert min(each.odds.uplift for each in acted) < 0 < max(each.odds.uplift for each in acted)
    assert all(0 <= each.odds.seen <= each.odds.acted <= 1 for each in acted)


def test_nobody_can_know_all_but_the_truth_knows_much(lived: tuple[Course, list[Record]]) -> None:
    course, _ = lived
    assert 0.7 < best_auc(course) < 0.97


def test_it_can_go_on_with_another_book(lived: tuple[Course, list[Record]]) -> None:
    world = World(seed=3, start=START, customers=50)
    first = live(world, LocalJob(book_of()), days=1)
    second = live(world, LocalJob(book_of()), days=1)
    assert (first.started, first.ended, second.ended) == (START, START + DAY, START + 2 * DAY)


def test_auc_is_the_share_of_pairs_in_the_right_order() -> None:
    assert auc([0.1, 0.2, 0.3], [False, True, True]) == 1.0
    assert auc([0.3, 0.2, 0.1], [False, True, True]) == 0.0
    assert auc([0.5, 0.5, 0.5, 0.5], [False, True, True, False]) == 0.5
    assert auc([0.1, 0.4, 0.35, 0.8], [False, False, True, True]) == 0.75
    assert auc([0.1], [True]) != auc([0.1], [True])
