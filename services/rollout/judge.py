"""What to do with a rollout now: wait, go on, or take the version back."""

from typing import Literal, NamedTuple

from services.control.rollouts import Rollout, step_in_words
from services.documents.rollout_shape import MIN_CUSTOMERS
from services.rollout.guardrails import harm
from services.rollout.tally import Tally
from udfs.core.values.durations import in_words

EVERYBODY = 1.0
"""The step at which nobody is left to compare with."""


class Verdict(NamedTuple):
    """What to do, and why."""

    act: Literal["wait", "go on", "take back"]
    why: str


def judge(rollout: Rollout, tally: Tally, *, now: int) -> Verdict:
    """Guardrails first, at any moment; then the gates of the step. `now`: epoch milliseconds."""
    plan = rollout.plan
    if found := harm(tally, plan):
        return Verdict("take back", f"{found}, {rollout.stands_at}")
    customers, passed = len(tally.new.values), now - rollout.since
    if customers < plan.sample:
        dropped = f"; dropped {tally.dropped:,} times for lack of time" if tally.dropped else ""
        return Verdict("wait", f"{customers:,} of {plan.sample:,} customers{dropped}")
    if len(tally.now.values) < MIN_CUSTOMERS and plan.steps[rollout.step] != EVERYBODY:  # else its scores could not have been compared
        return Verdict("wait", f"{len(tally.now.values):,} of {MIN_CUSTOMERS:,} customers of the champion")
    if passed < plan.hold_ms:
        return Verdict("wait", f"{customers:,} customers; {(plan.hold_ms - passed) / 1000:,.0f} s left of {in_words(plan.hold_ms)}")
    following = rollout.step + 1
    onward = step_in_words(plan.steps[following]) if following < len(plan.steps) else "champion"
    return Verdict("go on", f"{onward}, after {customers:,} customers {rollout.stands_at}, of {tally.answers:,} answers {tally.failures:,} failed")
