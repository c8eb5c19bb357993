"""Dates of customers as triggers: each is waited for from the customer's first event after it is known, and after each occurrence for the next."""

from udfs.core import pending, quiet
from udfs.core.book import Book
from udfs.core.campaigns import Campaign
from udfs.core.counts import Counts
from udfs.core.policy import Policy
from udfs.core.profile import Due, Profile


def arm(profile: Profile, now: int, *, book: Book, counts: Counts) -> None:
    """Wait for every date that is known at an event at `now`; one that has changed, or whose customer has moved, is waited for anew."""
    for campaign in book.by_date:
        if campaign.paused:
            continue
        held = next((due for due in profile.due if due.campaign == campaign.name and pending.is_armed(due)), None)
        due_now = held is not None and held.at == now  # the event wins at equality, so what falls due with it still stands
        when = _next(profile, campaign, now - 1 if due_now else now, book.policy)
        if held is not None and held.at != when:
            profile.due.remove(held)
        if when is not None and (held is None or held.at != when):
            pending.put(profile, Due(at=when, campaign=campaign.name), counts)


def fires(profile: Profile, due: Due, campaign: Campaign, *, book: Book, counts: Counts) -> bool:
    """Whether a date that falls due is still that date; either way the next one is waited for."""
    when = _next(profile, campaign, due.at - 1, book.policy)
    fired = when == due.at
    following = _next(profile, campaign, due.at, book.policy) if fired else when
    if following is not None and not any(held.campaign == campaign.name and pending.is_armed(held) for held in profile.due):
        pending.put(profile, Due(at=following, campaign=campaign.name), counts)
    return fired


def _next(profile: Profile, campaign: Campaign, after: int, policy: Policy) -> int | None:
    date = campaign.trigger.date
    value = date.value(profile.traits) if date else None
    if date is None or value is None:
        return None
    return date.next(value, quiet.place_of(profile, policy.fallback or "UTC") or quiet.UTC_ZONE, after)
