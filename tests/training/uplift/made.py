"""Made-up decisions: two messages, one of which moves only those with a small `spend`; the other moves nobody."""

import numpy as np

from training.uplift.table import Table
from udfs.core.features.model_inputs import Input

INPUTS = [Input("spend", "a"), Input("visits", "b")]


def table(number: int = 3_000, *, seed: int = 5, chances: tuple[float, float, float] = (0.4, 0.4, 0.2)) -> Table:
    """Rows in which `small` raises the rate from .2 to .6 where spend is below 0."""
    random = np.random.default_rng(seed)
    x = random.normal(size=(number, 2)).astype(np.float32)
    arm = random.choice(3, size=number, p=chances)
    moved = (arm == 1) & (x[:, 0] < 0)
    y = (random.random(number) < np.where(moved, 0.6, 0.2)).astype(np.float64)
    x[::17, 1] = np.nan
    return Table(
        x=x,
        inputs=INPUTS,
        arm=arm.astype(np.int64),
        names=["small", "large"],
        probabilities=np.tile(chances, (number, 1)),
        y=y,
        people=[f"u{n}" for n in range(number)],
    )
