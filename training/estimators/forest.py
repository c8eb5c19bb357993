"""A random forest: the mean of many trees, each of other rows and inputs."""

from collections.abc import Sequence
from dataclasses import dataclass

from sklearn.ensemble import RandomForestClassifier

from training.estimators.ensemble import Fitted
from training.estimators.estimator import Labels, Model
from training.inputs import Floats
from udfs.core.features.model_inputs import Input


@dataclass(frozen=True)
class Settings:
    """Hyperparameters."""

    smallest_leaf: int
    trees: int = 100

    def __str__(self) -> str:
        return f"{self.trees} trees with leaves of {self.smallest_leaf} rows or more"


class Forest:
    """A random forest of scikit-learn."""

    title = "a random forest"
    tried = (Settings(20), Settings(5))
    least_rows = 100

    def fit(self, settings: Settings, x: Floats, y: Labels, *, inputs: Sequence[Input], seed: int) -> Model:
        """Rows and inputs of each tree are drawn by the seed; one thread, since the order of sums is part of the answer."""
        forest = RandomForestClassifier(settings.trees, min_samples_leaf=settings.smallest_leaf, random_state=seed, n_jobs=1).fit(x, y)
        return Fitted(forest, forest.estimators_, len(inputs))
