"""The simulated world: customers who visit, buy, receive messages and react to them, as one stream of events in order of time.

It is pure and deterministic: time is a number, nothing reads a clock, and every random number belongs to one person and one purpose. So what
a customer does depends only on herself and on the messages that reach her, never on other customers.
"""

from collections.abc import Mapping
from typing import Any

from simulation.arrivals import populate
from simulation.catalogue import Catalogue
from simulation.reactions import receive
from simulation.tempo import REAL, Tempo
from simulation.timeline import Timeline


class World(Timeline):
    """All customers. `until` moves time on, `receive` delivers a message; both use epoch milliseconds."""

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
        """`visits_a_day` is for an average customer; `strangers` is the number of strangers' visits per customer visit."""
        super().__init__(seed=seed, start=start, tempo=tempo, catalogue=catalogue)
        hourly = visits_a_day / 24
        populate(self, customers=customers, hourly=hourly, strangers=strangers * customers * hourly)

    def receive(self, action: Mapping[str, Any]) -> None:
        """Deliver a record of `actions.*`, or stop what it recalls. Duplicates of a decision and unknown customers are ignored."""
        life = self.lives.get(str(action["user_id"]))
        if life is not None:
            receive(self, life, action)
