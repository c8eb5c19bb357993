"""The throughput as a rule: whether a channel has a place now, or one while the message is of use. It only looks; a commit takes the place."""

from udfs.core.policy import quiet
from udfs.core.policy.case import Case, Closed
from udfs.core.profile.due import Place
from udfs.core.records import Fact, Reason


def check(case: Case, channel: str | None) -> Closed | None:
    """Whether no place is free now. A place that comes while the message is of use, and not in quiet hours, is kept."""
    place = place_for(case, channel)
    if place is None or channel is None or (begins := place.period * place.length) <= case.now:
        return None
    rate, lives = case.policy.throughput[channel], case.campaign.expires
    detail = f"{channel}: {rate.most} per {rate.period} ms are in use"
    fact: Fact = {"channel": channel, "max": rate.most, "period": rate.period}
    until = quiet.release(
        case.policy, campaign=case.campaign, channel=channel, profile=case.profile, user_id=case.user_id, earliest=begins, spread=rate.period
    )
    if until is None or until - case.asked >= lives:
        detail += f" for longer than the message lives, {lives} ms"
        return Closed(Reason.THROTTLED, detail, ({**fact, "lives": lives},), "drop")
    if until >= begins + rate.period:  # the place lies in the night: others can use it
        return Closed(Reason.THROTTLED, detail, (fact,), "defer", begins, rate.period, Reason.QUIET_HOURS)
    return Closed(Reason.THROTTLED, detail, (fact,), "defer", begins, rate.period, keeps=place)


def place_for(case: Case, channel: str | None) -> Place | None:
    """The first place in the channel's throughput that is free for this message; None where nothing limits it."""
    rate = case.policy.throughput.get(channel or "")
    if rate is None or case.bypasses:
        return None
    return case.throughput.first_free(channel or "", rate, case.now, in_holdout=case.in_holdout, kept=case.kept)
