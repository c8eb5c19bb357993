"""Answers of models that stand for a while."""

import msgspec


class Scored(msgspec.Struct, array_like=True, gc=False):
    """What a model said of this customer a while ago, kept where its manifest lets an answer stand."""

    version: str
    at: int
    values: list[float]
    events: int = 0
    """How many events of the customer there were since."""
