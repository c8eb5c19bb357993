"""The truth about the simulated customers, for evaluation only: how likely somebody is to buy, with and without a message.

Computed from the same functions by which the world throws its dice (`simulation.resolve`, `simulation.plans`, `simulation.intents`), in
closed form except for the time at which a message is seen, which is summed over a few quantiles. It knows everything that has happened and
the customers' characters, but not the dice. No code of the product may import this module: an import contract and a test check that.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product

from simulation.catalogue import Catalogue
from simulation.intents import Intent
from simulation.lives import Life, Message
from simulation.plans import every
from simulation.reactions import message
from simulation.resolve import ORDERS_COUNTED, Character, cooled, resolve, shift, sigma, still, swayed
from simulation.rhythm import HOUR
from simulation.world import World

DAY = 24 * HOUR
TILL = 5
"""Pauses between the decision to buy and the order."""
LOOKING = 6
"""Pauses between arrival and the decision to buy."""
STEPS = 48
"""The number of pieces of a window over which future visits are summed."""
MOMENTS = tuple(-math.log1p(-(number + 0.5) / 12) for number in range(12))
"""When a message is seen, in mean times: the midpoints of twelve equally likely intervals."""
MAX_MESSAGES = 2
"""Of several unseen messages about one thing, only the latest count."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Odds:
    """Chances to buy within the window: without the message, with it, and after seeing it, which is when a discount costs."""

    without: float
    acted: float
    seen: float
    value: float
    """The value of what she would buy, before any discount."""

    @property
    def uplift(self) -> float:
        """Purchases caused by the message, per message; negative if it prevents them."""
        return self.acted - self.without

    def gain(self, *, percent: float, margin: float, cost: float) -> float:
        """The value of sending it: the margin on purchases that it causes, minus discounts and the cost of contact."""
        return self.value * (margin * self.uplift - percent / 100 * self.seen) - cost


class Truth:
    """Computes the odds in a world's current state. Use one per world: it caches what does not change."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._willing: dict[tuple[str, int], float] = {}

    def odds(self, user_id: str, *, within: int, channel: str | None = None, percent: float = 0.0) -> Odds:
        """The odds that this user (or anonymous id) buys within `within` ms, with and without this message; zero once she is gone."""
        life = self._world.lives.get(user_id)
        if life is None:
            return Odds(without=0.0, acted=0.0, seen=0.0, value=0.0)
        now = self._world.now
        spontaneous = self._spontaneous(life, now, within)
        quiet = {id(intent): self._quiet(life, intent, within, _unseen(life, intent)) for intent in life.intents}
        without = 1.0 - (1.0 - spontaneous) * math.prod(quiet.values())
        sent = message(life, channel=channel, percent=percent, code="", at=now) if channel is not None else None
        about = sent.intent if sent is not None else life.in_mind(now)
        if sent is None or sent.sees == 0.0:
            return Odds(without=without, acted=without, seen=0.0, value=about.value)
        others = math.prod(each for key, each in quiet.items() if key != id(about))
        acted = 1.0 - (1.0 - spontaneous) * others * self._quiet(life, about, within, [*_unseen(life, about), sent])
        return Odds(without=without, acted=acted, seen=max(0.0, acted - (1.0 - sent.sees) * without), value=about.value)

    def _spontaneous(self, life: Life, now: int, within: int) -> float:
        """The chance that a future visit leads to an order in time."""
        if not life.hourly:
            return 0.0
        key = (life.person.key, min(life.orders, ORDERS_COUNTED))
        if key not in self._willing:
            self._willing[key] = willing(life.person.character, self._world.catalogue, orders=life.orders)
        character, pause = life.person.character, self._world.tempo.pause_ms
        expected, at = 0.0, now
        for step in range(1, STEPS + 1):
            until = now + within * step // STEPS
            left = within - (at + until) / 2 + now - (LOOKING + TILL) * pause
            if left > 0:
                done = character.impulse + (1.0 - character.impulse) * -math.expm1(-left / life.wait_ms)
                expected += life.rhythm.measure(at, until) * done
            at = until
        return -math.expm1(-life.hourly * self._willing[key] * expected)

    def _quiet(self, life: Life, intent: Intent, within: int, messages: Sequence[Message]) -> float:
        """The chance that this intent leads to no order in time."""
        if intent.closed or intent.buying:
            return float(not intent.buying)
        now, total = self._world.now, 0.0
        end = now + within - TILL * life.tempo.pause_ms
        for path in product(*(_sights(each, now) for each in messages[-MAX_MESSAGES:])):
            weight = math.prod(chance for chance, _, _ in path)
            seen = sorted((at, number) for number, (_, at, _) in enumerate(path) if at < end)
            total += weight * _walk(intent, now, end, [(at, path[number][2]) for at, number in seen], pause=life.tempo.pause_ms)
        return total


def willing(character: Character, catalogue: Catalogue, *, orders: int) -> float:
    """The chance that a visit of her own accord ends in the will to buy, over all visits she could make."""
    return sum(odds * sigma(resolve(character, plan, orders=orders)) for odds, plan in every(character, catalogue))


def kind(character: Character) -> str:
    """Her class in uplift modelling, for a visit with something in the cart and an offer of 10 %."""
    before, after = sigma(character.leaning), sigma(character.leaning + shift(character, percent=10, recent=0))
    if character.bot:
        return "bot"
    if after < before - 0.02:
        return "sleeping dog"
    if before > 0.6:
        return "sure thing"
    return "persuadable" if after > before + 0.08 else "lost cause"


def _unseen(life: Life, intent: Intent) -> list[Message]:
    return [each for each in life.unseen if each.intent is intent and each.channel not in life.unsubscribed]


def _sights(about: Message, now: int) -> list[tuple[float, float, Message]]:
    """The ways in which she may see it: (chance, when, what); never is an infinite time."""
    sees = still(about.sees, (now - about.at) / about.wait)
    return [(1.0 - sees, math.inf, about), *((sees / len(MOMENTS), now + moment * about.wait, about) for moment in MOMENTS)]


def _walk(intent: Intent, now: int, end: float, seen: Sequence[tuple[float, Message]], *, pause: int) -> float:
    """The chance of no order until `end` if messages are seen at these times. Mirrors `Intent.decide` and `Intent.see`."""
    at, quiet, log_odds = float(now), 1.0, intent.log_odds
    decided, coming = intent.decided, intent.coming_at(now)
    decided_at = float(intent.decided_at if decided else max(intent.decided_at, now + pause))
    for until, about in [*seen, (end, None)]:
        if not decided and decided_at <= until:
            chance, impulse = sigma(log_odds), intent.character.impulse
            quiet *= 1.0 - chance * impulse
            coming = chance * (1.0 - impulse) / (1.0 - chance * impulse)
            decided, at = True, decided_at
        if decided:
            waits = (until - at) / intent.wait
            quiet *= 1.0 + coming * math.expm1(-waits)
            coming, at = still(coming, waits), until
        if about is None:
            return quiet
        if decided:
            after = swayed(coming, cooled(log_odds, (until - decided_at) / intent.cooling), about.moved)
            quiet *= 1.0 - about.clicks * after
            coming = (1.0 - about.clicks) * after / (1.0 - about.clicks * after)
        log_odds += about.moved
    return quiet
