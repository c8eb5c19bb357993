"""Frequency caps: how many messages a window holds, and when it has room again. All caps hold; the first without room says what follows."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from functools import lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo

from udfs.core.policy.case import Case, Closed
from udfs.core.policy.fatigue import Learned, limit_of
from udfs.core.policy.residence import UTC_ZONE
from udfs.core.policy.rules import Cap, Policy, Subject
from udfs.core.profile.state import Message
from udfs.core.records import Fact, Facts, Reason
from udfs.core.values.instants import in_utc
from udfs.core.values.zones import instant, wall, zone


class Full(NamedTuple):
    """A cap without room."""

    cap: Cap
    detail: str
    opens: int | None
    """When the caps that defer all have room again, epoch milliseconds; None: never."""
    facts: Facts = ()
    """Every cap without room: how many it counted, and over what."""


def check(case: Case, channel: str | None) -> Closed | None:
    """Whether a cap has no room for a message by this channel."""
    policy = case.policy
    if not policy.caps or channel is None or case.bypasses:
        return None
    full = against(policy, case.messages, case.campaign, channel, now=case.now, place=case.zone, in_holdout=case.in_holdout)
    return None if full is None else Closed(Reason.CAP_REACHED, full.detail, full.facts, full.cap.then, full.opens)


def against(
    policy: Policy, messages: Sequence[Message], campaign: Subject, channel: str, *, now: int, place: ZoneInfo, in_holdout: bool
) -> Full | None:
    """The first cap that has no room for a message of `campaign` by `channel`, None when all have.

    For a member of the holdout messages that were held out count, too. The detail names every cap without room; what follows is
    for the first to say.
    """
    full: list[Full] = []
    for cap in policy.caps:
        if not concerns(cap, channel, campaign.tags, campaign.name):
            continue
        since = _since(cap, now, place, policy.week_starts)
        counted = [message.at for message in messages if message.at > since and _counts(cap, message, in_holdout=in_holdout)]
        if len(counted) < (cap.most if cap.least is None else cap.least):
            continue
        learned = None if cap.least is None else _learned(cap, cap.least, messages, policy, now)
        most = cap.most if learned is None else learned.limit
        if len(counted) >= most:
            opens = _opens(cap, counted, most, now, place, policy.week_starts)
            latest = max(counted, default=None)
            last = f", the last at {in_utc(latest)}" if latest is not None else ""
            fact: Fact = {"cap": cap.id, "counted": len(counted), "max": most, "window": cap.window, "within": cap.within, "last": latest}
            if learned is not None:
                fact = {**fact, "answered": learned.answered, "of": learned.of, "usual": f"{learned.usual:.1f}"}
                last += f"; learned: {learned.answered} of {learned.of} answered, {learned.usual:.1f} are usual"
            full.append(Full(cap, f"{cap.id}: {len(counted)} of {most} {cap.window}{last}", opens, (fact,)))
    if not full:
        return None
    first = full[0]._replace(detail="; ".join(each.detail for each in full), facts=tuple(fact for each in full for fact in each.facts))
    if first.cap.then != "defer":
        return first
    rooms = [each.opens for each in full if each.cap.then == "defer"]
    known = [room for room in rooms if room is not None]
    return first._replace(opens=max(known) if len(known) == len(rooms) else None)


def concerns(cap: Cap, channel: str, tags: Iterable[str], campaign: str) -> bool:
    """Whether a cap is about such a message."""
    return (
        (cap.channels is None or channel in cap.channels)
        and (cap.campaigns is None or campaign in cap.campaigns)
        and (cap.tags is None or not cap.tags.isdisjoint(tags))
    )


def _counts(cap: Cap, message: Message, *, in_holdout: bool) -> bool:
    if message.failed or (message.in_holdout and not in_holdout) or (message.transactional and not cap.count_transactional):
        return False
    return concerns(cap, message.channel, message.tags, message.campaign)


def _since(cap: Cap, now: int, place: ZoneInfo, week_starts: int) -> int:
    """The instant after which a message counts."""
    if cap.within is not None:
        return now - cap.within
    return _begins(cap.per or "day", wall(now, place).date().toordinal(), place.key, week_starts)[0] - 1


def _learned(cap: Cap, least: int, messages: Iterable[Message], policy: Policy, now: int) -> Learned:
    """The customer's limit, by what happened to the messages that the cap is about."""
    return limit_of((each for each in messages if concerns(cap, each.channel, each.tags, each.campaign)), least, cap.most, policy.answered, now)


def _opens(cap: Cap, counted: list[int], most: int, now: int, place: ZoneInfo, week_starts: int) -> int | None:
    if most == 0:
        return None
    if cap.within is not None:
        return sorted(counted)[len(counted) - most] + cap.within
    return _begins(cap.per or "day", wall(now, place).date().toordinal(), place.key, week_starts)[1]


@lru_cache(maxsize=4096)
def _begins(per: str, day: int, zone_name: str, week_starts: int) -> tuple[int, int]:
    """When the calendar period that holds `day` (a proleptic ordinal) begins, and the next one, in epoch milliseconds."""
    place, date = (zone(zone_name) or UTC_ZONE), datetime.fromordinal(day)
    match per:
        case "day":
            begin, end = date, date + timedelta(days=1)
        case "week":
            begin = date - timedelta(days=(date.weekday() - week_starts) % 7)
            end = begin + timedelta(days=7)
        case _:
            begin = date.replace(day=1)
            end = (begin + timedelta(days=32)).replace(day=1)
    return instant(begin, place), instant(end, place)
