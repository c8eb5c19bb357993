"""The simulated world: customers who visit, buy, get messages and react to them, as one stream of events in order of time.

Pure and deterministic: time is a number, nothing here looks at a clock, and every throw of the dice belongs to one person and one purpose.
So what somebody does depends on herself and on the messages that reach her, never on who else is there or on what they were sent.
"""

from collections.abc import Mapping
from typing import Any

from simulation.arrivals import populate
from simulation.catalogue import Catalogue
from simulation.reactions import receive
from simulation.tempo import REAL, Tempo
from simulation.timeline import Timeline


class World(Timeline):
    """Everybody's lives. `until` lets time pass, `receive` delivers a message; both are exact in epoch milliseconds."""

    def __init__(
        self,
        *,
        seed: int,
        start: int,
        customers: int = 2_000,
        visits_a_day: float = 0.25,
        strangers: float = 0.25,
        tempo: Tempo = REAL,
        catalogue: Catalogue | None = None,
    ) -> None:
        """`visits_a_day` is of an average customer; `strangers` the number of strangers' visits for each of a customer's."""
        super().__init__(seed=seed, start=start, tempo=tempo, catalogue=catalogue)
        hourly = visits_a_day / 24
        populate(self, customers=customers, hourly=hourly, strangers=strangers * customers * hourly)

    def receive(self, action: Mapping[str, Any]) -> None:
        """A record of `actions.*` arrives. The same decision arrives once, whatever comes twice; nobody we know of, nothing happens."""
        life = self.lives.get(str(action["user_id"]))
        if life is not None:
            receive(self, life, action)
