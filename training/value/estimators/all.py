"""The estimators of values by name. Each is imported only when it is asked for."""

import importlib

from training.errors import TrainingError
from training.value.estimators.estimator import Estimator

ESTIMATORS = {
    "bg-nbd": "training.value.estimators.bg_nbd:BuyTillYouDie",
    "lightgbm": "training.value.estimators.lightgbm:LightGbm",
}


def estimator(name: str) -> Estimator:
    """An estimator. Raises TrainingError for a name that is not known."""
    if name not in ESTIMATORS:
        problem = f"there is no estimator of a value {name!r}: there are {', '.join(ESTIMATORS)}"
        raise TrainingError(problem)
    module, kind = ESTIMATORS[name].split(":")
    made: Estimator = getattr(importlib.import_module(module), kind)()
    return made
