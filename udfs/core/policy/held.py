"""Decisions that are out of line wait for a person: reason ANOMALY_HELD. The last rule, so held are only messages that would have gone out.

What is held comes back every now and then, and says nothing as long as nobody has released or dropped it (`waits`). Then it is decided again, with
all that has happened since. It ends with the life of its message at the latest.
"""

from collections.abc import Mapping
from typing import Any

from udfs.core.policy.anomaly import OFFER, Hold, Usual, amount_in, limit
from udfs.core.policy.case import Case, Closed
from udfs.core.policy.rules import TRANSACTIONAL, Subject
from udfs.core.profile.due import Deferred
from udfs.core.records import Fact, Reason
from udfs.core.values.durations import MINUTE

SOONEST, LATEST = MINUTE, 30 * MINUTE
"""How long after it was looked at last a held message is looked at again: a quarter of the time that it has been held, within these."""


def check(case: Case, channel: str | None) -> Closed | None:
    """Whether the campaign is held, or a person has dropped what it was held for."""
    hold = case.hold
    if hold is None or channel is None or case.bypasses:
        return None
    if hold.status == "dropped":
        was_held = Reason.ANOMALY_HELD in case.deferred_by and case.since <= hold.at
        if not was_held and hold.version != case.campaign.version:
            return None
        return Closed(Reason.ANOMALY_HELD, f"dropped: {hold.why}", ({"about": hold.about, "dropped_at": hold.at},), "drop")
    if hold.status == "released" or hold.about == OFFER:
        return None
    fact: Fact = {"about": hold.about, "found": hold.found, "expected": hold.expected, "within": hold.within}
    return _held(case, hold.why, {key: value for key, value in fact.items() if value is not None})


def of_offer(case: Case, offer: Mapping[str, Any] | None, declared: Mapping[str, float], usual: Usual) -> Closed | None:
    """Whether a number in the offer of a message is far above what is usual, or above what the campaign declares (`expect`)."""
    if not offer or case.bypasses:
        return None
    hold = case.hold
    if hold is not None and hold.status == "released" and Reason.ANOMALY_HELD in case.deferred_by and case.since <= hold.at:
        return None  # a person has seen this message
    for name, given in offer.items():
        most = declared[name] if name in declared else limit(name, usual.most(case.campaign.name, name))
        if most is None or (value := amount_in(given)) is None or value <= most:  # first whether it matters: most texts of an offer are codes
            continue
        if hold is not None and hold.status == "released" and value <= hold.offer.get(name, most):
            continue
        fact: Fact = {"about": OFFER, "field": name, "found": f"{value:g}", "expected": f"{most:g}"}
        return _held(case, f"{name} is {value:g}, at most {most:g} is expected", fact)
    return None


def waits(due: Deferred, campaign: Subject, hold: Hold | None) -> int | None:
    """When a held message is looked at again, while nobody has said anything; None: it is decided now."""
    if Reason.ANOMALY_HELD not in due.deferred_by or campaign.purpose == TRANSACTIONAL:
        return None
    if hold is not None and hold.status != "held" and hold.at >= due.since:
        return None
    ends = (due.since if due.step else due.origin) + campaign.expires
    return None if due.at >= ends else _again(due.at, since=due.since, ends=ends)


def _held(case: Case, why: str, fact: Fact) -> Closed:
    since = case.since if Reason.ANOMALY_HELD in case.deferred_by else case.now
    opens = _again(case.now, since=since, ends=case.asked + case.campaign.expires)
    return Closed(Reason.ANOMALY_HELD, why, (fact,), "defer", opens, 1)


def _again(now: int, *, since: int, ends: int) -> int:
    """The last look is when the message has expired, so that its end is reported in time."""
    return max(now + 1, min(now + min(LATEST, max(SOONEST, (now - since) // 4)), ends))
