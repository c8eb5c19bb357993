"""Claim 4 of outcomes: what is estimated from the log of one policy about another agrees with what that one really earned, or nothing is said.

The Open Bandit data has the logs of two policies that ran side by side. 46 to 69 of 10,000 decisions of each were clicked, so even the truth is
known to ±30 % only: two figures agree if they differ by no more than chance explains.
"""

from bench.open_bandit import CAMPAIGNS, FOLDER, RANDOM, THOMPSON, read_log, thompson, uniform
from bench.report import Claim, exactly, measured
from training.ope.estimate import NAMES, Value, Z, evaluate
from training.ope.log import Floats, Log
from training.ope.refusal import Why

PER_MILLE = 1_000
CASES = tuple((campaign, logged, other) for campaign in CAMPAIGNS for logged, other in ((RANDOM, THOMPSON), (THOMPSON, RANDOM)))
REFUSED = ("women", THOMPSON, RANDOM)


def check() -> list[Claim]:
    """Each policy evaluated from the other's log, on both campaigns."""
    if not FOLDER.is_dir():
        return [Claim(claim="the Open Bandit data is there", figure=f"not at {FOLDER.name}", unit="", goal="there", holds=False)]
    logs = {(policy, campaign): read_log(policy, campaign) for campaign in CAMPAIGNS for policy in (RANDOM, THOMPSON)}
    found: list[Claim] = []
    for campaign, logged, other in CASES:
        log = logs[logged, campaign]
        value = evaluate(log, _target(log, other, campaign))
        found += _claims(f"{campaign}, {logged} -> {other}", value, logs[other, campaign], refused=(campaign, logged, other) == REFUSED)
    return found


def _target(log: Log, policy: str, campaign: str) -> Floats:
    return uniform(log) if policy == RANDOM else thompson(log, campaign)


def _claims(name: str, value: Value, truth: Log, *, refused: bool) -> list[Claim]:
    size = measured(f"{name}: effective sample of {value.decisions:,} decisions", value.effective_sample, "decisions")
    if refused:
        why = value.refusal.why.value if value.refusal else "an estimate"
        said = Claim(claim=f"{name}: what is said", figure=why, unit="", goal=Why.SMALL_SAMPLE.value, holds=why == Why.SMALL_SAMPLE.value)
        return [size, exactly(f"{name}: effective sample, rounded", round(value.effective_sample), "decisions", 2), said]
    if value.refusal is not None:
        return [size, Claim(claim=f"{name}: an estimate", figure=value.refusal.detail, unit="", goal="an estimate", holds=False)]
    known = evaluate(truth, uniform(truth)).logged
    agreed = 0
    found = [size, measured(f"{name}: clicks of the policy itself", known.value * PER_MILLE, f"‰ ± {(known.high - known.value) * PER_MILLE:.1f}")]
    for each in NAMES:
        estimate = value.estimates[each]
        found.append(measured(f"{name}: {each}", estimate.value * PER_MILLE, f"‰, {estimate.low * PER_MILLE:.1f} to {estimate.high * PER_MILLE:.1f}"))
        apart = abs(estimate.value - known.value)
        spread = ((estimate.high - estimate.value) ** 2 + (known.high - known.value) ** 2) ** 0.5 / Z
        agreed += apart <= Z * spread
    found.append(exactly(f"{name}: estimators that agree with the truth within what chance explains (95 %)", agreed, "of 4", len(NAMES)))
    return found
