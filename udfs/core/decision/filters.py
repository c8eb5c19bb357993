"""Step 8: what speaks against a candidate, as a whole and by each of its channels, in the order of docs/policy.md.

Each rule is a module of its own; here stands only their order, and what a closed door leads to: the next channel, later, or nowhere.
"""

from typing import NamedTuple

from udfs.core.campaigns.book import Book
from udfs.core.campaigns.campaign import Campaign, Variant
from udfs.core.policy import caps, consent, quiet, reach, suppression
from udfs.core.policy.rules import TRANSACTIONAL, Then
from udfs.core.policy.throughput import Throughput
from udfs.core.profile.state import Place, Profile
from udfs.core.records import Against, Reason
from udfs.core.values.problems import LONGEST_MESSAGE, short


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
    place: Place | None = None
    """What it takes of the throughput if it goes out, or keeps until it comes back."""


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
    """Reasons that have deferred it before: none does so twice, but for the throughput, which gives it a place each time."""
    kept: Place | None = None
    """The place in the throughput that was kept for it until now."""


class _Closed(NamedTuple):
    reason: Reason
    detail: str
    then: Then
    opens: int | None = None
    """When it is open again, before quiet hours and jitter."""


def verdict(case: Case, book: Book, throughput: Throughput) -> Verdict:
    """Judge one candidate."""
    whole = _against_all(case, book)
    if whole is not None:
        return Verdict(None, *whole)
    against: list[Against] = []
    for channel in case.variant.channels:
        closed = _against(case, channel, book)
        if closed is None:
            return _open(case, channel, tuple(against), book, throughput)
        against.append(Against(channel=channel, reason=closed.reason, detail=closed.detail))
        if closed.then == "next_channel":
            continue
        if closed.then == "drop" or closed.opens is None or closed.reason in case.deferred_by:
            return Verdict(None, closed.reason, closed.detail, None, tuple(against), stopped_at=channel)
        until = _release(case, channel, closed.opens, book)
        return Verdict(None, closed.reason, closed.detail, until, tuple(against), closed.reason, channel)
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


def _against(case: Case, channel: str, book: Book) -> _Closed | None:
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
    return None


def _open(case: Case, channel: str, against: tuple[Against, ...], book: Book, throughput: Throughput) -> Verdict:
    """The last question to a channel that nothing speaks against: is there a place in its throughput, now or while the message lives?"""
    rate = book.policy.throughput.get(channel)
    if rate is None or case.campaign.purpose == TRANSACTIONAL:
        return Verdict(channel, Reason.ELIGIBLE, against=against)
    place = throughput.first_free(channel, rate, case.now, ghost=case.ghost, kept=case.kept)
    begins = place.period * place.length
    if begins <= case.now:
        return Verdict(channel, Reason.ELIGIBLE, against=against, place=place)
    detail = f"{channel}: {rate.most} per {rate.period} ms are taken"
    until = _release(case, channel, begins, book, spread=rate.period)
    late = until is None or until - case.origin >= case.campaign.expires
    if late:
        detail += f" for longer than the message lives, {case.campaign.expires} ms"
    against = (*against, Against(channel=channel, reason=Reason.THROTTLED, detail=detail))
    if until is None or late:
        return Verdict(None, Reason.THROTTLED, detail, against=against, stopped_at=channel)
    if until >= begins + rate.period:  # the place lies in the night: others can use it
        return Verdict(None, Reason.THROTTLED, detail, until, against, Reason.QUIET_HOURS, channel)
    return Verdict(None, Reason.THROTTLED, detail, until, against, Reason.THROTTLED, channel, place)


def _release(case: Case, channel: str, earliest: int, book: Book, *, spread: int | None = None) -> int | None:
    """When it comes back; None when it is always quiet."""
    return quiet.release(
        book.policy, campaign=case.campaign, channel=channel, profile=case.profile, user_id=case.user_id, earliest=earliest, spread=spread
    )
