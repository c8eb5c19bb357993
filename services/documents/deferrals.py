"""Rules of a policy that hold a message back for longer than it lives: no mistake in either file, but what comes back too late is not sent.

Each rule is judged by itself, by the longest that it defers a message that nobody else waits in front of. The cure that is named is enough for
all of them together: a release that lies in the night waits for its end, and everybody is released at a time of their own.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from services.documents.files import CampaignFile
from services.documents.findings import Finding
from udfs.core.campaigns.campaign import Campaign
from udfs.core.campaigns.language.campaign import EXPIRES
from udfs.core.policy import caps, quiet
from udfs.core.policy.rules import SPREAD, TRANSACTIONAL, Cap, Policy
from udfs.core.values.durations import DAY, HOUR, LONGEST, MINUTE, in_words
from udfs.core.values.problems import Path, short

_PERIODS = {"day": DAY, "week": 7 * DAY, "month": 31 * DAY}
NAMED = 3
"""Campaigns that are named; of more only the number is told."""


@dataclass(frozen=True, kw_only=True)
class _Rule:
    """A rule that may defer. Times in milliseconds."""

    path: Path
    """Where it stands in the policy."""
    name: str
    longest: int
    needs: int
    """A message that lives as long as this is released in time."""
    concerns: Callable[[Campaign, str], bool]
    """Whether it is asked about a campaign's message by a channel."""
    otherwise: str
    """What may be written instead of a longer life."""


@dataclass(frozen=True)
class _Life:
    """How long the messages of a campaign live once they can be sent, and how long they waited before, in milliseconds."""

    left: int
    waited: int


def of_policy(policy: Policy, campaigns: Iterable[Campaign], *, file: CampaignFile) -> list[Finding]:
    """Find rules in the file of `policy` that defer messages of these campaigns beyond their lives; one finding a rule."""
    known = sorted(campaigns, key=lambda campaign: campaign.name)
    found = []
    for rule in _rules(policy):
        lives = {campaign.name: life for campaign in known if (life := _too_short(rule, campaign)) is not None}
        if lives:
            wanted = max(_wanted(rule, policy, life.waited) for life in lives.values())
            found.append(file.source.finding(rule.path, _said(rule, lives), suggestion=_hint(rule, wanted)))
    return found


def of_campaign(policy: Policy, campaign: Campaign, *, file: CampaignFile) -> list[Finding]:
    """Find rules of a policy from elsewhere that defer messages of the campaign in this file beyond their lives."""
    place = ("send", "expires") if "expires" in (file.document.get("send") or {}) else ("campaign",)
    return [
        file.source.finding(place, f"by the policy, {_said(rule, {campaign.name: life})}", suggestion=_hint(rule, _wanted(rule, policy, life.waited)))
        for rule in _rules(policy)
        if (life := _too_short(rule, campaign)) is not None
    ]


def of_nobody(policy: Policy, *, file: CampaignFile) -> list[Finding]:
    """Find rules that defer beyond the life of a message whose campaign does not say how long it lives: what can be told without any campaign."""
    return [
        file.source.finding(
            rule.path,
            f"{rule.name} holds a message back for up to {in_words(rule.longest)}, and a message lives {in_words(EXPIRES)} "
            "unless its campaign says otherwise: one that is released too late ends as EXPIRED",
            suggestion=_hint(rule, _wanted(rule, policy, 0)),
        )
        for rule in _rules(policy)
        if rule.needs > EXPIRES
    ]


def _rules(policy: Policy) -> Iterator[_Rule]:
    for at, cap in enumerate(policy.caps):
        if cap.then != "defer" or cap.most == 0:
            continue  # a cap that never has room cannot defer: it withholds
        # A calendar period is waited for as a whole only by what comes in its first instant; a window by whatever comes with the message before.
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
    """The shortest life among the campaign's messages that the rule concerns, if the rule may outlast it."""
    lives = [
        _Life(campaign.expires - variant.wait, variant.wait)  # a variant that waits does so out of its message's life
        for variant in campaign.variants
        if any(rule.concerns(campaign, channel) for channel in variant.channels)
    ]
    shortest = min(lives, key=lambda life: life.left, default=None)
    return shortest if shortest is not None and shortest.left < rule.needs else None


def _said(rule: _Rule, lives: dict[str, _Life]) -> str:
    told = [
        f"'{short(name)}' live {in_words(life.left)}" + (f" after a wait of {in_words(life.waited)}" if life.waited else "")
        for name, life in list(lives.items())[:NAMED]
    ]
    more = f" (and those of {len(lives) - NAMED} more campaigns not long enough)" if len(lives) > NAMED else ""
    whose = f"those of {'campaign' if len(lives) == 1 else 'campaigns'} {', '.join(told)}{more}"
    return f"{rule.name} holds a message back for up to {in_words(rule.longest)}, and {whose}: one that is released too late ends as EXPIRED"


def _wanted(rule: _Rule, policy: Policy, waited: int) -> int:
    """A life that is long enough: the rule's longest, the night after it, and the customer's own jitter, in whole hours or days."""
    spread = SPREAD if policy.quiet_hours is None else policy.quiet_hours.spread
    night = _night(policy) if rule.path != ("quiet_hours",) else 0
    span = waited + rule.longest + night + 2 * spread + 1
    unit = DAY if span > 3 * DAY else HOUR
    return min(-(-span // unit) * unit, LONGEST)


def _night(policy: Policy) -> int:
    night = policy.quiet_hours
    if night is None or night.then != "defer":
        return 0
    return ((night.end - night.start) % (DAY // MINUTE) or DAY // MINUTE) * MINUTE


def _hint(rule: _Rule, wanted: int) -> str:
    return f"let the messages live longer, such as `send: {{expires: {in_words(wanted)}}}` in the campaign, or {rule.otherwise}"
