"""Why a message says that it was sent: what `{{ because }}` stood for. The words themselves are in the message."""

from enum import StrEnum

import msgspec


class Why(StrEnum):
    """What happened to `{{ because }}`: one closed list. Everything but SAID leaves the campaign's default in its place."""

    SAID = "SAID"
    """What the feature has added was said."""
    NO_SCORE = "NO_SCORE"
    """No model has answered: a cold start stood for the score."""
    NOT_TREES = "NOT_TREES"
    """The model is not one of trees, or its file does not say how often its nodes were reached."""
    TOO_LARGE = "TOO_LARGE"
    """Its trees are so large that dividing its answer would take more than 5 ms."""
    LOADING = "LOADING"
    """Its trees are still being read."""
    NOTHING_SPEAKS = "NOTHING_SPEAKS"
    """Nothing that may be said counts for the score."""
    FAILED = "FAILED"
    """The phrase of what counts for it could not be filled in."""


class BecauseSaid(msgspec.Struct, kw_only=True, frozen=True, gc=False):
    """What a message gave as its reason."""

    score: str
    """The score that it is about, by the name that the campaign gives it."""
    reason: str
    """A `Why`."""
    feature: str | None = None
    """The feature that was said; None: the default was."""
    adds: float | None = None
    """What it has added to the score, before the model makes a probability of it."""
