"""One spelling is one time, wherever it is read: of an event, by a condition, a date trigger, a wait, a message, the end of a consent."""

from collections.abc import Callable
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from services.local.job import LocalJob
from tests.builders import DAY, HOUR, MINUTE, book, event, life, mail
from tests.codecs.builders import added, taken
from tests.field.test_stops_by_odd_clocks_and_words import said
from udfs.core.expressions.compiler import compile_value
from udfs.core.expressions.moment import Moment
from udfs.core.expressions.vocabulary import Vocabulary
from udfs.core.policy.consent_words import end_of
from udfs.core.profile.state import Profile
from udfs.core.records import Rejection
from udfs.core.templates.compile import TemplateError, compile_template
from udfs.core.templates.locales import Local

BEFORE = 1_772_445_600_000
"""2026-03-02T10:00Z: when everything is reported."""
AT = BEFORE + 3 * DAY + 30 * MINUTE
"""2026-03-05T10:30Z, a Thursday."""
MIDNIGHT = AT - 10 * HOUR - 30 * MINUTE

INSTANTS: tuple[Any, ...] = (
    AT,
    AT // 1000,
    AT * 1000,
    AT * 1_000_000,
    float(AT),
    AT / 1000,
    str(AT),
    str(AT // 1000),
    f" {AT // 1000}.000 ",
    str(AT * 1000),
    "1.7727066E12",
    "1.7727066e+09",
    "2026-03-05T10:30:00Z",
    "2026-03-05T10:30:00.000000000Z",
    "2026-03-05T10:30Z",
    "2026-03-05t10:30:00,000z",
    "2026-03-05T11:30:00+01:00",
    "2026-03-05T11:30+0100",
    "2026-03-05T11:30:00+01",
    "2026-03-05T11:30:00+01:00[Europe/Berlin]",
    "2026-03-05 10:30:00",
    " 2026-03-05 10:30:00 UTC",
    "2026-03-05 10:30:00 +0000 UTC",
    "2026/03/05 10:30:00",
    "2026.03.05 10:30",
    "20260305T103000Z",
    "2026-W10-4T10:30:00Z",
    "Thu, 05 Mar 2026 10:30:00 GMT",
    "Thu, 5 Mar 2026 11:30:00 +0100 (CET)",
    "5 Mar 2026 10:30 +0000",
    "Thu Mar 05 2026 11:30:00 GMT+0100 (Central European Standard Time)",
    "Thu Mar  5 10:30:00 2026",
)
DAYS: tuple[Any, ...] = (
    MIDNIGHT,
    MIDNIGHT // 1000,
    MIDNIGHT * 1000,
    str(MIDNIGHT),
    str(MIDNIGHT // 1000),
    20260305,
    "20260305",
    "2026-03-05",
    " 2026-3-5 ",
    "2026/03/05",
    "2026.3.5",
    "05.03.2026",
    "5.3.2026",
    "2026-W10-4",
    "2026-03-05T00:00:00Z",
    "2026-03-05T00:00:00.000",
    "2026-03-04T24:00:00Z",
    "Thu, 05 Mar 2026 00:00:00 GMT",
    "2026-03-05 00:00:00 UTC",
)
DAYS_OF_A_ZONE: tuple[Any, ...] = ("2026-03-05T00:00:00+02:00", "2026-03-05 00:00:00 -0500", "Thu, 05 Mar 2026 00:00:00 +0100")
UNKNOWN: tuple[Any, ...] = (
    -1,
    25,
    1990,
    45_000,
    20_261_341,
    5_032_026,
    99_999_999,
    "99999999",
    1e30,
    -1e30,
    float("nan"),
    float("inf"),
    10**400,
    "1" * 5_000,
    True,
    "",
    "soon",
    "05/03/2026",
    "31.02.2026",
    "2026-02-30",
    "2026-13-05T10:00:00Z",
    "0000-00-00",
    "0000-00-00 00:00:00",
    "0001-01-01T00:00:00Z",
    "1900-01-01",
    "1899-12-30T00:00:00Z",
    "9999-12-31T23:59:59Z",
    "9999-12-31",
    "32503680000",
    -62_135_596_800,
    -62_135_596_800_000,
    253_402_300_799_000,
    "Thu, 05 Mar 0026 10:30:00 GMT",
    "Thu, 05 Mar 9999 10:30:00 GMT",
    "NaN",
    "Infinity",
    "1e400",
    [AT],
    {"at": AT},
)


NO_JSON = {"nan", "inf"}
"""What JSON has no word for."""


def by_event(value: Any, place: str = "UTC") -> int | None:
    """When an event happened that is reported long after it."""
    found, asides = taken(added(timestamp=value), at=AT + 30 * DAY)
    return None if asides else found.at


def by_consent(value: Any, place: str = "UTC") -> int | None:
    """When a consent ends; 1: at once, since nobody can read it."""
    end = end_of({"expires_at": value}, 1)
    return None if end == 1 else end


def by_condition(value: Any, place: str = "UTC") -> int | None:
    moment = Moment(user_id="ada", profile=Profile(born=0, now=BEFORE, zone=place, traits={"ends": value}), now=BEFORE, cart=None)
    since = compile_value("now - user.ends", Vocabulary()).evaluate(moment)
    until = compile_value("user.ends - now", Vocabulary()).evaluate(moment)
    assert since == (None if until is None else -until)
    return None if until is None else BEFORE + until


def by_wait(value: Any, place: str = "UTC") -> int | None:
    story = mail(trigger={"event": "go"}, steps=[{"wait_until": "event.ends"}, {"send": "mail"}])
    acted = life(story).live([event("go", BEFORE, ends=value, context={"timezone": place})]).wait().acted_at
    return acted[0] if acted else None


def by_trigger(value: Any, place: str = "UTC") -> int | None:
    """When the trigger of that very date comes."""
    story = mail(trigger={"date": "user.ends", "repeat": "never"})
    known = event("identify", BEFORE, type="identify", traits={"ends": value, "timezone": place})
    acted = life(story).live([known]).wait().acted_at
    return acted[0] if acted else None


def by_message(value: Any, place: str = "UTC", style: str = "yyyy-MM-dd HH:mm:ss") -> str | None:
    template = compile_template(f"{{{{ event.ends | date({style!r}) }}}}")
    try:
        return template.render({"event": {"ends": value}}, Local(zone=ZoneInfo(place))) or None
    except TemplateError:
        return None


@pytest.mark.parametrize("read", [by_event, by_consent, by_condition, by_wait])
def test_a_time_is_the_same_time_in_every_spelling(read: Callable[[Any], int | None]) -> None:
    assert {str(value): read(value) for value in INSTANTS if read(value) != AT} == {}


def test_a_time_is_the_day_that_it_is_where_the_customer_lives() -> None:
    assert {str(value): by_trigger(value) for value in INSTANTS if by_trigger(value) != MIDNIGHT + 9 * HOUR} == {}
    assert {by_trigger(value, "Pacific/Kiritimati") for value in INSTANTS} == {MIDNIGHT + DAY + 9 * HOUR - 14 * HOUR}


def test_a_time_is_written_by_the_clock_of_the_customer() -> None:
    assert {by_message(value) for value in INSTANTS} == {"2026-03-05 10:30:00"}
    assert {by_message(value, "Pacific/Kiritimati") for value in INSTANTS} == {"2026-03-06 00:30:00"}
    assert {by_message(value, "Pacific/Kiritimati", "yyyy-MM-dd") for value in INSTANTS} == {"2026-03-06"}


@pytest.mark.parametrize("place", ["UTC", "America/New_York", "Pacific/Kiritimati"])
def test_a_day_is_that_day_in_every_spelling_wherever_the_customer_lives(place: str) -> None:
    nine = {"UTC": 9, "America/New_York": 14, "Pacific/Kiritimati": -5}[place] * HOUR
    for value in DAYS + DAYS_OF_A_ZONE:
        assert by_trigger(value, place) == MIDNIGHT + nine, value
        assert by_wait(value, place) == MIDNIGHT + nine, value
        assert by_message(value, place) == "2026-03-05 00:00:00", value
        assert by_message(value, place, "yyyy-MM-dd") == "2026-03-05", value


def test_where_a_time_is_needed_a_day_is_its_midnight_and_an_event_without_a_time_comes_at_the_end_of_its_day() -> None:
    for value in DAYS:
        assert by_condition(value) == by_consent(value) == MIDNIGHT, value
        assert by_event(value) in {MIDNIGHT, MIDNIGHT + DAY - 1}, value
    assert {by_event(value) for value in ("2026-03-05", "2026-3-5", "20260305", 20260305, "05.03.2026")} == {MIDNIGHT + DAY - 1}


@pytest.mark.parametrize("read", [by_event, by_consent, by_condition, by_wait, by_trigger, by_message])
def test_an_absurd_date_is_unknown_and_never_a_wrong_one(read: Callable[[Any], Any]) -> None:
    found = {repr(value)[:40]: read(value) for value in UNKNOWN if not (read is by_event and repr(value) in NO_JSON)}
    assert {value: what for value, what in found.items() if what is not None} == {}


def test_zero_is_no_date_but_an_hour_of_the_day_where_one_waits() -> None:
    assert [read(0) for read in (by_event, by_consent, by_condition, by_trigger, by_message)] == [None] * 5


@pytest.mark.parametrize(
    ("value", "day"),
    [
        (642_902_400, "1990-05-17"),
        (642_902_400_000, "1990-05-17"),
        ("642902400000000", "1990-05-17"),
        (110_592_000, "1973-07-04"),
        (-300_000_000, "1960-06-29"),
        (-299_980_800_000, "1960-06-30"),
        ("-299980800", "1960-06-30"),
        ("-2.999808E11", "1960-06-30"),
        ("1960-06-30", "1960-06-30"),
        ("Thu, 30 Jun 1960 00:00:00 GMT", "1960-06-30"),
    ],
)
def test_a_birthday_may_be_long_before_any_event(value: Any, day: str) -> None:
    assert by_message(value, style="yyyy-MM-dd") == day
    assert by_event(value) is None or day == "1990-05-17"


def test_conditions_compare_a_date_in_any_spelling_with_now_and_with_a_day() -> None:
    def met(source: str, value: Any) -> Any:
        profile = Profile(born=0, now=BEFORE, traits={"ends": value})
        return compile_value(source, Vocabulary()).evaluate(Moment(user_id="ada", profile=profile, now=BEFORE, cart=None, properties={"ends": value}))

    for value in INSTANTS + DAYS + DAYS_OF_A_ZONE:
        assert met("user.ends > now", value) is True, value
        assert met("now >= event.ends", value) is False, value
        assert met('event["ends"] - now < 4 * 86400000', value) is True, value
        assert met("user.ends < now + 2 * 86400000", value) is False, value
        assert met('user.ends > "2026-03-03" and user.ends <= "2026-03-05T12:00:00Z"', value) is True, value
        assert met("default(user.ends, 0) < now", value) is False, value
    for value in UNKNOWN:
        assert met("user.ends > now", value) is None, value
        assert met("not user.ends > now", value) is None, value
    assert met("default(user.gone, 0) < now", "") is True
    assert met("now - user.ends * 86400000", 2) == BEFORE - 2 * DAY, "a number of days is no date"
    assert met('user.ends > "2"', "3") is True, "texts are compared as texts"


@pytest.mark.parametrize("absurd", ["0001-01-01", "1900-01-01", "9999-12-31T23:59:59Z", 25, -62_135_596_800, "31.02.1990"])
def test_an_absurd_date_is_said_to_be_one(absurd: Any) -> None:
    told = said("identify", 0, top={"type": "identify", "traits": {"birthday": absurd, "plan": "gold"}})
    (aside,) = [each for outputs in LocalJob(book(mail())).run([told]) for each in outputs if isinstance(each, Rejection)]
    assert (aside.accepted, aside.field) == (True, "traits.birthday")


def test_a_trait_that_a_trigger_waits_for_and_that_is_no_date_is_counted_each_time_it_is_reported() -> None:
    lived = life(mail(trigger={"date": "user.ends"}))
    traits = [{"ends": value} for value in ("soon", 25, "2026-03-05", "", None, "9999-12-31")] + [{"plan": "gold"}]
    lived.live([event("identify", BEFORE + number, type="identify", traits=told) for number, told in enumerate(traits)])
    assert lived.engine.counts["unknown_dates"] == 3


def test_an_absurd_time_of_an_event_is_said_to_be_one() -> None:
    _, (aside,) = taken(added(timestamp="0001-01-01T00:00:00Z"), at=AT)
    assert aside.field == "timestamp"
    assert "lies before 1990" in aside.message
