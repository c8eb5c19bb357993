"""The shop for demos and load tests: the simulated world, without end, at a given number of events a second."""

from collections.abc import Iterator, Mapping
from typing import Any

from simulation.arrivals import VISIT_PAUSES
from simulation.catalogue import Catalogue
from simulation.tempo import BRISK, REAL, Tempo
from simulation.timeline import Posted
from simulation.world import World

__all__ = ["BRISK", "REAL", "Posted", "Shop", "Tempo"]

EVENTS_A_VISIT = 8.3
"""The average number of events per visit, including return visits, without messages."""
BUSIEST = 0.25
"""The maximum share of their time that customers are in the shop; strangers make up the rest of the rate."""


class Shop:
    """An endless iterator of events in order of time, about `rate` of them in a second of the shop's own time.

    Customers come in their own rhythms; there are as many visits as the rate needs. Records of `actions.*` that are passed to `receive` reach
    them, and their reactions follow in order of time.
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
        """`start` is epoch ms. `strangers` is the share of anonymous visits; it is higher if there are too few customers for the rate."""
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
        """The next event."""
        return next(self._events)

    def receive(self, action: Mapping[str, Any]) -> None:
        """Deliver a message."""
        self.world.receive(action)

    def _endless(self) -> Iterator[Posted]:
        while (due := self.world.due()) is not None:
            yield from self.world.until(due)
