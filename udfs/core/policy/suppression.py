"""Rest after rejection: so many reactions of a kind within a time, and the campaign, its tags, the channel or everything rests for a while."""

from collections.abc import Iterable

from udfs.core.policy.case import Case, Closed
from udfs.core.policy.rules import Subject, Suppress
from udfs.core.profile.state import Reaction
from udfs.core.records import Fact, Reason
from udfs.core.values.instants import in_utc


def check(case: Case, channel: str | None) -> Closed | None:
    """Whether it rests: by the rules of the scope channel; for the whole candidate by all others."""
    if not case.policy.suppress or case.bypasses:
        return None
    return against(case.policy.suppress, case.profile.reactions, case.campaign, channel, case.now)


def against(rules: Iterable[Suppress], reactions: list[Reaction], campaign: Subject, channel: str | None, now: int) -> Closed | None:
    """Why it rests, None when it does not. `channel` None: the rules that concern the candidate as a whole; else those of the scope channel."""
    for rule in rules:
        if (rule.scope == "channel") is (channel is not None) and (until := _rests_until(rule, reactions, campaign, channel, now)) is not None:
            fact: Fact = {"count": rule.count, "kind": rule.kind, "scope": rule.scope, "until": until}
            return Closed(Reason.SUPPRESSED, f"{rule.count} {rule.kind}, scope {rule.scope}: rests until {in_utc(until)}", (fact,))
    return None


def _rests_until(rule: Suppress, reactions: list[Reaction], campaign: Subject, channel: str | None, now: int) -> int | None:
    times = sorted(reaction.at for reaction in reactions if reaction.kind == rule.kind and _concerns(rule, reaction, campaign, channel))
    ends = [
        last + rule.rest
        for first, last in zip(times, times[rule.count - 1 :], strict=False)
        if last - first < rule.within and last <= now < last + rule.rest
    ]
    return max(ends, default=None)


def _concerns(rule: Suppress, reaction: Reaction, campaign: Subject, channel: str | None) -> bool:
    match rule.scope:
        case "campaign":
            return reaction.campaign == campaign.name
        case "tag":
            return not set(campaign.tags).isdisjoint(reaction.tags)
        case "channel":
            return reaction.channel == channel
    return True
