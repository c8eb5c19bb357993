"""The estimators by name. Each is imported only when it is asked for."""

import importlib

from training.errors import TrainingError
from training.estimators.estimator import Estimator

ESTIMATORS = {
    "boosted": "training.estimators.boosted:Boosted",
    "forecast": "training.estimators.forecast:Forecast",
    "forest": "training.estimators.forest:Forest",
    "lightgbm": "training.estimators.lightgbm:LightGbm",
    "logistic": "training.estimators.logistic:Logistic",
    "lstm": "training.estimators.lstm:Lstm",
    "mlp": "training.estimators.mlp:Mlp",
    "tree": "training.estimators.tree:DecisionTree",
}
DEFAULT = "boosted"


def estimator(name: str) -> Estimator:
    """An estimator. Raises TrainingError for a name that is not known."""
    if name not in ESTIMATORS:
        problem = f"there is no estimator {name!r}: there are {', '.join(ESTIMATORS)}"
        raise TrainingError(problem)
    module, kind = ESTIMATORS[name].split(":")
    made: Estimator = getattr(importlib.import_module(module), kind)()
    return made
