"""Waits of journeys: from when they count, and times of the day by the customer's clock."""

import datetime as dt
from typing import Any

import pytest

from tests.builders import DAY, HOUR, MINUTE, event, life
from tests.core.decision.test_journeys import T, said, sign_up, welcome


def test_a_wait_after_a_silence_counts_from_its_end_and_not_from_its_beginning() -> None:
    steps = [{"wait": "30d"}, {"send": "hello"}]
    silence = life(welcome(steps, trigger={"since": "order_completed", "wait": "60d"})).live([event("order_completed", T, order_id="o")]).wait()
    assert said(silence) == [("acted", "hello", T + 90 * DAY)]
    quiet = life(welcome(steps, trigger={"idle": "5d", "of": "any"})).live([event("page", T)]).wait()
    assert said(quiet) == [("acted", "hello", T + 35 * DAY)]


def test_a_customers_own_time_of_the_day_is_waited_for_by_their_clock() -> None:
    def at(best: Any, *, zone: str = "Europe/Berlin") -> list[tuple[str, str | None, int]]:
        story = welcome([{"wait_until": "user.best"}, {"send": "hello"}])
        known = event("identify", T - HOUR, traits={"best": best, "timezone": zone})
        return said(life(story).live([known, sign_up()]).wait())

    assert at(19) == at("19:00") == at(19.0) == [("acted", "hello", T + 8 * HOUR)]
    assert at(7) == [("acted", "hello", T + 20 * HOUR)], "it has passed today"
    assert at("wednesday 11:00") == [("acted", "hello", T + 2 * DAY)]
    assert at(0, zone="UTC") == [("acted", "hello", T + 14 * HOUR)]
    for nothing in (24, 25, -1, 7.5, True, "nineday 10:00", "25:00", "soon", [19]):
        assert at(nothing) == [], nothing


def test_before_goes_with_a_time_of_the_day_too() -> None:
    story = welcome([{"wait_until": "user.best", "before": "30m"}, {"send": "hello"}])
    known = event("identify", T - HOUR, traits={"best": "19:00"})
    assert said(life(story).live([known, sign_up()]).wait()) == [("acted", "hello", T + 9 * HOUR - 30 * MINUTE)]


@pytest.mark.parametrize("before", [{}, {"before": "30m"}])
def test_a_number_of_hundreds_of_digits_is_no_time_and_no_failure(before: dict[str, str]) -> None:
    story = welcome([{"wait_until": "event.plan.ends", **before}, {"send": "hello"}])
    lived = life(story).live([sign_up(plan={"ends": 10**400})]).wait()
    assert lived.decisions == []


@pytest.mark.parametrize("none", [0, "0", 23, 0.0])
def test_so_long_before_the_number_of_an_hour_is_no_time(none: Any) -> None:
    document = welcome([{"wait_until": "event.ends", "before": "3d"}, {"send": "hello"}])
    assert said(life(document).live([sign_up(ends=none)]).wait()) == []


@pytest.mark.parametrize("days", [True, False, "ten", "soon", None, [5], {}])
def test_a_wait_of_what_is_no_number_is_unknown_and_ends_the_run(days: Any) -> None:
    document = welcome([{"wait": "event.cycle_days * 1d"}, {"send": "hello"}])
    lived = life(document).live([sign_up(cycle_days=days)]).wait()
    assert said(lived) == []
    assert lived.engine.counts["journeys_lost"] == 1


def test_a_day_may_stand_there_as_it_is_and_begins_at_nine() -> None:
    lived = life(welcome([{"wait_until": "2026-04-01"}, {"send": "hello"}])).live([sign_up()]).wait()
    assert said(lived) == [("acted", "hello", round(dt.datetime(2026, 4, 1, 9, tzinfo=dt.UTC).timestamp() * 1000))]


@pytest.mark.parametrize(("days", "waited", "cut"), [(400, 400, 0), (500, 400, 1), (1e9, 400, 1)])
def test_a_computed_wait_is_cut_to_400_days_and_counted(days: float, waited: int, cut: int) -> None:
    document = welcome([{"wait": "event.cycle_days * 1d"}, {"send": "hello"}])
    lived = life(document).live([sign_up(cycle_days=days)]).wait()
    assert said(lived) == [("acted", "hello", T + waited * DAY)]
    assert lived.engine.counts.get("waits_cut", 0) == cut


def test_a_date_that_is_further_away_than_400_days_is_counted_too() -> None:
    lived = life(welcome([{"wait_until": "event.ends"}, {"send": "hello"}])).live([sign_up(ends="2031-01-01")]).wait()
    assert lived.engine.counts["waits_cut"] == 1
