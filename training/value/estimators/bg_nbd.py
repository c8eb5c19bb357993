"""BG/NBD for how often, Gamma-Gamma for how much: seven numbers that describe all customers, learned without any label."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from training.inputs import Floats
from training.value import bg_nbd, gamma_gamma, graph
from training.value.estimators.estimator import Labelled, Model
from training.value.purchases import READ, Doubles, purchases
from udfs.core.features.model_inputs import Input


@dataclass(frozen=True)
class Fitted:
    """Both models, and the weeks ahead."""

    orders: bg_nbd.BgNbd
    spending: gamma_gamma.GammaGamma
    weeks: float

    def answers(self, x: Floats) -> Doubles:
        """Value, orders, alive and the worth of an order, in the order of `graph.ANSWERS`; 0 for who never ordered."""
        found = purchases(x)
        expected, worth = self.orders.orders(found, self.weeks), self.spending.mean(found)
        told = np.column_stack([expected * worth, expected, self.orders.alive(found), worth])
        return np.where(found.known[:, None], told, 0.0)

    def onnx(self) -> bytes:
        """By hand, in double precision."""
        return graph.export(self.orders, self.spending, weeks=self.weeks)

    def __str__(self) -> str:
        n, g = self.orders, self.spending
        return f"r {n.r:.3f}, alpha {n.alpha:.3f}, a {n.a:.3f}, b {n.b:.3f} (weeks); p {g.p:.2f}, q {g.q:.2f}, v {g.v:.2f}"


class BuyTillYouDie:
    """BG/NBD and Gamma-Gamma by maximum likelihood."""

    title = "BG/NBD and Gamma-Gamma"
    answers: Sequence[str] = graph.ANSWERS
    width = len(READ)
    reads_labels = False

    def fit(self, train_on: Labelled, now: Floats, *, inputs: Sequence[Input], weeks: float, seed: int) -> Model:
        """Fit to the orders of everybody up to the split. What comes after it is not known to this, so there is nothing to leak."""
        found = purchases(now)
        return Fitted(bg_nbd.fit(found), gamma_gamma.fit(found), weeks)
