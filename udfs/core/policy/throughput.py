"""Throughput: how many messages a channel takes in a second, minute or hour, all customers together.

The one rule under which customers wait for each other, so the one memory that is not a customer's. It is a virtual schedule: each period has
so many places, and who finds none free now is deferred to the first period that has one, which is kept for them. They give it back when their
turn comes, or when something ends their waiting before, and take it again if the message goes out; else it is for whoever comes next. A start
begins with an empty memory. Ghosts see the places that are taken, and take none of them away.
"""

from udfs.core.policy.periods import Lane
from udfs.core.policy.rules import Rate
from udfs.core.profile.state import Place


class Throughput:
    """The places taken, by channel and period. `parts`: how many engines share the rate; each takes its part of it.

    Changes belong to a turn (one event or timer of one customer): `begin` makes those before it final, `undo` takes back those since.
    """

    def __init__(self, parts: int = 1) -> None:
        self._parts = parts
        self._lanes: dict[tuple[str, int], Lane] = {}
        self._changes: list[tuple[Place, int, bool]] = []
        """Of this turn: which place, one more or less, and whether it is kept for somebody who waits."""

    def __len__(self) -> int:
        """Entries remembered, of all channels."""
        return sum(map(len, self._lanes.values()))

    def first_free(self, channel: str, rate: Rate, now: int, *, ghost: bool = False, kept: Place | None = None) -> Place:
        """The first place that is free at `now` or later; nothing is taken yet. Where there are fewer places than parts, each part has one
        in so many periods.

        `kept`: what the candidate has just given back. A ghost has it for certain: messages that go out do not see it, and may have filled
        its period.
        """
        most, length = max(1, rate.most // self._parts), rate.period * max(1, -(-self._parts // rate.most))
        period = now // length
        if ghost and kept == Place(channel, length, period, ghost):
            return kept
        lane = self._lanes.get((channel, length))
        if lane is None:
            lane = self._lanes[channel, length] = Lane(length, most)
        return Place(channel, length, lane.first_free(period, most, ghost=ghost), ghost)

    def take(self, place: Place, *, waiting: bool) -> None:
        """Take what `first_free` has found: for a message that goes out now, or, `waiting`, for one that comes back in that period."""
        self._change(place, 1, waiting=waiting)

    def give_back(self, place: Place | None) -> bool:
        """The waiting is over: whether there was a place, and the memory knows of it. If not, the candidate has none."""
        if place is None:
            return False
        lane = self._lanes.get((place.channel, place.length))
        if lane is None or not lane.waiting[place.period, place.ghost]:
            return False
        self._change(place, -1, waiting=True)
        return True

    def begin(self) -> None:
        """A turn begins: what was taken and given back before is final."""
        if self._changes:
            for lane in {(place.channel, place.length) for place, _, _ in self._changes}:
                self._lanes[lane].tidy()
            self._changes.clear()

    def undo(self) -> None:
        """The turn has failed: everything is as it was when it began."""
        while self._changes:
            place, by, waiting = self._changes.pop()
            self._lanes[place.channel, place.length].change(place.period, -by, ghost=place.ghost, waiting=waiting)

    def _change(self, place: Place, by: int, *, waiting: bool) -> None:
        self._lanes[place.channel, place.length].change(place.period, by, ghost=place.ghost, waiting=waiting)
        self._changes.append((place, by, waiting))
