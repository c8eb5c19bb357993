"""Quiet hours, by the wall clock where the customer lives, and the moment at which what was deferred comes back."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from udfs.core.policy.case import Case, Closed
from udfs.core.policy.residence import zone_of
from udfs.core.policy.rules import SPREAD, TRANSACTIONAL, Policy, QuietHours, Subject, Then
from udfs.core.profile.state import Profile
from udfs.core.records import Reason
from udfs.core.values import chance
from udfs.core.values.zones import instant, wall, zone

_DAY = 24 * 60


def check(case: Case, channel: str | None) -> Closed | None:
    """Whether nobody is to be disturbed just now, where the customer lives."""
    rule = case.policy.quiet_hours
    if rule is None or channel is None or not concerns(rule, case.campaign, channel):
        return None
    home = zone_for(rule, case.profile)
    if home is None:
        then: Then = "next_channel" if rule.then == "next_channel" else "drop"
        return Closed(Reason.QUIET_HOURS, "the customer's time zone is unknown", ({"zone": None},), then)
    if is_quiet(rule, case.now, home):
        return Closed(Reason.QUIET_HOURS, home.key, ({"zone": home.key},), rule.then, case.now)
    return None


def concerns(rule: QuietHours | None, campaign: Subject, channel: str) -> bool:
    """Whether quiet hours are asked about at all for a message of this campaign by this channel."""
    if rule is None or (rule.channels is not None and channel not in rule.channels):
        return False
    return campaign.purpose != TRANSACTIONAL and campaign.purpose not in rule.exempt and rule.exempt.isdisjoint(campaign.tags)


def zone_for(rule: QuietHours, profile: Profile) -> ZoneInfo | None:
    """Whose wall clock counts; None: unknown, and then it is always quiet.

    A zone that was stated and is not understood is somewhere: the fallback would be a guess.
    """
    if rule.zone:
        return zone(rule.zone)
    is_stated = bool(profile.zone) or profile.traits.get("timezone") not in (None, "")
    return zone_of(profile, None if is_stated else rule.fallback)


def is_quiet(rule: QuietHours, at: int, place: ZoneInfo) -> bool:
    """Whether nobody is to be disturbed at `at`."""
    local = wall(at, place)
    minute = local.hour * 60 + local.minute
    if rule.start < rule.end:
        return rule.start <= minute < rule.end
    return minute >= rule.start or minute < rule.end


def ends(rule: QuietHours, at: int, place: ZoneInfo) -> int:
    """When the quiet hours in which `at` lies are over."""
    local = wall(at, place)
    end = datetime(local.year, local.month, local.day) + timedelta(minutes=rule.end)  # noqa: DTZ001 - a wall-clock time, made an instant below
    while (over := instant(end, place)) <= at and (over := instant(end, place, again=True)) <= at:  # today's has passed: that of tomorrow
        end += timedelta(days=1)
    return over


def release(
    policy: Policy, *, campaign: Subject, channel: str, profile: Profile, user_id: str, earliest: int, spread: int | None = None
) -> int | None:
    """When what is deferred until `earliest` comes back: out of quiet hours, at the customer's own jitter; None when it is always quiet.

    `spread`: milliseconds over which customers are spread, the last of them still within it; None: as the policy says.
    """
    rule = policy.quiet_hours
    lot = chance.lot("release", user_id)
    if spread is None:
        jitter = round(lot * (SPREAD if rule is None else min(rule.spread, (_DAY - (rule.end - rule.start) % _DAY) * 60_000)))
    else:
        jitter = min(round(lot * spread), spread - 1)
    if rule is None or not concerns(rule, campaign, channel):
        return earliest + jitter
    place = zone_for(rule, profile)
    if place is None:
        return None
    if is_quiet(rule, earliest, place):
        earliest = ends(rule, earliest, place)
    at = earliest + jitter
    return ends(rule, at, place) + jitter if is_quiet(rule, at, place) else at
