"""Dates of customers as triggers: each is waited for from the customer's first event after it is known, and after each occurrence for the next."""

from udfs.core.campaigns.book import Book
from udfs.core.campaigns.campaign import Campaign
from udfs.core.decision import pending
from udfs.core.policy import quiet
from udfs.core.policy.rules import Policy
from udfs.core.profile.state import Due, Profile
from udfs.core.values.durations import HOUR

WITHIN = 36 * HOUR
"""Between the clocks of two places there are 26 hours at most: occurrences so close are one and the same."""


def arm(profile: Profile, now: int, *, book: Book) -> None:
    """Wait for every date that is known at an event at `now`; one that has changed, or whose customer has moved, is waited for anew."""
    for campaign in book.by_date:
        if campaign.paused:
            continue
        held = next((due for due in profile.due if due.campaign == campaign.name and pending.is_armed(due)), None)
        due_now = held is not None and held.at == now  # the event wins at equality, so what falls due with it still stands
        when = _next(profile, campaign, now - 1 if due_now else now, book.policy)
        if held is not None and when is not None and when > held.at:
            here = _next(profile, campaign, held.at - WITHIN, book.policy)
            if here is not None and here <= now:
                continue  # where the customer is now the hour has passed already: it comes when it would have come before the journey
        if held is not None and held.at != when:
            profile.due.remove(held)
        if when is not None and (held is None or held.at != when):
            pending.put(profile, Due(at=when, campaign=campaign.name))


def fires(profile: Profile, due: Due, campaign: Campaign, *, book: Book) -> bool:
    """Whether a date that falls due is still that date; either way the next one is waited for."""
    when = _next(profile, campaign, due.at - WITHIN, book.policy)
    fired = when is not None and when <= due.at
    following = _next(profile, campaign, due.at, book.policy) if fired else when
    if following is not None and not any(held.campaign == campaign.name and pending.is_armed(held) for held in profile.due):
        pending.put(profile, Due(at=following, campaign=campaign.name))
    return fired


def _next(profile: Profile, campaign: Campaign, after: int, policy: Policy) -> int | None:
    date = campaign.trigger.date
    value = date.value(profile.traits) if date else None
    if date is None or value is None:
        return None
    entered = profile.entered.get(campaign.name)
    last = entered.judged + WITHIN if entered is not None and entered.judged else after  # who flies west does not have it twice
    return date.next(value, quiet.place_of(profile, policy.fallback or "UTC") or quiet.UTC_ZONE, max(after, last))
