"""Ratios such as revenue an order, when chance has drawn people: the delta method, as one value a person. Pure.

Deng, Knoblich and Lu, "Applying the Delta Method in Metric Analytics", KDD 2018.
"""

import numpy as np

from services.statistics.difference import Groups, Numbers


def linearised(above: Numbers, below: Numbers, treated: Groups) -> Numbers:
    """One value a person, whose mean in each group is that group's ratio of sums, and whose variance is right for it.

    `above` and `below` are what a person brings to either sum, such as revenue and orders. Raises ValueError if a group has nothing below.
    """
    found = np.empty(len(above))
    for group in (treated, ~treated):
        under = float(below[group].mean()) if group.any() else 0.0
        if under <= 0:
            message = "a group has nothing to divide by, such as no order at all"
            raise ValueError(message)
        share = float(above[group].mean()) / under
        found[group] = share + (above[group] - share * below[group]) / under
    return found
