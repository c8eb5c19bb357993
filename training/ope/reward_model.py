"""What a reward is expected to be, by arm and context: means, drawn towards those of the arm, and these towards the mean of all.

A mean of few rewards says little, so each is mixed with the mean above it as if that had been seen `PRIOR` times. No row is predicted from rewards
of its own person (cross-fitting, https://doi.org/10.1111/ectj.12097): otherwise the doubly robust estimate would be biased.
"""

import numpy as np

from training.ope.log import Floats, Log

PRIOR = 20.0
"""Rewards that a mean above counts for."""
FOLDS = 5
DRAWS = 200


def expected(log: Log, *, folds: int = FOLDS, seed: int = 0) -> Floats:
    """The expected reward of each arm in each logged decision, predicted from other people's decisions."""
    people = int(log.person.max()) + 1
    folds = min(folds, people)
    if folds < 2:
        return np.full((len(log), len(log.arms)), float(log.rewards.mean()))
    fold = np.random.default_rng(seed).permutation(people)[log.person] % folds
    found = np.empty((len(log), len(log.arms)))
    for number in range(folds):
        found[fold == number] = _means(log, (fold != number).astype(np.float64))[log.context[fold == number]]
    return found


def drawn_again(log: Log, target: Floats, *, draws: int = DRAWS, seed: int = 0) -> Floats:
    """What the model alone expects of the probabilities `target`, learned and asked again on people drawn with replacement: a value a draw."""
    people = int(log.person.max()) + 1
    dice = np.random.default_rng(seed)
    found = np.empty(draws)
    for draw in range(draws):
        weights = np.bincount(dice.integers(0, people, people), minlength=people)[log.person].astype(np.float64)
        found[draw] = weights @ (target * _means(log, weights)[log.context]).sum(axis=1) / max(weights.sum(), 1.0)
    return found


def _means(log: Log, weights: Floats) -> Floats:
    """The means by context and arm of weighted rows."""
    arms, contexts = len(log.arms), len(log.contexts)
    rewards = weights * log.rewards
    above = float(rewards.sum() / max(weights.sum(), 1.0))
    of_arm = (np.bincount(log.chosen, rewards, arms) + PRIOR * above) / (np.bincount(log.chosen, weights, arms) + PRIOR)
    cell = log.context * arms + log.chosen
    sums = np.bincount(cell, rewards, contexts * arms).reshape(contexts, arms)
    seen = np.bincount(cell, weights, contexts * arms).reshape(contexts, arms)
    means: Floats = (sums + PRIOR * of_arm) / (seen + PRIOR)
    return means
