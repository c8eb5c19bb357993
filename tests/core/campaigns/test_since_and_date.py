"""Triggers of time: since an event, and dates of the customer's. Each test is a sentence of docs/journeys.md."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from tests.builders import DAY, HOUR, MINUTE, MONDAY, Life, book, control, event, life, mail
from udfs.core.campaigns.book import Book
from udfs.core.campaigns.compile_book import compile_book
from udfs.core.engine import Engine
from udfs.core.records import Event

T = MONDAY + 10 * HOUR
SINCE = mail("win-back", trigger={"since": "order_completed", "wait": "90d", "unless": ["unsubscribed"]})


def order(at: int) -> Event:
    return event("order_completed", at, order_id=str(at))


def identify(at: int, **traits: Any) -> Event:
    return event("identify", at, type="identify", traits=traits)


def birthday(**changes: Any) -> dict[str, Any]:
    return mail("birthday", trigger={"date": "user.birthday", "at": "09:00", **changes})


def local(text: str, zone: str = "UTC") -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).timestamp() * 1000)


def test_so_long_after_the_latest_such_event_unless_one_comes_again() -> None:
    assert life(SINCE).live([order(T)]).wait().acted_at == [T + 90 * DAY]
    assert life(SINCE).live([order(T), order(T + 89 * DAY)]).wait().acted_at == [T + 179 * DAY]
    assert life(SINCE).live([order(T), order(T + 90 * DAY)]).wait().acted_at == [T + 180 * DAY], "at equality the event wins"
    assert life(SINCE).live([order(T), order(T + 90 * DAY + 1)]).wait().acted_at == [T + 90 * DAY, T + 180 * DAY + 1]


def test_of_several_events_the_latest_counts() -> None:
    either = mail("quiet", trigger={"since": ["page", "screen"], "wait": "30d"})
    assert life(either).live([event("page", T), event("screen", T + DAY)]).wait().acted_at == [T + 31 * DAY]


def test_an_exit_calls_it_off_at_once() -> None:
    assert life(SINCE).live([order(T), event("unsubscribed", T + DAY)]).due is None


def test_other_events_do_not_move_it() -> None:
    assert life(SINCE).live([order(T), event("page", T + 80 * DAY)]).wait().acted_at == [T + 90 * DAY]


def test_an_event_that_comes_late_counts_from_its_own_time_if_it_is_the_latest() -> None:
    page = event("page", T + DAY)
    assert life(SINCE).live([page, order(T)]).wait().acted_at == [T + 90 * DAY]
    assert life(SINCE).live([order(T), page, order(T + HOUR)]).wait().acted_at == [T + HOUR + 90 * DAY]
    assert life(SINCE).live([order(T + HOUR), page, order(T)]).wait().acted_at == [T + HOUR + 90 * DAY]


def test_a_wait_that_has_become_longer_is_waited_out() -> None:
    lived = life(SINCE).live([order(T)])
    lived.engine = Engine(book({**SINCE, "trigger": {"since": "order_completed", "wait": "120d"}}))
    assert lived.wait().acted_at == [T + 120 * DAY]


def test_its_decision_has_no_event_but_its_due_time() -> None:
    (decision,) = life(SINCE).live([order(T)]).wait().decisions
    assert decision.trigger_event_id is None


def test_a_birthday_comes_every_year_at_that_time_where_the_customer_lives() -> None:
    lived = life(birthday()).live([identify(T, birthday="1990-05-17", timezone="America/New_York")]).wait(T + 900 * DAY)
    assert lived.acted_at == [local(f"{year}-05-17T09:00", "America/New_York") for year in (2026, 2027, 2028)]


def test_before_moves_it_forward_and_never_means_the_very_date() -> None:
    lived = life(birthday(before="3d")).live([identify(T, birthday="05-17")]).wait(T + 400 * DAY)
    assert lived.acted_at == [local("2026-05-14T09:00")]
    once = life(birthday(repeat="never")).live([identify(T, birthday="2026-05-17")]).wait()
    assert once.acted_at == [local("2026-05-17T09:00")]
    assert once.due is None
    assert life(birthday(repeat="never")).live([identify(T, birthday="1990-05-17")]).due is None


def test_it_is_armed_at_the_first_event_after_the_date_is_known_or_the_campaign_is_published() -> None:
    lived = Life(Engine(Book())).live([identify(T, birthday="05-17")])
    assert lived.due is None
    lived.engine = Engine(book(birthday()))
    assert lived.live([event("page", T + DAY)]).due == local("2026-05-17T09:00")


def test_a_corrected_date_and_a_move_to_another_zone_move_it() -> None:
    lived = life(birthday()).live([identify(T, birthday="05-17")])
    assert lived.live([identify(T + 1, birthday="06-17")]).due == local("2026-06-17T09:00")
    assert lived.live([event("page", T + 2, context={"timezone": "Asia/Tokyo"})]).due == local("2026-06-17T09:00", "Asia/Tokyo")
    assert lived.live([identify(T + 3, birthday=None)]).due is None


def test_an_event_at_the_very_instant_neither_loses_nor_doubles_it() -> None:
    at = local("2026-05-17T09:00")
    lived = life(birthday()).live([identify(T, birthday="05-17"), identify(at, birthday="05-17")])
    lived.wait(at).live([identify(at, birthday="05-17")]).wait(at + DAY)
    assert lived.acted_at == [at]


def test_a_changed_time_of_day_counts_from_the_next_event_or_when_it_falls_due() -> None:
    lived = life(birthday()).live([identify(T, birthday="05-17")])
    lived.engine = Engine(book(birthday(at="18:00")))
    assert lived.wait(T + 200 * DAY).acted_at == [local("2026-05-17T18:00")]


def test_an_exit_calls_off_what_a_date_brought_about_not_the_date() -> None:
    waits = birthday(unless=["order_completed"]) | {"variants": {"late": {"channel": "email", "content": {"body": "x"}, "wait": "1h"}}}
    lived = life(waits).live([identify(T, birthday="05-17"), event("order_completed", T + DAY)])
    at = local("2026-05-17T09:00")
    assert lived.due == at
    assert lived.wait(at).live([event("order_completed", at + MINUTE)]).wait(at + DAY).acted_at == []


def test_a_paused_campaign_arms_nothing() -> None:
    for document, happened in ((birthday(), identify(T, birthday="05-17")), (SINCE, order(T))):
        paused = compile_book([control(document, status="paused")])
        assert Life(Engine(paused)).live([happened]).due is None


def test_who_moves_on_the_day_itself_has_the_date_once() -> None:
    west = [event("page", local("2026-05-17T10:00"), context={"timezone": "America/New_York"})]
    flown = life(birthday()).live([identify(T, birthday="1990-05-17", timezone=None), event("page", T + 1, context={"timezone": "Europe/Berlin"})])
    flown.wait(local("2026-05-17T09:30")).live(west).wait(T + 300 * DAY)
    assert flown.acted_at == [local("2026-05-17T09:00", "Europe/Berlin")]
    east = life(birthday()).live([identify(T, birthday="1990-05-17"), event("page", T + 1, context={"timezone": "Europe/Berlin"})])
    east.live([event("page", local("2026-05-17T08:59", "Europe/Berlin"), context={"timezone": "Asia/Tokyo"})]).wait(T + 300 * DAY)
    assert east.acted_at == [local("2026-05-17T09:00", "Europe/Berlin")], "in Tokyo the hour had passed"
