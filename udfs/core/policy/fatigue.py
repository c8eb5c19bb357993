"""The limit of a cap that learns: `max: learned` with `between: [1, 5]`. docs/best-channel.md says how it follows from a customer's answers."""

import math
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from udfs.core.policy.answers import USUAL, counts, is_answered
from udfs.core.profile.state import Message

DISMISSED = 3
"""A message that was dismissed weighs like so many without an answer: who closes one is nearer to leaving than who did not look."""
SHRINK = 1.0
"""As many answers, had and expected, are added to both: of whom nothing is known is as usual."""
TWICE = 2.0
"""Whoever answers twice as often as usual gets the upper bound."""


class Learned(NamedTuple):
    """A limit, and what it follows from."""

    limit: int
    answered: int
    of: int
    usual: float
    """So many of them are answered by customers as they usually are; dismissed ones weigh more."""


def limit_of(messages: Iterable[Message], least: int, most: int, usual: Mapping[str, float], now: int) -> Learned:
    """Between `least` and `most`: the middle for whoever answers as customers usually do, more for who answers more. `messages`: those that the
    cap is about."""
    answered, of, expected = 0, 0, 0.0
    for message in messages:
        if counts(message, now):
            weight = DISMISSED if "dismissed" in message.outcomes and not is_answered(message) else 1
            answered, of, expected = answered + is_answered(message), of + 1, expected + weight * usual.get(message.channel, USUAL)
    as_usual = (answered + SHRINK) / (expected + SHRINK)
    limit = least + math.ceil(round((most - least) * min(as_usual, TWICE) / TWICE - 0.5, 9))  # to the nearest; halves go down
    return Learned(limit, answered, of, expected)
