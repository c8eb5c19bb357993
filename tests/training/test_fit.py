"""Rows of which no tree can make two leaves, and scores that are all the same, are no model."""

import numpy as np
import pytest

from tests.training.shop import rows
from training.errors import HistoryError
from training.fit import require_difference, require_splittable


def test_so_few_rows_that_no_tree_can_split_them_are_refused() -> None:
    made = rows(100, lambda n: {"a": n}, label=lambda n: n % 2 == 0)
    require_splittable(made)
    with pytest.raises(HistoryError, match=r"99 training rows, and gradient-boosted trees need at least 100 .*use a longer history"):
        require_splittable(made[:99])


def test_scores_that_are_all_the_same_are_refused() -> None:
    require_difference(np.array([0.2, 0.2, 0.3]))
    with pytest.raises(HistoryError, match="all 3 test rows get the same score"):
        require_difference(np.array([0.2, 0.2, 0.2]))
