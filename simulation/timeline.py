"""Everybody's future, in order of time: the part of the world that visits, walks and reactions use."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from heapq import heappop, heappush
from itertools import count

from simulation.catalogue import Catalogue, outdoor_shop
from simulation.customers import Person
from simulation.lives import Life
from simulation.sources import Origin
from simulation.tempo import REAL, Tempo
from simulation.visits import Click


@dataclass(frozen=True, kw_only=True, slots=True)
class Posted:
    """A click of one person at one time (epoch ms), with the tracker's message id. `simulation.segment_spec` writes it as JSON."""

    at: int
    person: Person
    click: Click
    source: Origin
    message_id: str

    @property
    def known(self) -> bool:
        """Whether it has her user id."""
        return self.click.known and self.person.user_id is not None

    @property
    def key(self) -> str:
        """The Kafka key."""
        return self.person.key if self.known else self.person.anonymous_id


Happening = Callable[[int], Posted | None]
"""Something that is due: called with its time, it may post an event and schedule what follows."""


class Timeline:
    """Everybody's lives and what is due. `until` moves time on, in epoch milliseconds."""

    def __init__(self, *, seed: int, start: int, tempo: Tempo = REAL, catalogue: Catalogue | None = None) -> None:
        self.seed, self.start, self.now, self.tempo = seed, start, start, tempo
        self.catalogue = catalogue or outdoor_shop()
        self.lives: dict[str, Life] = {}
        """By user id, and by anonymous id too."""
        self.customers: list[Life] = []
        self.categories = tuple(self.catalogue.shelves)
        self._line: list[tuple[int, int, Happening]] = []
        self._turn = count()

    def until(self, instant: int) -> Iterator[Posted]:
        """All events up to and including `instant`, in order of time. Messages may be received in between; reactions follow in order."""
        while self._line and self._line[0][0] <= instant:
            self.now, _, happening = heappop(self._line)
            posted = happening(self.now)
            if posted is not None:
                yield posted
        self.now = max(self.now, instant)

    def due(self) -> int | None:
        """The time of the next action, which may post no event."""
        return self._line[0][0] if self._line else None

    def post(self, life: Life, click: Click, source: Origin, at: int) -> Posted:
        """Post an event of hers. Its id counts only her own events."""
        life.posted += 1
        message_id = f"{life.person.anonymous_id}-{self.start:x}-{life.posted}"
        return Posted(at=at, person=life.person, click=click, source=source, message_id=message_id)

    def later(self, at: int, happening: Happening) -> None:
        """Schedule an action, now at the earliest."""
        heappush(self._line, (max(at, self.now), next(self._turn), happening))
