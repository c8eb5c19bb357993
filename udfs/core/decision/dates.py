"""Dates of customers as triggers: each is waited for from the customer's first event after it is known, and after each occurrence for the next."""

from collections.abc import Mapping
from typing import Any

from udfs.core.campaigns.campaign import Campaign
from udfs.core.decision import pending
from udfs.core.decision.turn import Turn
from udfs.core.policy.residence import UTC_ZONE, zone_of
from udfs.core.profile.due import Armed
from udfs.core.values.dates import parse_date
from udfs.core.values.durations import HOUR

WITHIN = 36 * HOUR
"""Between the clocks of two places there are 26 hours at most: occurrences so close are one and the same."""


def arm(turn: Turn) -> None:
    """Wait for every date that is known at an event; one that has changed, or whose customer has moved, is waited for again."""
    profile, now = turn.profile, turn.now
    for campaign in turn.book.by_date:
        if campaign.paused:
            continue
        held = next((due for due in profile.due if isinstance(due, Armed) and due.campaign == campaign.name), None)
        due_now = held is not None and held.at == now  # the event wins at equality, so what falls due with it still stands
        when = _next(turn, campaign, now - 1 if due_now else now)
        if held is not None and when is not None and when > held.at:
            here = _next(turn, campaign, held.at - WITHIN)
            if here is not None and here <= now:
                continue  # where the customer is now the hour has passed already: it comes when it would have come before the journey
        if held is not None and held.at != when:
            profile.due.remove(held)
        if when is not None and (held is None or held.at != when):
            pending.put(profile, Armed(when, campaign.name))


def count_unread(turn: Turn, traits: Mapping[str, Any]) -> None:
    """Count what an event says of the traits of date triggers, and nobody can read."""
    for campaign in turn.book.by_date:
        value = campaign.trigger.date.value(traits) if campaign.trigger.date else None
        if value is not None and value != "" and parse_date(value, UTC_ZONE) is None:
            turn.counts["unknown_dates"] += 1


def fires(turn: Turn, due: Armed, campaign: Campaign) -> bool:
    """Whether a date that falls due is still that date; either way the next one is waited for."""
    when = _next(turn, campaign, due.at - WITHIN)
    fired = when is not None and when <= due.at
    following = _next(turn, campaign, due.at) if fired else when
    pending_already = any(isinstance(held, Armed) and held.campaign == campaign.name for held in turn.profile.due)
    if following is not None and not pending_already:
        pending.put(turn.profile, Armed(following, campaign.name))
    return fired


def _next(turn: Turn, campaign: Campaign, after: int) -> int | None:
    profile, date = turn.profile, campaign.trigger.date
    value = date.value(profile.traits) if date else None
    if date is None or value is None:
        return None
    entered = profile.entered.get(campaign.name)
    last = entered.judged + WITHIN if entered is not None and entered.judged else after  # who flies west does not have it twice
    return date.next(value, zone_of(profile, turn.book.policy.fallback or "UTC") or UTC_ZONE, max(after, last))
