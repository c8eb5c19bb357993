"""Decisions of the simulated shop with the true chance of every variant, as a world for bandits.

The shop lives once, with a campaign that writes to whoever puts something into the cart. At each of its decisions the truth is asked what a
message with each discount would do. Bandits then live through these decisions again, in their order and at their times, as often as wanted.
"""

from collections.abc import Iterator

import numpy as np

from bench.bandits import World as Decisions
from services.local.job import LocalJob, Output
from services.replay.records import Record
from simulation.closed_loop import DAY, live
from simulation.truth import Truth
from simulation.world import World
from tests.builders import book
from udfs.core.records import Decision, Outcome

START = 1_764_547_200_000
PERCENTS = (0.0, 10.0, 25.0)
WITHIN_DAYS = 7
RULE = {
    "campaign": "cart",
    "trigger": {"event": "product_added"},
    "entry": {"again": "1d"},
    "variants": {"plain": {"channel": "email", "content": {"subject": "Your cart", "body": "It waits."}}},
}


class Peeking:
    """The job, and what the truth says of every variant at each of its decisions."""

    def __init__(self, world: World) -> None:
        self._job, self._world, self._truth = LocalJob(book({**RULE}, {"consent": {"default": {"marketing": "grant"}}})), world, Truth(world)
        self.odds: list[list[float]] = []
        self.at: list[int] = []

    def take(self, record: Record) -> list[Output]:
        """Process one record, and look."""
        outputs = self._job.take(record)
        for each in outputs:
            if isinstance(each, Decision) and each.outcome is Outcome.ACTED:
                self.odds.append(
                    [self._truth.odds(each.user_id, within=WITHIN_DAYS * DAY, channel="email", percent=percent).acted for percent in PERCENTS]
                )
                self.at.append(each.at)
        return outputs

    def until(self, now: int | None) -> Iterator[list[Output]]:
        """Fire the timers that are due."""
        return self._job.until(now)


def decisions(*, customers: int, days: int, seed: int) -> Decisions:
    """What the shop decides in so many days."""
    world = World(seed=seed, customers=customers, start=START)
    peeking = Peeking(world)
    live(world, peeking, days=days, within=WITHIN_DAYS * DAY)
    return Decisions(odds=np.array(peeking.odds), at=(np.array(peeking.at) - START) / DAY, known_after=float(WITHIN_DAYS))
