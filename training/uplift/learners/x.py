"""The X-learner: what each customer's outcome was, less what a model of the other arm expects; trees learn these differences from both sides.

https://doi.org/10.1073/pnas.1804597116. For arms with very different numbers of decisions.
"""

import numpy as np

from training.uplift.learners.each import Weighted
from training.uplift.learners.learner import Uplift, expected, outcome_model, propensity
from training.uplift.table import Table


class XLearner:
    """Two models of outcomes and two of differences for each arm."""

    title = "X-learner"

    def fit(self, table: Table, *, seed: int) -> Uplift:
        """Each arm against nothing."""
        found = []
        for arm in range(1, len(table.names) + 1):
            rows, chance = propensity(table, arm)
            x, y, treated = table.x[rows], table.y[rows], table.arm[rows] == arm
            models = [outcome_model(x[side], y[side], rate=table.is_rate, seed=seed) for side in (~treated, treated)]
            of_treated = outcome_model(x[treated], y[treated] - expected(models[0], x[treated]), rate=False, seed=seed)
            of_others = outcome_model(x[~treated], expected(models[1], x[~treated]) - y[~treated], rate=False, seed=seed)
            share = float(np.mean(chance))
            found.append([(1 - share, of_treated), (share, of_others)])
        return Weighted(found, table.x.shape[1])
