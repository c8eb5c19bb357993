"""The doubly robust learner: for each decision an unbiased, noisy figure of its uplift, made from an outcome model of other decisions and from
the logged probability; trees learn that figure. Right if one of the two is. https://doi.org/10.1214/23-EJS2157.
"""

import numpy as np
from sklearn.model_selection import KFold

from training.uplift.learners.each import Weighted
from training.uplift.learners.learner import Uplift, expected, outcome_model, propensity
from training.uplift.learners.s import with_arm
from training.uplift.table import Table

FOLDS = 2
LEAST = 0.02
"""A probability below this counts as this: one decision would outweigh fifty others."""


class DrLearner:
    """One model of uplift for each arm."""

    title = "DR-learner"

    def fit(self, table: Table, *, seed: int) -> Uplift:
        """Each arm against nothing; outcome models on the other half of the decisions."""
        found = []
        for arm in range(1, len(table.names) + 1):
            rows, chance = propensity(table, arm)
            x, y, treated = table.x[rows], table.y[rows], (table.arm[rows] == arm).astype(np.float64)
            chance = np.clip(chance, LEAST, 1 - LEAST)
            figures = np.empty(len(rows))
            for there, here in KFold(FOLDS, shuffle=True, random_state=seed).split(x):
                model = outcome_model(np.c_[x, treated.astype(np.float32)][there], y[there], rate=table.is_rate, seed=seed)
                with_it, without = (expected(model, with_arm(x[here], n, 1)) for n in (1, 0))
                figures[here] = (
                    with_it
                    - without
                    + treated[here] * (y[here] - with_it) / chance[here]
                    - (1 - treated[here]) * (y[here] - without) / (1 - chance[here])
                )
            found.append([(1.0, outcome_model(x, figures, rate=False, seed=seed))])
        return Weighted(found, table.x.shape[1])
