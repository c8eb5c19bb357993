"""What moves the answers of a model of trees."""

import numpy as np

from training.inputs import Floats
from udfs.scoring.contributions import Numbers, Trees


def importance(trees: Trees, x: Floats) -> Numbers:
    """How much each input moves the answers of these rows, on average and in either direction."""
    return np.asarray(np.mean([np.abs(trees.parts(row).inputs) for row in x], axis=0), dtype=np.float64)
