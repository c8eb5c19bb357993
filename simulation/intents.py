"""What somebody has in mind after a visit: will she come back and buy it? The dice have fallen, but the truth must not look at them.

So an intent holds both: `comes_at`, what the dice said, which only the shop acts upon; and `coming`, the chance of it as somebody would put
it who knows her character and everything that has happened, but not the dice. Both change at the same moments, in the same methods.
"""

from dataclasses import dataclass
from random import Random

from simulation.resolve import Character, Plan, cooled, persuaded, put_off, sigma, still, swayed


@dataclass(slots=True, kw_only=True)
class Intent:
    """One thing she has in mind. Times are epoch ms; `wait` is the mean time until she comes back for it."""

    character: Character
    log_odds: float
    """Her resolve when the visit ends, with what messages did to it until then."""
    judged_at: int
    """When the visit ends, as far as can be told; exact once it has."""
    wait: int
    cooling: int
    value: float
    """What she would buy is worth, in the shop's currency."""
    plan: Plan | None = None
    """What the visit was about; None for somebody who has nothing in mind."""
    judged: bool = False
    coming: float = 0.0
    """The chance at `since` that she is on her way back, not having come by then."""
    since: int = 0
    comes_at: int | None = None
    buying: bool = False
    """On the way to the till."""
    closed: bool = False
    """Bought, or nothing can come of it any more."""

    def judge(self, now: int, chance: Random) -> bool:
        """The visit ends: does she buy at once? If not, the dice say whether and when she comes back."""
        willing, at_once = sigma(self.log_odds), self.character.impulse
        self.judged, self.judged_at = True, now
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
        if not self.judged:
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
        return cooled(self.log_odds, max(0, now - self.judged_at) / self.cooling) if self.judged else self.log_odds

    def coming_at(self, now: int) -> float:
        """The chance that she is on her way, given that she has not come until now."""
        if self.closed or self.buying:
            return float(self.buying and not self.closed)
        return still(self.coming, (now - self.since) / self.wait)

    def close(self) -> None:
        """She has bought, or gave it up for good."""
        self.closed, self.buying, self.comes_at, self.coming = True, False, None, 0.0

    def _comes_back(self, now: int, chance: Random) -> None:
        self.comes_at = now + 1 + int(chance.expovariate(1.0 / self.wait))

    def _known(self, coming: float, now: int) -> None:
        self.coming, self.since = coming, now
