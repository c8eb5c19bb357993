"""Waits of journeys: from when they count, and times of the day by the customer's clock."""

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


@pytest.mark.parametrize("none", [0, "0", 23, 0.0])
def test_so_long_before_the_number_of_an_hour_is_no_time(none: Any) -> None:
    document = welcome([{"wait_until": "event.ends", "before": "3d"}, {"send": "hello"}])
    assert said(life(document).live([sign_up(ends=none)]).wait()) == []
