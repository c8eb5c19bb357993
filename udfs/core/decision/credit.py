"""Which of a person's messages is given credit for a conversion, by five models at once. Pure arithmetic.

`last` and `first` give all of it to one message, `linear` to each the same. `decay` gives half as much for each half-life of age. `position` gives
40 % to the first, 40 % to the last, and the rest to those between. The credit of one conversion is one, or nothing if no message qualifies.
"""

from collections.abc import Sequence
from typing import NamedTuple

MODELS = ("last", "first", "linear", "decay", "position")
ENDS = 0.4
"""Of the first and of the last message, by position."""


class Touch(NamedTuple):
    """One message: when it was decided, delivered, opened or clicked, and in which time its credit halves, milliseconds."""

    at: int
    half_life: int


def shares(touches: Sequence[Touch], at: int) -> list[tuple[float, ...]]:
    """The credit of each of the messages, which are in order of time, for a conversion at `at`: one number a model, as in MODELS."""
    number = len(touches)
    if number == 1:
        return [(1.0,) * len(MODELS)]
    halvings = [(at - touch.at) / touch.half_life for touch in touches]
    youngest = min(halvings, default=0.0)  # relative to it, so that nothing is too old to be told from nothing
    weights = [2.0 ** (youngest - each) for each in halvings]
    total = sum(weights)
    found: list[tuple[float, ...]] = []
    for place, weight in enumerate(weights):
        is_first, is_last = place == 0, place == number - 1
        position = 0.5 if number == 2 else ENDS if is_first or is_last else (1 - 2 * ENDS) / (number - 2)
        found.append((float(is_last), float(is_first), 1 / number, weight / total, position))
    return found
