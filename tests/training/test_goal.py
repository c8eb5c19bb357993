"""What is predicted: an event that follows, or, for churn, that nobody comes back. A page of the same visit is no new visit."""

import json
from pathlib import Path

import pytest

from services.local.book import book_of
from services.replay.segment import segment_spec
from simulation.segment_spec import iso
from tests.builders import DAY, MINUTE, MONDAY
from training.absent import require_goal
from training.errors import HistoryError
from training.goal import Goal, goal_of
from training.options import PROBE
from training.replay import Replay
from training.rows import dataset

CHURN = Goal(("visit_started", "order_completed"), absent=True)


def labels(tmp_path: Path, goal: Goal, *events: tuple[int, str, str]) -> list[bool]:
    """The labels of the orders of these events: (time, user, name); another looks in a year later, so that every window is closed."""
    path = tmp_path / "events.jsonl"
    told = [*events, (MONDAY + 365 * DAY, "bob", "Product Viewed")]
    path.write_text(
        "".join(
            json.dumps(
                {"type": "track", "event": name, "userId": user, "messageId": f"m{n}", "timestamp": iso(at), "properties": {"order_id": f"o{n}"}}
            )
            + "\n"
            for n, (at, user, name) in enumerate(told)
        )
    )
    replay = Replay(book_of([PROBE]), goal=goal, campaign="after-order")
    data = dataset(replay.decisions(segment_spec(path)), replay, within=10 * DAY)
    require_goal(replay)
    return [row.label for row in data.rows]


ORDER, VIEW, DELIVERED = "Order Completed", "Product Viewed", "Message Delivered"


def test_whoever_comes_back_in_time_has_not_churned(tmp_path: Path) -> None:
    assert labels(tmp_path, CHURN, (MONDAY, "ada", ORDER), (MONDAY + 9 * DAY, "ada", VIEW)) == [False]


def test_whoever_comes_back_too_late_has(tmp_path: Path) -> None:
    assert labels(tmp_path, CHURN, (MONDAY, "ada", ORDER), (MONDAY + 11 * DAY, "ada", VIEW)) == [True]


def test_the_next_page_of_the_same_visit_is_no_return(tmp_path: Path) -> None:
    visit = [(MONDAY, "ada", ORDER), (MONDAY + 5 * MINUTE, "ada", VIEW), (MONDAY + 20 * MINUTE, "ada", VIEW)]
    assert labels(tmp_path, CHURN, *visit) == [True]
    assert labels(tmp_path, CHURN, *visit, (MONDAY + 60 * MINUTE, "ada", VIEW)) == [False]


def test_another_order_is_a_return_even_within_the_visit(tmp_path: Path) -> None:
    assert labels(tmp_path, CHURN, (MONDAY, "ada", ORDER), (MONDAY + 5 * MINUTE, "ada", ORDER)) == [False, True]


def test_a_message_that_arrives_is_no_visit(tmp_path: Path) -> None:
    assert labels(tmp_path, CHURN, (MONDAY, "ada", ORDER), (MONDAY + 3 * DAY, "ada", DELIVERED)) == [True]


def test_churn_is_the_opposite_of_the_same_goal(tmp_path: Path) -> None:
    events = [(MONDAY + n * 4 * DAY, f"u{n % 3}", ORDER) for n in range(12)]
    absent = labels(tmp_path, Goal(("order_completed",), absent=True), *events)
    assert [not each for each in absent] == labels(tmp_path, goal_of("order_completed"), *events)


def test_an_event_that_never_comes_is_no_goal(tmp_path: Path) -> None:
    with pytest.raises(HistoryError, match="no such event in the history: 'order_complete'"):
        labels(tmp_path, Goal(("order_complete",), absent=True), (MONDAY, "ada", ORDER))


def test_a_goal_is_read_as_it_is_written_and_says_what_it_is() -> None:
    assert goal_of({"none_of": ["a", "b"]}) == Goal(("a", "b"), absent=True)
    assert goal_of({"none_of": "a"}) == Goal(("a",), absent=True)
    assert (str(goal_of("a")), str(goal_of({"none_of": ["a", "b"]}))) == ("a", "no a and no b")
