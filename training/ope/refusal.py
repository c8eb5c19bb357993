"""When nothing can be said about another policy from a log, and why."""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from training.ope.log import Floats, Log

LEAST_REWARDS = 5.0
"""Rewarded decisions below which an interval means nothing."""
MAX_UNKNOWN = 0.01
"""How much of what the policy chooses may never have been chosen; what that is worth counts as nothing, or as the model expects."""
TOO_FAR = 5.0
"""Standard errors that the mean weight may be away from 1."""


class Why(StrEnum):
    """What stands against an estimate."""

    NO_OVERLAP = "NO_OVERLAP"
    """The policy never chooses what was chosen."""
    SMALL_SAMPLE = "SMALL_SAMPLE"
    """A few decisions with large weights would decide everything."""
    FEW_REWARDS = "FEW_REWARDS"
    """Hardly any decision that counts was rewarded."""
    WRONG_PROBABILITIES = "WRONG_PROBABILITIES"
    """Weights do not average 1: the logged probabilities cannot be those with which was chosen."""


@dataclass(frozen=True, kw_only=True)
class Refusal:
    """Why there is no estimate, for programs and for people."""

    why: Why
    detail: str


def refusal(log: Log, target: Floats, weights: Floats, *, least: float) -> Refusal | None:
    """The first thing that stands against an estimate."""
    if not weights.any():
        return Refusal(why=Why.NO_OVERLAP, detail="the policy gives no probability to anything that was chosen")
    never = _never_chosen(log, target)
    share = float(target[:, [log.arms.index(arm) for arm in never]].sum() / len(log))
    if share > MAX_UNKNOWN:
        detail = f"{share:.0%} of what the policy chooses was never chosen ({', '.join(never)}): nobody knows what it is worth"
        return Refusal(why=Why.NO_OVERLAP, detail=detail)
    size = effective(weights)
    if size < least:
        detail = (
            f"{len(log):,} decisions say as much as {size:,.0f} of the policy's own, and {least:,.0f} are needed: "
            f"the largest weight is {weights.max():,.0f}, since what the policy chooses was chosen rarely"
        )
        return Refusal(why=Why.SMALL_SAMPLE, detail=detail)
    error = float(weights.std() / np.sqrt(len(weights)))
    away = abs(float(weights.mean()) - 1)
    if away > TOO_FAR * error + share + 1e-3:
        detail = f"the mean weight is {weights.mean():.3f}, not 1 ± {error:.3f}: the logged probabilities are not those with which was chosen"
        return Refusal(why=Why.WRONG_PROBABILITIES, detail=detail)
    rewarded = effective(np.abs(weights * log.rewards))
    if rewarded < LEAST_REWARDS:
        detail = (
            f"{int((log.rewards != 0).sum()):,} decisions were rewarded, which here say as much as {rewarded:.1f}: {LEAST_REWARDS:.0f} are needed"
        )
        return Refusal(why=Why.FEW_REWARDS, detail=detail)
    return None


def effective(weights: Floats) -> float:
    """How many equally weighted rows say as much (Kish): the square of the sum over the sum of squares."""
    squares = float((weights**2).sum())
    return float(weights.sum()) ** 2 / squares if squares else 0.0


def _never_chosen(log: Log, target: Floats) -> list[str]:
    """Arms that the policy chooses and the log does not."""
    seen = np.bincount(log.chosen, minlength=len(log.arms)) > 0
    return [arm for arm, known, wanted in zip(log.arms, seen, target.any(axis=0), strict=True) if wanted and not known]
