"""One decision tree: a few questions, which can be printed and read."""

from collections.abc import Sequence
from dataclasses import dataclass

from sklearn.tree import DecisionTreeClassifier

from training.estimators.ensemble import Fitted
from training.estimators.estimator import Labels, Model
from training.inputs import Floats
from udfs.core.features.model_inputs import Input


@dataclass(frozen=True)
class Settings:
    """Hyperparameters."""

    leaves: int
    smallest_leaf: int = 50

    def __str__(self) -> str:
        return f"{self.leaves} leaves of {self.smallest_leaf} rows or more"


class DecisionTree:
    """A decision tree of scikit-learn."""

    title = "a decision tree"
    tried = (Settings(8), Settings(16), Settings(32))
    least_rows = 100

    def fit(self, settings: Settings, x: Floats, y: Labels, *, inputs: Sequence[Input], seed: int) -> Model:
        """The seed decides between splits that are equally good."""
        tree = DecisionTreeClassifier(max_leaf_nodes=settings.leaves, min_samples_leaf=settings.smallest_leaf, random_state=seed).fit(x, y)
        return Fitted(tree, [tree], len(inputs))
