"""What a decision found customers to mean by what they wrote: which model said so, and how sure it was. The text itself is not repeated."""

import msgspec


class IntentUsed(msgspec.Struct, kw_only=True, frozen=True, gc=False):
    """One answer to `intent(…)`."""

    model: str
    """The model and its version; the model alone where none could answer."""
    intent: str | None
    """What the text means; out_of_scope: nothing that the model knows; None: unknown."""
    reason: str
    """SCORED, or why it is unknown: a `ModelReason`, or NO_TEXT or TOO_MANY."""
    probability: float | None = None
    """Of the most probable intent, also where that is less than the model's threshold."""
    clipped: bool = False
    """Whether only the beginning of the text was read."""
