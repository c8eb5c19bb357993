"""The estimators on logs whose truth is known, and what they refuse to say."""

import numpy as np
import pytest
from numpy.random import default_rng

from training.errors import TrainingError
from training.ope.estimate import NAMES, evaluate
from training.ope.log import Choice, Log, log_of
from training.ope.policies import by_context, target_of
from training.ope.refusal import Why, effective

ARMS = ("calm", "loud", "rare")
RATES = {"new": (0.10, 0.30, 0.05), "old": (0.30, 0.10, 0.05)}
"""Context -> the true rate of each arm."""


def logged(rows: int = 4_000, seed: int = 0, *, people: int = 0, infeasible: bool = True) -> Log:
    """A log of a policy that favours `calm`; where `infeasible`, a third of the decisions could not choose it."""
    dice = default_rng(seed)
    choices = []
    for number in range(rows):
        context = "new" if dice.random() < 0.5 else "old"
        open_to = ARMS[1:] if infeasible and dice.random() < 1 / 3 else ARMS
        weights = np.array([{"calm": 0.6, "loud": 0.3, "rare": 0.1}[arm] for arm in open_to])
        shares = weights / weights.sum()
        drawn = min(int(np.searchsorted(shares.cumsum(), dice.random())), len(open_to) - 1)
        reward = float(dice.random() < RATES[context][ARMS.index(open_to[drawn])])
        person = f"p{number % people}" if people else ""
        choices.append(Choice(arm=open_to[drawn], reward=reward, probability=float(shares[drawn]), feasible=open_to, context=context, person=person))
    return log_of(choices)


def truth(log: Log, weights: dict[str, dict[str, float]]) -> float:
    """What the policy is worth over the very decisions of the log."""
    target = by_context(log, weights)
    rates = np.array([RATES[context] for context in log.contexts])[log.context]
    return float((target * rates).sum(axis=1).mean())


POLICY = {"new": {"loud": 1.0, "rare": 0.1}, "old": {"calm": 1.0, "loud": 0.2}}


@pytest.mark.slow
def test_every_estimator_finds_what_another_policy_is_worth() -> None:
    log = logged(20_000)
    value = evaluate(log, by_context(log, POLICY))
    assert value.refusal is None
    assert set(value.estimates) == set(NAMES)
    for name, each in value.estimates.items():
        assert each.value == pytest.approx(truth(log, POLICY), abs=0.015), name
    assert value.gain is not None
    assert value.gain.value == pytest.approx(truth(log, POLICY) - value.logged.value, abs=0.015)


@pytest.mark.slow
def test_intervals_of_the_doubly_robust_estimate_cover_the_truth_in_95_of_100_logs() -> None:
    covered = dict.fromkeys(("ips", "snips", "dr"), 0)
    logs = 200
    for seed in range(logs):
        log = logged(600, seed)
        value = evaluate(log, by_context(log, POLICY))
        known = truth(log, POLICY)
        for name in covered:
            covered[name] += value.estimates[name].low <= known <= value.estimates[name].high
    for name, number in covered.items():
        assert 0.9 <= number / logs <= 0.99, (name, number)


def test_the_model_makes_the_estimate_more_certain_than_weights_alone() -> None:
    log = logged(4_000)
    found = evaluate(log, by_context(log, POLICY)).estimates
    assert found["dr"].high - found["dr"].low < found["ips"].high - found["ips"].low


def test_evaluating_the_policy_that_was_logged_gives_what_was_logged() -> None:
    log = logged(2_000, 1, infeasible=False)
    value = evaluate(log, target_of(log, "calm=6,loud=3,rare=1"))
    assert value.effective_sample == pytest.approx(len(log))
    assert value.estimates["ips"].value == pytest.approx(value.logged.value)
    assert value.estimates["snips"].value == pytest.approx(value.logged.value)
    assert value.gain is not None
    assert value.gain.low <= 0 <= value.gain.high


def test_a_policy_chooses_only_what_could_be_chosen_then() -> None:
    log = logged(500)
    target = target_of(log, "calm=1,loud=1")
    assert not target[~log.feasible].any()
    assert np.allclose(target.sum(axis=1), 1)


def test_decisions_of_one_person_are_not_counted_as_independent() -> None:
    choices = [Choice(arm="ab"[n % 2], reward=float(n % 50 < 10), probability=0.5, person=f"p{n % 50}") for n in range(1_000)]
    alone = [Choice(arm=each.arm, reward=each.reward, probability=0.5) for each in choices]
    wide, narrow = (evaluate(log, target_of(log, "uniform")).logged for log in (log_of(choices), log_of(alone)))
    assert wide.high - wide.low > 3 * (narrow.high - narrow.low)


def test_a_few_large_weights_say_nothing() -> None:
    choices = [Choice(arm="b" if n < 2 else "a", reward=float(n % 3 == 0), probability=0.001 if n < 2 else 0.999) for n in range(3_000)]
    log = log_of(choices)
    value = evaluate(log, target_of(log, "uniform"))
    assert value.refusal is not None
    assert value.refusal.why is Why.SMALL_SAMPLE
    assert value.estimates == {}
    assert value.gain is None
    assert value.effective_sample < 15


def test_what_was_never_chosen_is_not_guessed() -> None:
    log = log_of([Choice(arm="a", reward=1.0, probability=0.9, feasible=("a", "b"))] * 500)
    value = evaluate(log, target_of(log, "uniform"))
    assert value.refusal is not None
    assert value.refusal.why is Why.NO_OVERLAP
    assert "50% of what the policy chooses was never chosen (b)" in value.refusal.detail


def test_hardly_any_reward_says_nothing() -> None:
    log = log_of([Choice(arm="ab"[n % 2], reward=float(n < 3), probability=0.5) for n in range(1_000)])
    value = evaluate(log, target_of(log, "uniform"))
    assert value.refusal is not None
    assert value.refusal.why is Why.FEW_REWARDS


def test_probabilities_that_cannot_be_right_are_found_out() -> None:
    """A split of one to one that was logged as one to three."""
    log = log_of([Choice(arm="ab"[n % 2], reward=float(n % 3 == 0), probability=0.25 if n % 2 else 0.75) for n in range(4_000)])
    value = evaluate(log, target_of(log, "b"))
    assert value.refusal is not None
    assert value.refusal.why is Why.WRONG_PROBABILITIES


def test_losses_count_as_rewards_of_the_other_sign() -> None:
    log = log_of([Choice(arm="ab"[n % 2], reward=1.0 if n % 4 < 2 else -1.0, probability=0.5) for n in range(1_000)])
    value = evaluate(log, target_of(log, "a"))
    assert value.refusal is None
    assert value.effective_rewards == pytest.approx(500)


@pytest.mark.parametrize(
    ("policy", "message"),
    [
        ("quiet", "the log has no arm 'quiet'"),
        ("calm=x", "'calm=x' is no weight"),
        ("calm=-1", "the weight of 'calm' is a number, 0 or more"),
        ("table", "the log states no other policy"),
        ("calm", "decisions nothing that the policy chooses could be chosen"),
    ],
)
def test_a_policy_that_makes_no_sense_is_refused_in_words(policy: str, message: str) -> None:
    with pytest.raises(TrainingError, match=message):
        target_of(logged(200), policy)


def test_the_effective_sample_of_equal_weights_is_their_number() -> None:
    assert effective(np.full(7, 3.0)) == pytest.approx(7)
    assert effective(np.zeros(7)) == 0
