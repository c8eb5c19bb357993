"""When a customer's date comes next, and until when a journey waits."""

import datetime as dt
import re

from tests.world_oracle import conditions
from tests.world_oracle.amounts import Unreadable
from tests.world_oracle.campaigns import Campaign, Document
from tests.world_oracle.instants import DAY, day, duration, instant, local, of_datetime
from tests.world_oracle.people import Person, Scope
from tests.world_oracle.policy import Policy


def occurrence(campaign: Campaign, person: Person, policy: Policy, now: int) -> int | None:
    """The next instant after `now` at which the date comes, by the customer's clock. The 29th of February is the 28th in other years."""
    try:
        year, month, of_month = day(person.trait(campaign.trait))
    except Unreadable:
        return None
    fallback = policy.quiet.fallback if policy.quiet and policy.quiet.fallback != "strictest" else "UTC"
    where = person.zone(fallback) or dt.UTC
    this_year = (dt.datetime(1970, 1, 1, tzinfo=dt.UTC) + dt.timedelta(milliseconds=now)).year
    if not campaign.yearly and year is None:
        return None
    for candidate in range(this_year - 1, this_year + 3) if campaign.yearly else [year or this_year]:
        leap_day = (month, of_month) == (2, 29) and not (candidate % 4 == 0 and (candidate % 100 != 0 or candidate % 400 == 0))
        due = of_datetime(
            dt.datetime(candidate, month, 28 if leap_day else of_month, *campaign.at, tzinfo=where) - dt.timedelta(days=campaign.before // DAY)
        )
        if due > now and (year is None or candidate >= year):
            return due
    return None


WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


def until(step: Document, scope: Scope) -> int | None:
    """Until when `wait_until` waits: the next such weekday and time where the customer lives, or an instant, moved forward by `before`.
    None where the instant is unknown."""
    where = scope.person.zone("UTC") or dt.UTC
    text = str(step["wait_until"])
    if found := re.fullmatch(r"\s*([a-z]+)\s+(\d{1,2}):(\d{2})\s*", text):
        clock = local(scope.now, where)
        for ahead in range(8):
            date = clock.date() + dt.timedelta(days=ahead)
            at = of_datetime(dt.datetime.combine(date, dt.time(int(found[2]), int(found[3])), where))
            if date.weekday() == WEEKDAYS.index(found[1]) and at > scope.now:
                return at
    value = conditions.evaluate(text, scope)
    try:
        told = instant(str(value) if value is not None else None)
    except Unreadable:
        return None
    return told - (duration(step["before"]) if "before" in step else 0)
