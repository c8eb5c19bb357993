"""What stops a training; udfs/core/values/errors.py draws the whole tree. Every message says what, where, and how to fix it."""

from udfs.core.values.errors import KairosError


class TrainingError(KairosError):
    """A training that cannot be done as asked."""


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


class GateError(TrainingError):
    """The model does not reach what its training file asks for."""


class ValidationError(TrainingError):
    """The rows are not what its training file, or the run before, makes one expect."""


def nothing_readable(rejected: int = 0) -> HistoryError:
    """For a history without a single event; `rejected` lines of it could not be read."""
    some = f" ({rejected:,} could not be read)" if rejected else ""
    return HistoryError(f"the history holds no readable event{some}: a file has a JSON object on each line, in UTF-8 (docs/publish-events.md)")
