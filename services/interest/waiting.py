"""News that wait for their turn, fairly: one of each change after the other, so that a few people need not wait for a hundred thousand. Pure."""

from collections import OrderedDict
from collections.abc import Hashable
from typing import Generic, NamedTuple, TypeVar

from services.interest.news import News

P = TypeVar("P", bound=Hashable)
MAX_DONE = 200_000
"""Ids that are remembered, so that news that are written again are not handed over again. The main job knows an id for longer."""


class Place(NamedTuple, Generic[P]):
    """Where news were read."""

    partition: P
    offset: int


class Waiting(Generic[P]):
    """Those that were read and are not done. What is done of a partition is a prefix of it, so a service that is killed goes on there."""

    def __init__(self) -> None:
        self._turns: OrderedDict[tuple[str, str, int], OrderedDict[str, News]] = OrderedDict()
        self._places: dict[str, list[Place[P]]] = {}
        self._about: dict[str, tuple[str, str, int]] = {}
        self._pending: dict[P, OrderedDict[int, None]] = {}
        self._read: dict[P, int] = {}
        self._done: OrderedDict[str, None] = OrderedDict()

    def __len__(self) -> int:
        return len(self._places)

    def put(self, news: News, place: Place[P]) -> None:
        """Take in news. Of those that wait already the newer record counts, in the place of the older."""
        self._read[place.partition] = place.offset + 1
        if news.id in self._done:
            return
        self._pending.setdefault(place.partition, OrderedDict())[place.offset] = None
        self._places.setdefault(news.id, []).append(place)
        self._about[news.id] = news.about
        self._turns.setdefault(news.about, OrderedDict())[news.id] = news

    def passed(self, place: Place[P], withdrawn: str | None = None) -> bool:
        """A record that is no news. `withdrawn`: an id that it takes back. Returns whether that was waiting."""
        self._read[place.partition] = place.offset + 1
        if withdrawn is None or withdrawn not in self._about:
            return False
        held = self._turns.get(about := self._about[withdrawn])
        found = None if held is None else held.pop(withdrawn, None)
        if held is not None and not held:
            del self._turns[about]
        if found is not None:
            self._settle(withdrawn)
        return found is not None

    def take(self) -> News | None:
        """The next in turn; None where nothing waits. Say `done` of it once it is where it belongs."""
        if not self._turns:
            return None
        about, held = self._turns.popitem(last=False)
        _, news = held.popitem(last=False)
        if held:
            self._turns[about] = held
        return news

    def again(self, news: News) -> None:
        """After `take`: unless it is done, it is the first of its kind again."""
        if news.id not in self._places:
            return
        held = self._turns.setdefault(news.about, OrderedDict())
        held[news.id] = news
        held.move_to_end(news.id, last=False)

    def done(self, news: News) -> None:
        """It was handed over, or never will be."""
        self._done[news.id] = None
        if len(self._done) > MAX_DONE:
            self._done.popitem(last=False)
        self._settle(news.id)

    def _settle(self, news_id: str) -> None:
        self._about.pop(news_id, None)
        for partition, offset in self._places.pop(news_id, ()):
            self._pending[partition].pop(offset, None)

    def safe(self) -> dict[P, int]:
        """Partition -> the offset to begin with after a new start: everything before it is done."""
        return {partition: next(iter(self._pending.get(partition) or ()), read) for partition, read in self._read.items()}
