"""A row is what was known at a decision, and whether the goal came in the time after it that has passed."""

from pathlib import Path
from typing import Any

import msgspec
import pytest

from services.replay.segment import segment_spec
from simulation.segment_spec import iso
from tests.builders import DAY, HOUR, MINUTE, MONDAY, book
from training.errors import HistoryError
from training.replay import Replay
from training.rows import Dataset, dataset

WITHIN = 7 * DAY
PROBE = {"campaign": "after-order", "trigger": {"event": "order_completed"}, "variants": {"probe": {"channel": "email", "content": {"body": "x"}}}}
QUIET = {"campaign": "quiet", "trigger": {"idle": "1h", "of": "any"}, "variants": {"probe": {"channel": "email", "content": {"body": "x"}}}}
ORDERS = {"features": [{"name": "orders", "event": "order_completed", "aggregate": "count"}]}


def event(at: int, name: str = "Order Completed", /, **fields: Any) -> dict[str, Any]:
    return {
        "type": "track",
        "event": name,
        "userId": "ada",
        "messageId": f"{name}{at}",
        "timestamp": iso(at),
        "properties": {"order_id": str(at)},
    } | fields


def rows_of(folder: Path, *events: dict[str, Any], campaign: str = "after-order", anonymous: bool = False) -> Dataset:
    path = folder / "events.jsonl"
    path.write_bytes(b"\n".join(map(msgspec.json.encode, events)))
    replay = Replay(book(ORDERS, PROBE, QUIET), goal="order_completed", campaign=campaign)
    return dataset(replay.decisions(segment_spec(path)), replay, within=WITHIN, anonymous=anonymous)


def test_the_goal_counts_after_the_decision_up_to_the_end_of_its_window_and_not_a_moment_later(tmp_path: Path) -> None:
    first, second, third = MONDAY, MONDAY + WITHIN, MONDAY + 2 * WITHIN + 1
    data = rows_of(tmp_path, event(first), event(second), event(third), event(third + WITHIN, "Page"))
    assert [(row.at, row.label) for row in data.rows] == [(first, True), (second, False), (third, False)]


def test_a_row_whose_window_is_still_open_is_left_out_and_counted(tmp_path: Path) -> None:
    data = rows_of(tmp_path, event(MONDAY), event(MONDAY + WITHIN))
    assert [row.at for row in data.rows] == [MONDAY]
    assert list(data.left_out.values()) == [1]


def test_the_vector_is_as_of_the_decision_with_its_event_and_nothing_later(tmp_path: Path) -> None:
    data = rows_of(tmp_path, event(MONDAY), event(MONDAY + HOUR), event(MONDAY + 30 * DAY, "Page"))
    assert [row.features["orders"] for row in data.rows] == [1, 2]
    assert all(row.known_at == row.at for row in data.rows)


def test_what_fell_due_in_silence_knows_only_what_was_before_it(tmp_path: Path) -> None:
    data = rows_of(tmp_path, event(MONDAY), event(MONDAY + 2 * HOUR), event(MONDAY + 30 * DAY, "Page"), campaign="quiet")
    assert [(row.at, row.known_at, row.features["orders"]) for row in data.rows] == [
        (MONDAY + HOUR, MONDAY, 1),
        (MONDAY + 3 * HOUR, MONDAY + 2 * HOUR, 2),
    ]


def test_recency_and_frequency_are_counted_from_the_goals_until_then(tmp_path: Path) -> None:
    data = rows_of(tmp_path, event(MONDAY), event(MONDAY + HOUR), event(MONDAY + 30 * DAY, "Page"))
    assert [(row.goals, row.since_goal) for row in data.rows] == [(1, None), (2, HOUR)]


def test_people_without_a_user_id_are_left_out_and_counted_unless_asked_for(tmp_path: Path) -> None:
    nobody: dict[str, Any] = {"userId": None, "anonymousId": "visitor"}
    events = (event(MONDAY), event(MONDAY + MINUTE, **nobody), event(MONDAY + 30 * DAY, "Page"))
    assert [row.user_id for row in rows_of(tmp_path, *events).rows] == ["ada"]
    assert list(rows_of(tmp_path, *events).left_out.values()) == [1]
    assert [row.user_id for row in rows_of(tmp_path, *events, anonymous=True).rows] == ["ada", "visitor"]


def test_lines_that_were_left_out_and_a_history_out_of_order_are_told(tmp_path: Path) -> None:
    data = rows_of(tmp_path, event(MONDAY + 30 * DAY, "Page"), event(MONDAY), {"type": "track"}, {"type": "track"})
    disorder, refused = data.notes
    assert "not in order of time: sorted first" in disorder
    assert "2 lines of the history could not be read and were left out" in refused and "the first: " in refused
    assert rows_of(tmp_path, event(MONDAY), event(MONDAY + 30 * DAY)).notes == ()


def test_a_history_without_a_readable_event_says_so(tmp_path: Path) -> None:
    with pytest.raises(HistoryError, match=r"no readable event.* \(1 could not be read\)"):
        rows_of(tmp_path, {"type": "track"})
