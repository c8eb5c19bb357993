"""Errors of a training run. Every message says what is wrong, where, and how to fix it.

* TrainingError: the run cannot be done as requested. The others derive from it.
* HistoryError: there is too little history, or nothing in it to learn from.
* LeakError: a row contains something that happened after its decision.
* SkewError: logged vectors differ from those that the feature code computes from the same history.
* ParityError: the exported model gives other answers than the trained one.
* StoreError: the model file cannot be stored.
"""


class TrainingError(Exception):
    """The run cannot be done as requested."""


class HistoryError(TrainingError):
    """There is too little history, or nothing in it to learn from."""


class LeakError(TrainingError):
    """A row contains something that happened after its decision: a model learned from it would fail in the job."""


class SkewError(TrainingError):
    """Logged vectors differ from those that the feature code computes from the same history."""


class ParityError(TrainingError):
    """The exported model gives other answers than the trained one: it must not be published."""


class StoreError(TrainingError):
    """The model file cannot be stored."""
