"""A planted leak stops the run, and is reported with feature, row and both times."""

from dataclasses import replace
from pathlib import Path

import pytest

from services.local.book import book_of
from services.replay.segment import segment_spec
from services.replay.times import date_and_time
from tests.builders import DAY, MONDAY
from tests.training.shop import WITHIN, features, history, row
from training.errors import LeakError, SkewError
from training.leak import check_again, check_dates, sample
from training.options import PROBE
from training.replay import Replay
from training.rows import Row, dataset
from udfs.core.campaigns.book import Book


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Book, list[Row]]:
    folder = tmp_path_factory.mktemp("shop")
    path, book = history(folder / "events.jsonl", users=20, days=60), book_of([PROBE], features=features(folder))
    replay = Replay(book, goal="order_completed", campaign="after-order")
    return path, book, list(dataset(replay.decisions(segment_spec(path)), replay, within=WITHIN).rows)


def test_rows_of_the_replay_are_the_same_when_made_again_from_their_past_alone(shop: tuple[Path, Book, list[Row]]) -> None:
    path, book, rows = shop
    check_dates(rows)
    check_again(sample(rows, 40), segment_spec(path).records, book)


def test_a_feature_dated_after_its_decision_stops_the_run(shop: tuple[Path, Book, list[Row]]) -> None:
    """As a join gone wrong would have it: the row of one order bears the spend as of the next one."""
    path, book, rows = shop
    early, late = next((a, b) for a in rows for b in rows if a.user_id == b.user_id and a.at < b.at < a.at + 20 * DAY)
    leaking = replace(early, features={**early.features, "spend_30d": late.features["spend_30d"]})
    with pytest.raises(LeakError, match="a leak: 'spend_30d'") as told:
        check_again([leaking], segment_spec(path).records, book)
    for part in (early.decision_id, early.user_id, date_and_time(early.at), date_and_time(late.at)):
        assert part in str(told.value)


def test_a_value_that_the_history_never_makes_is_told_as_such(shop: tuple[Path, Book, list[Row]]) -> None:
    path, book, rows = shop
    with pytest.raises(SkewError, match="'spend_30d' of decision"):
        check_again([replace(rows[0], features={**rows[0].features, "spend_30d": -1.0})], segment_spec(path).records, book)


def test_a_row_of_a_decision_that_its_past_does_not_make_stops_the_run(shop: tuple[Path, Book, list[Row]]) -> None:
    path, book, rows = shop
    with pytest.raises(LeakError, match="does not follow from the events until then"):
        check_again([replace(rows[0], at=rows[0].at - 1)], segment_spec(path).records, book)


def test_a_row_that_dates_itself_after_its_decision_stops_the_run() -> None:
    with pytest.raises(LeakError, match="2026-01-05 00:00:00 were computed from an event at 2026-01-05 00:00:01"):
        check_dates([row(MONDAY), row(MONDAY, known_at=MONDAY + 1000)])
