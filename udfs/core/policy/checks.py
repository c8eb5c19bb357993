"""The rules in the order in which they are asked (docs/policy.md). A new rule is a file with a `check`, a row here, and a Reason."""

from udfs.core.policy import caps, consent, deployed, expiry, held, interest, quiet, reach, staleness, suppression, switches, throttle, timing
from udfs.core.policy.case import Case, Closed, Rule
from udfs.core.records import Reason

CANDIDATE_CHECKS = (
    Rule(staleness.check, "fresh", frozenset({Reason.STALE_TRIGGER})),
    Rule(expiry.check, "in time", frozenset({Reason.EXPIRED})),
    Rule(switches.check, "switched on", frozenset({Reason.SWITCHED_OFF})),
    Rule(interest.check, "of interest", frozenset({Reason.NOT_INTERESTED})),
    Rule(suppression.check, "not at rest", frozenset({Reason.SUPPRESSED})),
)
"""About the candidate as a whole: what closes it here is closed by every channel."""

CHANNEL_CHECKS = (
    Rule(deployed.check, "deployed", frozenset({Reason.CHANNEL_NOT_DEPLOYED})),
    Rule(switches.check, "switched on", frozenset({Reason.SWITCHED_OFF})),
    Rule(consent.check, "consented", frozenset({Reason.NO_CONSENT, Reason.UNSUBSCRIBED})),
    Rule(reach.check, "reachable", frozenset({Reason.UNREACHABLE})),
    Rule(suppression.check, "not at rest", frozenset({Reason.SUPPRESSED})),
    Rule(caps.check, "room in the caps", frozenset({Reason.CAP_REACHED})),
    Rule(quiet.check, "not quiet", frozenset({Reason.QUIET_HOURS})),
    Rule(timing.check, "no better hour ahead", frozenset({Reason.SEND_TIME})),
    Rule(throttle.check, "room in the throughput", frozenset({Reason.THROTTLED})),
    Rule(held.check, "in line", frozenset({Reason.ANOMALY_HELD})),
)
"""About one channel. The throughput is last but one: a channel that something else closes needs no place. Last is what holds a message that would
go out."""


def first_against(rules: tuple[Rule, ...], case: Case, channel: str | None) -> Closed | None:
    """What the first rule that objects says, None when none does."""
    for rule in rules:
        closed = rule.check(case, channel)
        if closed is not None:
            return closed
    return None
