"""The truth is what the world does: its probabilities hold in it, with and without messages."""

from dataclasses import dataclass
from random import Random

import pytest

from simulation.lives import Life
from simulation.tempo import BRISK, REAL, Tempo
from simulation.truth import Odds, Truth
from simulation.world import World

pytestmark = pytest.mark.slow

START = 1_764_000_000_000
HOUR = 3_600_000
CHANNELS = ("email", "push", "sms", "onsite")


@dataclass
class Asked:
    """A question to the truth, and what happened."""

    user: str
    at: int
    until: int
    said: float
    uplift: float
    bought: bool = False


def lived(*, tempo: Tempo, acts: bool, seed: int, customers: int = 900) -> list[Asked]:
    """Of each customer, asked once at a moment of her own (some while she is there); with `acts` a message is sent at that very moment."""
    unit = tempo.away_ms
    world = World(seed=seed, start=START, customers=customers, visits_a_day=0.5 if tempo is REAL else 600, strangers=0.1, tempo=tempo)
    truth, chance, within = Truth(world), Random(seed), 2 * unit
    asked: list[Asked] = []
    orders: list[tuple[str, int]] = []
    free: set[str] = {life.person.key for life in world.customers}
    moment = START + 2 * unit
    asking_until = moment + 6 * unit

    def ask(life: Life) -> None:
        channel, percent = chance.choice(CHANNELS), chance.choice((0, 10, 20))
        odds: Odds = truth.odds(life.person.key, within=within, channel=channel if acts else None, percent=percent)
        said = odds.acted if acts else odds.without
        asked.append(Asked(life.person.key, world.now, world.now + within, said, odds.uplift))
        free.discard(life.person.key)
        if acts:
            world.receive(
                {"decision_id": f"d{len(asked)}", "user_id": life.person.key, "channel": channel, "at": world.now, "offer": {"percent": percent}}
            )

    for posted in world.until(asking_until + within):
        if posted.click.name == "Order Completed":
            orders.append((posted.person.key, posted.at))
        eligible = moment < posted.at < asking_until and posted.person.key in free and posted.click.name != "Order Completed"
        if eligible and chance.random() < 0.08:  # somebody who is there, or a moment ago was
            ask(world.lives[posted.person.key])
        if moment < posted.at < asking_until and chance.random() < 0.04:  # somebody at all
            life = chance.choice(world.customers)
            if life.person.key in free:
                ask(life)
    bought: dict[str, list[int]] = {}
    for user, at in orders:
        bought.setdefault(user, []).append(at)
    for each in asked:
        each.bought = any(each.at < at <= each.until for at in bought.get(each.user, ()))
    return asked


def chi_square(asked: list[Asked], *, bins: int = 10) -> tuple[float, str]:
    """Hosmer and Lemeshow's statistic over bins of equal size, and the table that it comes from."""
    ranked = sorted(asked, key=lambda each: each.said)
    total, lines = 0.0, []
    for number in range(bins):
        part = ranked[len(ranked) * number // bins : len(ranked) * (number + 1) // bins]
        expected, variance = sum(each.said for each in part), sum(each.said * (1 - each.said) for each in part)
        seen = sum(each.bought for each in part)
        total += (seen - expected) ** 2 / max(variance, 1e-9)
        lines.append(f"{expected / len(part):.3f} said, {seen / len(part):.3f} seen of {len(part)}")
    return total, "\n".join(lines)


@pytest.mark.parametrize("acts", [False, True], ids=["nothing is sent", "messages are sent"])
@pytest.mark.parametrize("tempo", [REAL, BRISK], ids=["real", "brisk"])
def test_the_truths_probabilities_are_what_happens(tempo: Tempo, *, acts: bool) -> None:
    asked = lived(tempo=tempo, acts=acts, seed=3)
    assert len(asked) > 400
    statistic, table = chi_square(asked)
    assert statistic < 29.6, table  # p = 0.001 for 10 bins of known probabilities
