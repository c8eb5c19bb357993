"""When the wait of a journey is over, for this customer."""

import datetime as dt
from math import isfinite
from zoneinfo import ZoneInfo

from udfs.core.campaigns.steps import Until, Wait
from udfs.core.counts import note
from udfs.core.decision import pending
from udfs.core.decision.turn import Turn
from udfs.core.expressions.moment import Moment
from udfs.core.policy.residence import UTC_ZONE, zone_of
from udfs.core.values import zones
from udfs.core.values.durations import MAX_DURATION
from udfs.core.values.instants import read
from udfs.core.values.weekly import WEEKDAYS, parse_time_of_day

HOURS = 24
NINE = dt.time(9)
"""A date that says no time of the day begins for a customer at nine, as the dates of triggers do."""


def over(turn: Turn, wait: Wait, moment: Moment, *, campaign: str, now: int, since: int) -> int | None:
    """Epoch milliseconds of record time; `now` or earlier where there is nothing to wait for, None where nobody knows until when."""
    lasts = wait.lasts
    if isinstance(lasts, Until):
        return _until(turn, lasts, moment, now, campaign)
    if isinstance(lasts, int):
        return pending.falls_due(turn, since, lasts)
    span = lasts.evaluate(moment)
    if isinstance(span, bool) or not isinstance(span, (int, float)) or not isfinite(span):
        return None
    if span > MAX_DURATION:
        note(turn.counts, "waits_cut", campaign)
    return now if span <= 0 else pending.falls_due(turn, since, min(int(span), MAX_DURATION))


def _until(turn: Turn, until: Until, moment: Moment, now: int, campaign: str) -> int | None:
    place = zone_of(turn.profile, turn.book.policy.fallback or "UTC") or UTC_ZONE
    if until.instant is None:
        return _next(until.weekday, until.minute, place, now)
    value = until.instant.evaluate(moment)
    if isinstance(value, bool) or not isinstance(value, (str, int, float)):
        return None
    if until.before and _is_hour(value):
        return None  # so long before an hour of the day means nothing: it is what programs write for no date
    time = parse_time_of_day(value)
    if time is not None:  # a customer's own hour: the next such time by their clock
        if time.weekday and time.weekday not in WEEKDAYS:
            return None
        return _next(WEEKDAYS.index(time.weekday) if time.weekday else None, time.minute, place, now) - until.before
    found = read(value)
    if found is None:
        return None
    at = found.at if found.day is None else zones.instant(dt.datetime.combine(found.day, NINE), place)
    if at - until.before > now + MAX_DURATION:
        note(turn.counts, "waits_cut", campaign)
    return min(at - until.before, now + MAX_DURATION)


def _is_hour(value: str | float) -> bool:
    """Whether it is a number from 0 to 24, also as text."""
    if isinstance(value, str):
        return value.strip().replace(".", "", 1).isdecimal() and float(value) < HOURS
    return 0 <= value < HOURS


def _next(weekday: int | None, minute: int, place: ZoneInfo, now: int) -> int:
    """The next such time of the day after `now`, by the clocks of `place`."""
    today = zones.wall(now, place).date()
    time = dt.time(minute // 60, minute % 60)
    days = (today + dt.timedelta(days=ahead) for ahead in range(9))  # within nine days every weekday comes twice
    occurrences = (zones.instant(dt.datetime.combine(day, time), place) for day in days if weekday in (None, day.weekday()))
    return next(at for at in occurrences if at > now)
