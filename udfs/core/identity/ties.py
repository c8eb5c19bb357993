"""What one key knows of the protocol by which two ids become one person: whom it has turned out to be, what it waits for, and what it has put aside.

Pure; the model in tests/identity has the same parts under the same names, and explores every order in which they can be called. Times are the wall
clock's, epoch milliseconds: what is waited for travels between machines, so the time of records says nothing about it.
"""

from collections.abc import Sequence

import msgspec

PATIENCE_MS = 30_000
"""For how long a history is waited for. It comes in a fraction of a second; beyond this something is broken, and the person goes on without it."""
MAX_PARKED = 500
"""Records that are put aside meanwhile."""
MAX_PARKED_BYTES = 2_000_000
EARLY_MS = 600_000
"""For how long a history is kept that nobody has asked for yet. After a crash some never are, since their link was found again under another id."""
MAX_EARLY = 16
MAX_HELD = 8
"""Links of which what was passed on is held: so there is always room for a history."""
MAX_MERGED = 64
"""Merge ids that are remembered, so that a history that comes again is known."""
MAX_HOPS = 8
"""How often something is passed on from an id to the next. Beyond it two ids lead to each other, and the one that it has come to keeps it."""


class Parked(msgspec.Struct, array_like=True, frozen=True):
    """A record that waits for a history: an event, or the news that this id is somebody else's."""

    at: int
    """Its record time."""
    own: str | None
    """The key that it was sent with."""
    value: bytes
    merge_id: str = ""
    person: str = ""
    """The id of this key has turned out to be this person: what is known of it is to be handed over."""
    change: bool = False
    """By an alias."""
    hops: int = 0
    via: str = ""
    """It was passed on by an id that became somebody else by this merge id."""


class Early(msgspec.Struct, array_like=True):
    """What came before the record that says whose it is: a history, and what the id that it is of has passed on since."""

    since: int
    body: bytes | None = None
    """None: the history itself has not come."""
    merged: list[str] = []
    passed: list[bytes] = []
    """Records of the topic of identity, as they came."""


class Ties(msgspec.Struct, array_like=True, tag=1):
    """Add fields at the end, with a default."""

    person: str = ""
    """Whom this id has turned out to be: what comes for it is passed on. Empty: nobody else."""
    waits: dict[str, int] = {}
    """Merge ids of histories that are waited for -> since when."""
    overdue: list[str] = []
    """Those that are not waited for any longer; the history is merged when it comes."""
    early: dict[str, Early] = {}
    parked: list[Parked] = []
    merged: list[str] = []
    """Merge ids whose histories have been merged, the latest last, and of those that these held."""
    by: str = ""
    """The merge id by which it has."""
    until: int = 0
    """Record time after which this id is somebody new again, if nothing has come for it."""

    @property
    def is_tied(self) -> bool:
        """Whether records of this key may not be decided as they come."""
        return bool(self.waits or self.person)

    def knows(self, merge_id: str) -> bool:
        """Whether the link with this merge id has come here. After very many links it may be one of those that are not remembered."""
        return merge_id in self.merged or merge_id in self.waits or merge_id in self.overdue or len(self.merged) >= MAX_MERGED

    def expect(self, merge_id: str, now: int) -> Early | None:
        """A record with this merge id has come. Returns its history where that is there already; else it is waited for, unless it was merged."""
        if merge_id in self.merged or merge_id in self.overdue:
            return None
        found = self.early.get(merge_id)
        if found is None or found.body is None:
            self.waits.setdefault(merge_id, now)
            return None
        self.early[merge_id] = Early(found.since, passed=found.passed)
        return found

    def answer(self, merge_id: str, body: bytes, merged: list[str], now: int) -> bool:
        """A history has come. Whether it is to be merged now; if its link has not come yet, it is kept."""
        if merge_id in self.waits or merge_id in self.overdue:
            return True
        if merge_id not in self.merged:
            early = self.early.setdefault(merge_id, Early(now))
            early.body, early.merged = body, merged
        return False

    def hold(self, merge_id: str, value: bytes, now: int) -> bool:
        """Something was passed on by a link that has not come yet, and may never come. False: there is no room, so it has to be taken in at once."""
        early = self.early.get(merge_id)
        held = early.passed if early is not None else []
        if not held and sum(bool(each.passed) for each in self.early.values()) >= MAX_HELD:
            return False
        if len(held) >= MAX_PARKED or sum(map(len, held)) + len(value) > MAX_PARKED_BYTES:
            return False
        self.early.setdefault(merge_id, Early(now)).passed.append(value)
        return True

    def released(self) -> list[bytes]:
        """What was passed on by links that have come by now."""
        known = [merge_id for merge_id, early in self.early.items() if early.body is None and self.knows(merge_id)]
        return [value for merge_id in known for value in self.early.pop(merge_id).passed]

    def drop_beyond(self) -> int:
        """Drop the oldest histories that nobody has asked for, where there are too many. Returns how many."""
        dropped = max(0, len(self.early) - MAX_EARLY)
        for merge_id in [merge_id for merge_id, early in self.early.items() if not early.passed][:dropped]:
            del self.early[merge_id]
        return dropped

    def settle(self, merge_id: str, merged: Sequence[str]) -> None:
        """The history has been merged, and with it those that it held."""
        self.waits.pop(merge_id, None)
        self.overdue = [each for each in self.overdue if each != merge_id]
        self.merged = [*dict.fromkeys((*self.merged, *merged, merge_id))][-MAX_MERGED:]

    def park(self, record: Parked) -> bool:
        """Put a record aside. False: there is no room left, and the person has to go on without what she waits for."""
        self.parked.append(record)
        return len(self.parked) <= MAX_PARKED and sum(len(each.value) for each in self.parked) <= MAX_PARKED_BYTES

    def give_up(self) -> int:
        """Wait no longer. Returns how many histories are overdue by that."""
        given_up = len(self.waits)
        self.overdue = [*self.overdue, *self.waits][-MAX_MERGED:]
        self.waits = {}
        return given_up

    def taken_back(self) -> list[Parked]:
        """What was parked, in its order, once nothing is waited for."""
        parked, self.parked = self.parked, []
        return parked

    def forget_early(self, before: int) -> int:
        """Drop what nobody has asked for since then. Returns how many there were."""
        kept = {merge_id: each for merge_id, each in self.early.items() if each.since > before}
        dropped = len(self.early) - len(kept)
        self.early = kept
        return dropped


_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(Ties).decode


def read(stored: bytes | None) -> Ties:
    """From the bytes that are stored; without any, nothing is known."""
    return _decode(stored) if stored else Ties()


def write(ties: Ties) -> bytes:
    """The bytes to store; empty where there is nothing to know."""
    return b"" if ties == Ties() else _encode(ties)
