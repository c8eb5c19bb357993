"""One person's state in the shop: her cart, her intents, and the messages that have reached her."""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

from simulation.customers import Person
from simulation.intents import Intent
from simulation.resolve import NO_CART
from simulation.rhythm import Rhythm
from simulation.tempo import Tempo
from simulation.visits import Basket, Coupon

DELIVERED = 0.97
"""Share of messages that arrive; the others bounce."""
SEEN_AFTER = {"email": 0.12, "push": 0.03, "sms": 0.01}
"""Channel -> mean time until a message is seen, in units of the tempo's `away_ms`. One on the page is seen within a click."""


@dataclass(slots=True, kw_only=True)
class Message:
    """A message that reached her and that she may not have seen yet."""

    decision_id: str
    channel: str
    campaign: str
    variant: str
    moved: float
    """What seeing it does to her resolve."""
    intent: Intent
    """What it makes her think of."""
    sees: float
    """Chance, at `at`, that she will see it."""
    clicks: float
    """Chance that she follows it once she saw it."""
    wait: int
    """Mean time until she sees it, ms."""
    at: int
    coupon: Coupon | None


@dataclass(slots=True)
class Life:
    """A person's state. The world changes it, the truth reads it."""

    person: Person
    tempo: Tempo
    rhythm: Rhythm
    hourly: float = 0.0
    """Visits in an average hour; 0 for a stranger, who comes once."""
    basket: Basket = field(default_factory=dict)
    intents: list[Intent] = field(default_factory=list)
    """Open intents of earlier visits, the latest last."""
    unseen: list[Message] = field(default_factory=list)
    received: deque[int] = field(default_factory=deque)
    """When messages reached her, within a week."""
    decisions: set[str] = field(default_factory=set)
    recalled: set[str] = field(default_factory=set)
    """Decisions whose message must not be delivered any more."""
    unsubscribed: set[str] = field(default_factory=set)
    """Channels from which she has unsubscribed."""
    coupon: Coupon | None = None
    orders: int = 0
    visits: int = 0
    posted: int = 0
    inside: bool = False
    waiting: list[Callable[[int], None]] = field(default_factory=list)
    """Visits that wait until she has left."""

    def in_mind(self, now: int) -> Intent:
        """What a message would make her think of: the last thing she looked at, or the shop in general."""
        if self.intents:
            return self.intents[-1]
        character = self.person.character
        return Intent(
            character=character,
            log_odds=character.leaning + NO_CART - 0.5,
            decided=True,
            decided_at=now,
            wait=self.wait_ms,
            cooling=self.tempo.away_ms,
            value=character.purse,
        )

    @property
    def wait_ms(self) -> int:
        """Mean time until she comes back for something."""
        return int(self.person.character.hesitation * self.tempo.away_ms)

    def reached_by(self, channel: str) -> float:
        """Chance that a message sent there now will be seen, some day."""
        if channel in self.unsubscribed or self.person.character.bot or (channel == "onsite" and not self.inside):
            return 0.0
        opens = self.person.character.opens
        return DELIVERED * opens.get(channel, opens["email"])

    def seen_after(self, channel: str) -> int:
        """Mean time until she sees a message there, ms."""
        return self.tempo.pause_ms if channel == "onsite" else int(SEEN_AFTER.get(channel, SEEN_AFTER["email"]) * self.tempo.away_ms)

    def recent(self, now: int) -> int:
        """Messages that reached her within a week before now."""
        return sum(at > now - self.tempo.week_ms for at in self.received)

    def tidy(self, now: int) -> None:
        """Forget closed intents and old messages."""
        old = now - 10 * self.wait_ms
        self.intents = [each for each in self.intents if not each.closed and (each.comes_at is not None or not each.decided or each.decided_at > old)]
        self.unseen = [each for each in self.unseen if each.at > now - 2 * self.tempo.week_ms]
        while self.received and self.received[0] <= now - self.tempo.week_ms:
            self.received.popleft()
        if self.coupon is not None and self.coupon.until <= now:
            self.coupon = None

    def ordered(self) -> None:
        """Close her intents: she has bought."""
        self.orders += 1
        self.coupon = None
        for intent in self.intents:
            intent.close()
        self.intents.clear()
