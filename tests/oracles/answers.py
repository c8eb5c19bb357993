"""How a customer answers messages, in the oracle, by docs/best-channel.md: channels that are best, and caps that learn."""

import math
from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from typing import Any

from tests.oracles.asked import covers
from tests.oracles.memory import Memory, Sent
from tests.oracles.times import DAY


class Answers:
    """By the memory, and by what the policy says is usual."""

    policy: Mapping[str, Any]
    memory: Memory

    def limit(self, cap: Mapping[str, Any], now: int) -> int:
        """Of a cap that learns: in the middle between its bounds for whoever answers as usual, and nearer to one of them for who does not."""
        if cap["max"] != "learned":
            return int(cap["max"])
        answered, expected = Fraction(0), Fraction(0)
        for sent in self.telling(now):
            if covers(cap, channel=sent.channel, tags=sent.tags, campaign=sent.campaign):
                is_answered = self.did(sent, "opened", "clicked")
                answered += is_answered
                expected += self.usual(sent.channel) * (3 if self.did(sent, "dismissed") and not is_answered else 1)
        least, most = cap["between"]
        exact: Fraction = least + (most - least) * min((answered + 1) / (expected + 1), Fraction(2)) / 2
        return math.ceil(exact - Fraction(1, 2))

    def telling(self, now: int) -> Iterator[Sent]:
        """The marketing messages of the last 32 days that were answered or dismissed, or had a day for it."""
        for sent in self.memory.sent:
            if sent.held_out or sent.transactional or self.memory.bounced(sent) or self.memory.is_back(sent) or sent.at <= now - 32 * DAY:
                continue
            if sent.at <= now - DAY or self.did(sent, "opened", "clicked", "dismissed"):
                yield sent

    def did(self, sent: Sent, *words: str) -> bool:
        """Whether a receipt says one of these about a message, and no machine did it."""
        told = self.memory.events(*(f"message_{word}" for word in words))
        return any(event.properties.get("decision_id") == sent.decision_id and event.properties.get("machine") is not True for event in told)

    def usual(self, channel: str) -> Fraction:
        """The share of messages by a channel that customers usually answer."""
        return Fraction(self.policy.get("answered", {}).get(channel, "20%").removesuffix("%")) / 100

    def by_likelihood(self, channels: Sequence[str], now: int) -> list[str]:
        """The channels, the likeliest to be answered first."""

        def likely(channel: str) -> Fraction:
            by_it = [self.did(sent, "opened", "clicked") for sent in self.telling(now) if sent.channel == channel]
            return (sum(by_it) + 5 * self.usual(channel)) / (len(by_it) + 5)

        return sorted(channels, key=likely, reverse=True)
