"""When a customer's date comes next."""

import datetime as dt

from tests.world_oracle.amounts import Unreadable
from tests.world_oracle.campaigns import Campaign
from tests.world_oracle.instants import DAY, day, of_datetime
from tests.world_oracle.people import Person
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
