"""Throughput: how many messages a channel takes in a second, minute or hour, all customers together.

The one rule under which customers wait for each other, so the one memory that is not a customer's. It is a virtual schedule: each period has
so many places, and who finds none free now is deferred to the first period that has one, which is kept for them. They give it back when their
turn comes, or when something ends their waiting before, and take it again if the message goes out; else it is for whoever comes next. A start
begins with an empty memory. Members of the holdout see the places that are in use, and use none of them.
"""

from udfs.core.policy.periods import Lane
from udfs.core.policy.rules import Rate
from udfs.core.profile.due import Place


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

    def first_free(self, channel: str, rate: Rate, now: int, *, in_holdout: bool = False, kept: Place | None = None) -> Place:
        """The first place that is free at `now` or later. It only looks. Where there are fewer places than parts, each part has one
        in several periods.

        `kept`: the place that is kept for the candidate, and so is free for it. A member of the holdout has it for certain: messages that go
        out do not see it, and may have filled its period.
        """
        most, length = max(1, rate.most // self._parts), rate.period * max(1, -(-self._parts // rate.most))
        period = now // length
        if not self._keeps(kept):
            kept = None
        if in_holdout and kept == Place(channel, length, period, in_holdout):
            return kept
        lane = self._lanes.get((channel, length))
        if lane is None:
            lane = self._lanes[channel, length] = Lane(length, most)
        mine = None
        if kept is not None and (kept.channel, kept.length) == (channel, length) and (in_holdout or not kept.in_holdout):
            mine = kept.period
        return Place(channel, length, lane.first_free(period, most, in_holdout=in_holdout, mine=mine), in_holdout)

    def take(self, place: Place, *, now: int, waiting: bool) -> None:
        """Take what `first_free` has found at `now`: for a message that goes out, or, `waiting`, for one that comes back in that period."""
        self._lanes[place.channel, place.length].reach(now // place.length)
        self._change(place, 1, waiting=waiting)

    def give_back(self, place: Place | None) -> bool:
        """The waiting is over: whether there was a place, and the memory knows of it. If not, the candidate has none."""
        if place is None or not self._keeps(place):
            return False
        self._change(place, -1, waiting=True)
        return True

    def begin(self) -> None:
        """A turn begins: what was reserved and given back before is final."""
        if self._changes:
            for lane in {(place.channel, place.length) for place, _, _ in self._changes}:
                self._lanes[lane].tidy()
            self._changes.clear()

    @property
    def changes(self) -> int:
        """How many changes this turn has made."""
        return len(self._changes)

    def undo(self, to: int = 0) -> None:
        """Something has failed: everything is as it was after the first `to` changes of the turn, or when it began."""
        while len(self._changes) > to:
            place, by, waiting = self._changes.pop()
            self._lanes[place.channel, place.length].change(place.period, -by, in_holdout=place.in_holdout, waiting=waiting)

    def _keeps(self, place: Place | None) -> bool:
        """Whether the memory knows of this place as one that is kept for somebody; a start has forgotten it."""
        lane = self._lanes.get((place.channel, place.length)) if place is not None else None
        return lane is not None and place is not None and lane.waiting[place.period, place.in_holdout] > 0

    def _change(self, place: Place, by: int, *, waiting: bool) -> None:
        self._lanes[place.channel, place.length].change(place.period, by, in_holdout=place.in_holdout, waiting=waiting)
        self._changes.append((place, by, waiting))
