"""The record of what followed a decision. Its fields follow `schemas/outcome.avsc`; times are epoch milliseconds."""

from enum import StrEnum

import msgspec

from udfs.core.records import Outcome


class OutcomeStatus(StrEnum):
    """How sure an outcome is."""

    PROVISIONAL = "provisional"
    """The goal has been reached, and its time is not over."""
    FINAL = "final"
    """Its time is over. What is reported late, or paid back, still revises it."""
    CUT = "cut"
    """Its time was not over when the customer was forgotten, or it gave way to newer ones: what came after that is not known."""


class GoalOutcome(msgspec.Struct, kw_only=True, frozen=True, gc=False):
    """What followed one decision that acted or was held out: whether the campaign's goal was reached, and what happened to the message."""

    decision_id: str
    revision: int
    """0 for the first record of a decision; each replaces the one before."""
    status: OutcomeStatus
    user_id: str
    campaign: str
    campaign_version: str
    variant: str
    channel: str
    outcome: Outcome
    """acted, held_out or control; withheld where sending nothing was chosen."""
    starts: int
    """When it was decided: what happened after that counts."""
    ends: int
    """What happened after that does not."""
    conversions: int
    """How often the goal was reached, less what was cancelled or paid back."""
    value: float | None
    """What those came to, less what was paid back, in the shop's currency. None: the goal has no value."""
    unvalued: int
    """Conversions of which nobody knows what they are worth: `value` is without them."""
    first_at: int | None
    """When the first of them happened."""
    engagement: dict[str, int]
    """sent, delivered, opened, … -> when it first happened."""
    basis: str
    """What a message needs before it is given credit."""
    credit: dict[str, float]
    """Model -> how much of the conversions is credited to this message; of all the customer's messages it is one a conversion."""
    credited_value: dict[str, float]
    """Model -> how much of their value."""
    at: int
    """When what it says became known (record time), epoch milliseconds."""
    decided_at: int = 0
    key_epoch: int | None = None
    """Of the key with which its pseudonyms were made; None: it holds the ids themselves."""
