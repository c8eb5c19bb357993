from math import inf

import pytest

from services.upgrade.behind import Behind


def test_the_time_to_catch_up_is_what_is_unread_over_what_is_gained_each_second() -> None:
    found = Behind(unread=90_000, read=1_000, written=100)
    assert found.catches_up() == 100
    assert found.with_longer(gain=1.4, pauses_s=50) == pytest.approx(50 + (90_000 + 5_000) / 1_300)
    assert found.advice(gain=1.4, pauses_s=50, within_s=6) == "does not pay"
    assert found.advice(gain=1.4, pauses_s=10, within_s=6) == "pays"


@pytest.mark.parametrize(("unread", "expected"), [(35_600 * 30 * 0.95, "does not pay"), (35_600 * 30 * 1.05, "pays")])
def test_it_pays_above_the_figure_of_the_production_guide(unread: float, expected: str) -> None:
    assert Behind(unread=int(unread), read=10_600, written=0).advice(gain=15.1 / 10.6, pauses_s=30, within_s=6) == expected


def test_a_job_that_falls_further_behind_catches_up_only_if_it_then_reads_more_than_is_written() -> None:
    falling = Behind(unread=10_000, read=1_000, written=1_200)
    assert falling.catches_up() == inf
    assert falling.advice(gain=1.4, pauses_s=60, within_s=6) == "pays"
    assert falling.advice(gain=1.2, pauses_s=60, within_s=6) == "never catches up"


@pytest.mark.parametrize("found", [Behind(unread=0, read=0, written=0), Behind(unread=-4, read=0, written=0), Behind(unread=0, read=50, written=50)])
def test_a_job_that_is_not_behind_is_left_alone(found: Behind) -> None:
    assert found.advice(gain=2, pauses_s=1, within_s=6) == "not behind"
    assert found.caught_up(within_s=6)


def test_of_a_job_that_reads_nothing_and_has_something_to_read_nothing_is_concluded() -> None:
    found = Behind(unread=500, read=0, written=0)
    assert found.advice(gain=1.4, pauses_s=60, within_s=6) == "reads nothing"
    assert not found.caught_up(within_s=6)


def test_a_steady_job_is_not_behind_however_its_rates_differ_by_chance() -> None:
    idle = Behind(unread=4, read=8.0, written=8.01)  # heartbeats alone
    assert idle.catches_up() == inf
    assert idle.advice(gain=1.4, pauses_s=60, within_s=6) == "not behind"


def test_it_has_caught_up_when_what_is_unread_is_what_came_since_the_last_checkpoints() -> None:
    assert Behind(unread=6_000, read=1_000, written=1_000).caught_up(within_s=6)
    assert not Behind(unread=6_001, read=1_000, written=1_000).caught_up(within_s=6)
