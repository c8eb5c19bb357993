"""How a customer answers messages, channel by channel: `channel: best` and caps that learn go by it. docs/best-channel.md says what counts.

Nothing is kept for it but what was done with each message, which is remembered for 32 days in any case.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from udfs.core.policy.rules import REMEMBERED
from udfs.core.profile.receipts import CONVERTED
from udfs.core.profile.state import Message
from udfs.core.records import Fact, Facts
from udfs.core.values.durations import DAY

ANSWERS = frozenset({"opened", "clicked", CONVERTED})
TIME = DAY
"""So long a message may lie before it counts as one without an answer."""
USUAL = 0.2
"""The share of messages that all customers answer, by channels of which the policy does not say it."""
PRIOR = 5.0
"""The channel's usual share counts like so many messages of the customer's own."""


class Answers(NamedTuple):
    """Messages by one channel."""

    answered: int = 0
    of: int = 0

    def likely(self, usual: float) -> float:
        """How likely the next one is answered, from 0 to 1."""
        return (self.answered + PRIOR * usual) / (self.of + PRIOR)


def is_answered(message: Message) -> bool:
    """Whether a person opened or clicked it, or did what it was for."""
    return not ANSWERS.isdisjoint(message.outcomes)


def counts(message: Message, now: int) -> bool:
    """Whether a message says anything: it went out, is no receipt or password that everybody opens, and had time to be answered."""
    if message.in_holdout or message.failed or message.transactional or message.at <= now - REMEMBERED:
        return False
    return message.at <= now - TIME or is_answered(message) or "dismissed" in message.outcomes


def by_channel(messages: Iterable[Message], now: int) -> dict[str, Answers]:
    """Of each channel by which anything went out: how many messages were answered, of how many."""
    found: dict[str, Answers] = {}
    for message in messages:
        if counts(message, now):
            answered, of = found.get(message.channel, NONE)
            found[message.channel] = Answers(answered + is_answered(message), of + 1)
    return found


NONE = Answers()


class Likely(NamedTuple):
    """A channel, and how likely a message by it is answered."""

    channel: str
    answers: Answers
    likely: float


def best_first(channels: Sequence[str], messages: Iterable[Message], usual: Mapping[str, float], now: int) -> list[Likely]:
    """The channels, the one first by which a message is likeliest answered; of two that are equally likely, the one that is named first."""
    known = by_channel(messages, now)
    found = [Likely(channel, known.get(channel, NONE), known.get(channel, NONE).likely(usual.get(channel, USUAL))) for channel in channels]
    return sorted(found, key=lambda each: -each.likely)


def told(order: Sequence[Likely]) -> tuple[str, Facts]:
    """What a decision says of it: in words, and for programs."""
    parts = [f"{each.channel} {_percent(each.likely)} ({each.answers.answered} of {each.answers.of})" for each in order]
    facts: tuple[Fact, ...] = tuple(
        {"channel": each.channel, "answered": each.answers.answered, "of": each.answers.of, "likely": f"{each.likely:.3f}"} for each in order
    )
    return f"likeliest answered: {', '.join(parts)}", facts


def _percent(share: float) -> str:
    return f"{100 * share:.0f} %"
