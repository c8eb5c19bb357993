"""Made-up customers in three groups, far apart, with unknown values."""

import numpy as np

from training.inputs import Floats
from training.segments.customers import Chosen
from udfs.core.features.model_inputs import Input

CHOSEN = Chosen(
    inputs=[Input("orders", "a"), Input("spend", "b"), Input("days", "c")],
    docs={"orders": "Orders", "spend": "Spent", "days": "Days since the last order"},
    left_out={},
)


def groups(number: int = 300, *, seed: int = 3) -> tuple[Floats, Floats]:
    """Customers, a third in each group, and the number of each one's group."""
    random = np.random.default_rng(seed)
    of = np.arange(number) % 3
    centres = np.array([[2, 40, 200], [30, 3_000, 5], [4, 900, 40]])
    x = centres[of] * np.exp(random.normal(scale=0.1, size=(number, 3)))
    x[:6:3, 2] = np.nan  # two of the first group: more of them would be a group of their own
    return x.astype(np.float32), of.astype(np.float32)
