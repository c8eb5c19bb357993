"""What a reward is expected to be, by arm and context: means, drawn towards those of the arm, and these towards the mean of all.

A mean of few rewards says little, so each is mixed with the mean above it as if that had been seen `PRIOR` times. No row is predicted from rewards
of its own person (cross-fitting, https://doi.org/10.1111/ectj.12097): otherwise the doubly robust estimate would be biased.
"""

import numpy as np

from training.ope.log import Floats, Log, Mask

PRIOR = 20.0
"""Rewards that a mean above counts for."""
FOLDS = 5


def expected(log: Log, *, folds: int = FOLDS, seed: int = 0) -> Floats:
    """The expected reward of each arm in each logged decision, predicted from other people's decisions."""
    people = int(log.person.max()) + 1
    folds = min(folds, people)
    if folds < 2:
        return np.full((len(log), len(log.arms)), float(log.rewards.mean()))
    fold = np.random.default_rng(seed).permutation(people)[log.person] % folds
    found = np.empty((len(log), len(log.arms)))
    for number in range(folds):
        found[fold == number] = _means(log, fold != number)[log.context[fold == number]]
    return found


def _means(log: Log, learned: Mask) -> Floats:
    """The means by context and arm."""
    arm, context, rewards = log.chosen[learned], log.context[learned], log.rewards[learned]
    arms, contexts = len(log.arms), len(log.contexts)
    above = float(rewards.mean())
    of_arm = (np.bincount(arm, rewards, arms) + PRIOR * above) / (np.bincount(arm, minlength=arms) + PRIOR)
    cell = context * arms + arm
    sums = np.bincount(cell, rewards, contexts * arms).reshape(contexts, arms)
    seen = np.bincount(cell, minlength=contexts * arms).reshape(contexts, arms)
    means: Floats = (sums + PRIOR * of_arm) / (seen + PRIOR)
    return means
