"""Intents: whether somebody comes back after a visit to buy. The dice are thrown, but the truth must not use them.

So an intent holds both: `comes_at`, the result of the dice, which only the shop uses; and `coming`, the chance of it given her character and
everything that has happened, but not the dice. Both change at the same times, in the same methods.
"""

from dataclasses import dataclass
from random import Random

from simulation.resolve import Character, Plan, cooled, persuaded, put_off, sigma, still, swayed


@dataclass(slots=True, kw_only=True)
class Intent:
    """One thing she has in mind. Times are epoch ms; `wait` is the mean time until she comes back for it."""

    character: Character
    log_odds: float
    """Her resolve at the end of the visit, including the effect of messages until then."""
    decided_at: int
    """The expected end of the visit; exact once it has ended."""
    wait: int
    cooling: int
    value: float
    """The value of what she would buy, in the shop's currency."""
    plan: Plan | None = None
    """What the visit was about, or None."""
    decided: bool = False
    coming: float = 0.0
    """The chance at `since` that she is on her way back, not having come by then."""
    since: int = 0
    comes_at: int | None = None
    buying: bool = False
    """On the way to the checkout."""
    closed: bool = False
    """Bought, or given up."""

    def decide(self, now: int, chance: Random) -> bool:
        """End the visit: whether she buys at once; if not, the dice say whether and when she comes back."""
        willing, at_once = sigma(self.log_odds), self.character.impulse
        self.decided, self.decided_at = True, now
        if chance.random() < willing:
            if chance.random() < at_once:
                self.buying = True
                return True
            self._comes_back(now, chance)
        self._known(willing * (1.0 - at_once) / (1.0 - willing * at_once), now)
        return False

    def see(self, moved: float, *, clicks: bool, now: int, chance: Random) -> bool:
        """She sees a message, and if `clicks`, follows it: does she buy at once? Within the visit itself it only moves her resolve."""
        if self.closed or self.buying:
            return False
        if not self.decided:
            self.log_odds += moved
            return False
        feels, before = self.resolve_at(now), self.coming_at(now)
        after = swayed(before, feels, moved)
        willing = chance.random() >= put_off(feels, moved) if self.comes_at is not None else chance.random() < persuaded(feels, moved)
        self.log_odds += moved
        if clicks:
            self.comes_at, self.buying = None, willing
            self._known(0.0, now)
            return willing
        if not willing:
            self.comes_at = None
        elif self.comes_at is None:
            self._comes_back(now, chance)
        self._known(after, now)
        return False

    def resolve_at(self, now: int) -> float:
        """Her resolve as it is felt now: it cools from the end of the visit on."""
        return cooled(self.log_odds, max(0, now - self.decided_at) / self.cooling) if self.decided else self.log_odds

    def coming_at(self, now: int) -> float:
        """The chance that she is on her way, given that she has not come until now."""
        if self.closed or self.buying:
            return float(self.buying and not self.closed)
        return still(self.coming, (now - self.since) / self.wait)

    def close(self) -> None:
        """Close the intent: she has bought, or given up."""
        self.closed, self.buying, self.comes_at, self.coming = True, False, None, 0.0

    def _comes_back(self, now: int, chance: Random) -> None:
        self.comes_at = now + 1 + int(chance.expovariate(1.0 / self.wait))

    def _known(self, coming: float, now: int) -> None:
        self.coming, self.since = coming, now
