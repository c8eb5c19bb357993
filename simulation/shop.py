"""The shop as a demo and a load test want it: the simulated world, endless, at a given number of events a second."""

from collections.abc import Iterator, Mapping
from typing import Any

from simulation.arrivals import VISIT_PAUSES
from simulation.catalogue import Catalogue
from simulation.tempo import BRISK, REAL, Tempo
from simulation.timeline import Posted
from simulation.world import World

__all__ = ["BRISK", "REAL", "Posted", "Shop", "Tempo"]

EVENTS_A_VISIT = 8.3
"""Events that come of one visit on average, with the returns, messages aside."""
BUSIEST = 0.25
"""Share of their time that customers are in the shop at most; whatever rate is left is strangers."""


class Shop:
    """An endless iterator of events in order of time, about `rate` of them in a second of the shop's own time.

    Customers come on their own, each in her rhythm; there are as many visits as the rate needs. What is handed to `receive` (records of
    `actions.*`) reaches them, and what they do about it comes in its turn.
    """

    def __init__(
        self,
        *,
        seed: int,
        start: int,
        rate: float = 100.0,
        customers: int = 2_000,
        strangers: float = 0.25,
        tempo: Tempo = BRISK,
        catalogue: Catalogue | None = None,
    ) -> None:
        """`start` is epoch ms, `strangers` the share of visits that are anonymous, more where there are too few customers for the rate."""
        if rate <= 0 or customers < 1:
            message = f"a shop needs a rate above 0 and at least one customer, not {rate} and {customers}"
            raise ValueError(message)
        self.start = start
        visits = rate * 86_400 / EVENTS_A_VISIT
        each = min((1 - strangers) * visits / customers, BUSIEST * 86_400_000 / (VISIT_PAUSES * tempo.pause_ms))
        self.world = World(
            seed=seed,
            start=start,
            customers=customers,
            visits_a_day=each,
            strangers=visits / (customers * each) - 1,
            tempo=tempo,
            catalogue=catalogue,
        )
        self._events = self._endless()

    def __iter__(self) -> Iterator[Posted]:
        return self

    def __next__(self) -> Posted:
        """The next event of anybody."""
        return next(self._events)

    def receive(self, action: Mapping[str, Any]) -> None:
        """A message reaches somebody."""
        self.world.receive(action)

    def _endless(self) -> Iterator[Posted]:
        while (due := self.world.due()) is not None:
            yield from self.world.until(due)
