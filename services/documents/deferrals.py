"""Policy rules that may hold a message back until it has expired. Both files are valid, but the message is then not sent.

Each rule is checked on its own, by its longest deferral of a message with no queue in front of it. The suggested lifetime is long enough
for all rules together: a release at night waits for the morning, and releases are spread over customers.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from services.documents.files import CampaignFile
from services.documents.findings import Finding
from udfs.core.campaigns.campaign import Campaign
from udfs.core.campaigns.language.campaign import EXPIRES
from udfs.core.policy import caps, quiet
from udfs.core.policy.rules import SPREAD, TRANSACTIONAL, Cap, Policy
from udfs.core.values.durations import DAY, HOUR, MAX_DURATION, MINUTE, in_words
from udfs.core.values.problems import Path, short

_PERIODS = {"day": DAY, "week": 7 * DAY, "month": 31 * DAY}
NAMED = 3
"""How many campaigns a finding names; the others are only counted."""


@dataclass(frozen=True, kw_only=True)
class _Rule:
    """A rule that may defer. Times in milliseconds."""

    path: Path
    """Its path in the policy."""
    name: str
    longest: int
    needs: int
    """A message with at least this lifetime is released in time."""
    concerns: Callable[[Campaign, str], bool]
    """Whether the rule applies to a campaign's message on a channel."""
    otherwise: str
    """The alternative to a longer lifetime, for the hint."""


@dataclass(frozen=True)
class _Life:
    """The lifetime that a campaign's messages have left once they can be sent, and how long they waited before, in milliseconds."""

    left: int
    waited: int


def of_policy(policy: Policy, campaigns: Iterable[Campaign], *, file: CampaignFile) -> list[Finding]:
    """Find rules of the policy file that may defer messages of these campaigns until they expire; one finding per rule."""
    known = sorted(campaigns, key=lambda campaign: campaign.name)
    found = []
    for rule in _rules(policy):
        lives = {campaign.name: life for campaign in known if (life := _too_short(rule, campaign)) is not None}
        if lives:
            wanted = max(_wanted(rule, policy, life.waited) for life in lives.values())
            found.append(file.source.finding(rule.path, _said(rule, lives), suggestion=_hint(rule, wanted)))
    return found


def of_campaign(policy: Policy, campaign: Campaign, *, file: CampaignFile) -> list[Finding]:
    """Find rules of a policy from elsewhere that may defer messages of the campaign in this file until they expire."""
    place = ("send", "expires") if "expires" in (file.document.get("send") or {}) else ("campaign",)
    return [
        file.source.finding(place, f"by the policy, {_said(rule, {campaign.name: life})}", suggestion=_hint(rule, _wanted(rule, policy, life.waited)))
        for rule in _rules(policy)
        if (life := _too_short(rule, campaign)) is not None
    ]


def of_nobody(policy: Policy, *, file: CampaignFile) -> list[Finding]:
    """Find rules that may defer beyond the default lifetime of a message: this needs no campaign."""
    return [
        file.source.finding(
            rule.path,
            f"{rule.name} holds a message back for up to {in_words(rule.longest)}, and a message expires after {in_words(EXPIRES)} "
            "by default: one that is released too late ends as EXPIRED",
            suggestion=_hint(rule, _wanted(rule, policy, 0)),
        )
        for rule in _rules(policy)
        if rule.needs > EXPIRES
    ]


def _rules(policy: Policy) -> Iterator[_Rule]:
    for at, cap in enumerate(policy.caps):
        if cap.then != "defer" or cap.most == 0:
            continue  # a cap of zero cannot defer: it withholds
        # only a message at the very start of a calendar period waits for all of it; in a window, one that arrives with the message before
        longest, needs = (cap.within, cap.within + 1) if cap.within is not None else (_PERIODS[cap.per or "day"],) * 2

        def limited(campaign: Campaign, channel: str, cap: Cap = cap) -> bool:
            return campaign.purpose != TRANSACTIONAL and caps.concerns(cap, channel, campaign.tags, campaign.name)

        yield _Rule(
            path=("caps", at, "then"), name=f"cap '{short(cap.id)}'", longest=longest, needs=needs, concerns=limited, otherwise="write `then: drop`"
        )
    if (night := policy.quiet_hours) is not None and night.then == "defer":
        length = _night(policy)
        yield _Rule(
            path=("quiet_hours",),
            name="quiet_hours",
            longest=length,
            needs=length + 1,
            concerns=lambda campaign, channel: quiet.concerns(night, campaign, channel),
            otherwise="write `then: drop`",
        )
    for by, rate in policy.throughput.items():
        yield _Rule(
            path=("throughput", by),
            name=f"throughput of {by}",
            longest=2 * rate.period,  # until the next period, and spread over it
            needs=2 * rate.period,
            concerns=lambda campaign, channel, by=by: campaign.purpose != TRANSACTIONAL and channel == by,  # type: ignore[misc]
            otherwise="name a rate for a shorter period",
        )


def _too_short(rule: _Rule, campaign: Campaign) -> _Life | None:
    """The shortest lifetime of the campaign's messages that the rule may exceed, or None."""
    lives = [
        _Life(campaign.expires - variant.wait, variant.wait)  # a variant's wait counts towards its message's lifetime
        for variant in campaign.variants
        if any(rule.concerns(campaign, channel) for channel in variant.channels)
    ]
    shortest = min(lives, key=lambda life: life.left, default=None)
    return shortest if shortest is not None and shortest.left < rule.needs else None


def _said(rule: _Rule, lives: dict[str, _Life]) -> str:
    told = [
        f"'{short(name)}' expire within {in_words(life.left)}" + (f" after a wait of {in_words(life.waited)}" if life.waited else "")
        for name, life in list(lives.items())[:NAMED]
    ]
    more = f" (and those of {len(lives) - NAMED} more campaigns too early)" if len(lives) > NAMED else ""
    whose = f"those of {'campaign' if len(lives) == 1 else 'campaigns'} {', '.join(told)}{more}"
    return f"{rule.name} holds a message back for up to {in_words(rule.longest)}, and {whose}: one that is released too late ends as EXPIRED"


def _wanted(rule: _Rule, policy: Policy, waited: int) -> int:
    """A lifetime that is long enough: the rule's longest deferral, the night after it, and the jitter, in whole hours or days."""
    spread = SPREAD if policy.quiet_hours is None else policy.quiet_hours.spread
    night = _night(policy) if rule.path != ("quiet_hours",) else 0
    span = waited + rule.longest + night + 2 * spread + 1
    unit = DAY if span > 3 * DAY else HOUR
    return min(-(-span // unit) * unit, MAX_DURATION)


def _night(policy: Policy) -> int:
    night = policy.quiet_hours
    if night is None or night.then != "defer":
        return 0
    return ((night.end - night.start) % (DAY // MINUTE) or DAY // MINUTE) * MINUTE


def _hint(rule: _Rule, wanted: int) -> str:
    return f"extend their lifetime, such as `send: {{expires: {in_words(wanted)}}}` in the campaign, or {rule.otherwise}"
