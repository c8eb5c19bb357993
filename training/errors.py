"""What stops a training; udfs/core/values/errors.py draws the whole tree. Every message says what, where, and how to mend it."""

from udfs.core.values.errors import KairosError


class TrainingError(KairosError):
    """A training that cannot be done as asked."""


class HistoryError(TrainingError):
    """There is too little history, or nothing in it to learn."""


class LeakError(TrainingError):
    """A row knows something that came after its decision: whatever was learned from it would not hold in the job."""


class SkewError(TrainingError):
    """Logged vectors differ from those that the feature code makes of the same history."""


class ParityError(TrainingError):
    """The exported model does not answer as the trained one does: it must not be published."""


class StoreError(TrainingError):
    """The model file cannot be stored."""
