"""Step 8: what speaks against a candidate, as a whole and by each of its channels, in the order of docs/policy.md.

Each rule is a module of its own; here stands only their order, and what a closed door leads to: the next channel, later, or nowhere.
"""

from typing import NamedTuple

from udfs.core import caps, consent, quiet, reach, suppression
from udfs.core.book import Book
from udfs.core.campaigns import Campaign, Variant
from udfs.core.policy import TRANSACTIONAL, Then
from udfs.core.problems import LONGEST_MESSAGE, short
from udfs.core.profile import Profile
from udfs.core.records import Against, Reason
from udfs.core.throughput import Throughput


class Verdict(NamedTuple):
    """The channel that is open, or the reason why none is; `until`: when it is worth asking again."""

    channel: str | None
    reason: Reason
    detail: str | None = None
    until: int | None = None
    against: tuple[Against, ...] = ()
    used: Reason | None = None
    """The reason that has deferred it, and may not do so again."""
    stopped_at: str | None = None
    """The channel that gave the reason."""


class Case(NamedTuple):
    """What is judged: a campaign's variant for one customer at one instant."""

    user_id: str
    profile: Profile
    campaign: Campaign
    variant: Variant
    now: int
    origin: int
    stale: bool
    ghost: bool
    deferred_by: frozenset[str]
    """Reasons that have deferred it before: none does so twice."""


class _Closed(NamedTuple):
    reason: Reason
    detail: str
    then: Then
    opens: int | None = None
    """When it is open again, before quiet hours and jitter."""
    spread: int | None = None
    """Milliseconds over which those who come back are spread; None: as the policy says."""


def verdict(case: Case, book: Book, throughput: Throughput) -> Verdict:
    """Judge one candidate."""
    whole = _against_all(case, book)
    if whole is not None:
        return Verdict(None, *whole)
    against: list[Against] = []
    for channel in case.variant.channels:
        closed = _against(case, channel, book, throughput)
        if closed is None:
            return Verdict(channel, Reason.ELIGIBLE, against=tuple(against))
        against.append(Against(channel=channel, reason=closed.reason, detail=closed.detail))
        if closed.then == "next_channel":
            continue
        if closed.then == "drop" or closed.opens is None or closed.reason in case.deferred_by:
            return Verdict(None, closed.reason, closed.detail, None, tuple(against), stopped_at=channel)
        until, used = _release(case, channel, closed, closed.opens, book)
        return Verdict(None, closed.reason, closed.detail, until, tuple(against), used, channel)
    return Verdict(None, against[0].reason, against[0].detail, None, tuple(against))


def consented(case: Case, book: Book) -> Verdict | None:
    """Asked at entry, before anything is waited for: None while consent opens one channel at least."""
    against = []
    for channel in case.variant.channels:
        word = consent.against(case.profile, case.campaign.purpose, channel, case.now, book.policy.consent)
        if word is None:
            return None
        against.append(Against(channel=channel, reason=word[0], detail=word[1]))
    return Verdict(None, against[0].reason, against[0].detail, None, tuple(against))


def _against_all(case: Case, book: Book) -> tuple[Reason, str] | None:
    campaign = case.campaign
    if case.stale:
        return Reason.STALE_TRIGGER, "older than the policy's trigger_max_age when it arrived"
    if case.now - case.origin >= campaign.expires:
        return Reason.EXPIRED, f"{case.now - case.origin} ms after its trigger, and it lives {campaign.expires} ms"
    if book.switches:
        off = next((switch for switch in ("all", f"campaign/{campaign.name}") if switch in book.switches), None)
        if off:
            return Reason.SWITCHED_OFF, f"{off}: {book.switches[off]}".removesuffix(": ")
    if book.policy.suppress and campaign.purpose != TRANSACTIONAL:
        rests = suppression.against(book.policy.suppress, case.profile.reactions, campaign, None, case.now)
        if rests is not None:
            return Reason.SUPPRESSED, rests
    return None


def _against(case: Case, channel: str, book: Book, throughput: Throughput) -> _Closed | None:
    policy, campaign, profile = book.policy, case.campaign, case.profile
    if book.channels is not None and channel not in book.channels:
        deployed = ", ".join(sorted(book.channels)) or "none"
        return _Closed(Reason.CHANNEL_NOT_DEPLOYED, short(f"{channel}: deployed are {deployed}", LONGEST_MESSAGE), "next_channel")
    if book.switches and (off := f"channel/{channel}") in book.switches:
        return _Closed(Reason.SWITCHED_OFF, f"{off}: {book.switches[off]}".removesuffix(": "), "next_channel")
    word = consent.against(profile, campaign.purpose, channel, case.now, policy.consent)
    if word is not None:
        return _Closed(*word, "next_channel")
    shut = reach.against(profile, channel)
    if shut is not None:
        return _Closed(Reason.UNREACHABLE, shut, "next_channel")
    bypasses = campaign.purpose == TRANSACTIONAL
    if policy.suppress and not bypasses:
        rests = suppression.against(policy.suppress, profile.reactions, campaign, channel, case.now)
        if rests is not None:
            return _Closed(Reason.SUPPRESSED, rests, "next_channel")
    if policy.caps and not bypasses:
        place = quiet.place_of(profile, policy.fallback or "UTC") or quiet.UTC_ZONE
        full = caps.against(policy, profile.messages, campaign, channel, now=case.now, place=place, ghost=case.ghost)
        if full is not None:
            return _Closed(Reason.CAP_REACHED, full.detail, full.cap.then, full.opens)
    rule = policy.quiet_hours
    if rule is not None and quiet.concerns(rule, campaign, channel):
        home = quiet.zone_for(rule, profile)
        if home is None:
            return _Closed(Reason.QUIET_HOURS, "the customer's time zone is unknown", "next_channel" if rule.then == "next_channel" else "drop")
        if quiet.is_quiet(rule, case.now, home):
            return _Closed(Reason.QUIET_HOURS, f"{home.key}", rule.then, case.now)
    rate = policy.throughput.get(channel)
    if rate is not None and not bypasses:
        place_at = throughput.take(channel, rate, case.now, held=Reason.THROTTLED in case.deferred_by, ghost=case.ghost)
        if place_at is not None:
            return _Closed(Reason.THROTTLED, f"{channel}: {rate.most} per {rate.period} ms are taken", "defer", place_at, rate.period)
    return None


def _release(case: Case, channel: str, closed: _Closed, opens: int, book: Book) -> tuple[int | None, Reason]:
    """When it comes back, and the reason that has had its turn by then. A place in the throughput that lies in the night is given up."""
    until = quiet.release(
        book.policy,
        campaign=case.campaign,
        channel=channel,
        profile=case.profile,
        user_id=case.user_id,
        earliest=opens,
        spread=closed.spread,
    )
    if closed.spread is not None and until is not None and until >= opens + closed.spread:
        return until, Reason.QUIET_HOURS
    return until, closed.reason
