"""The uplift learners by name. Each is imported only when it is asked for."""

import importlib

from training.uplift.learners.learner import Learner

LEARNERS = {
    "s": "training.uplift.learners.s:SLearner",
    "x": "training.uplift.learners.x:XLearner",
    "dr": "training.uplift.learners.dr:DrLearner",
}
DEFAULT = "s"


def learner(name: str) -> Learner:
    """A learner, one of LEARNERS."""
    module, kind = LEARNERS[name].split(":")
    made: Learner = getattr(importlib.import_module(module), kind)()
    return made
