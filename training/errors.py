"""What stops a training. Every message says what, where, and how to mend it.

TrainingError      the run cannot be done as asked
├── HistoryError   there is too little history, or it has nothing to learn from
├── LeakError      a row knows something that came after its decision
├── SkewError      logged vectors are not what the feature code makes of the same history
├── ParityError    the exported model does not answer as the trained one does
└── StoreError     the model file cannot be stored
"""


class TrainingError(Exception):
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
