"""What the model of the identity protocol knows: records, keys, wires and states, and how one step changes a part of them."""

from typing import NamedTuple

IDLE = 3
"""Between the record of a cart and the end of its silence."""


class Record(NamedTuple):
    """One record of `events`. `id` is its message id: the same twice is a record that was sent again."""

    id: str
    at: int
    anonymous: str | None
    person: str | None
    kind: str = "plain"
    """plain, cart (which arms a silence) or order (which ends all carts)."""

    @property
    def own(self) -> str:
        return self.person or self.anonymous or ""


class Rules(NamedTuple):
    """The protocol; each field can be spoilt, to see that the model notices."""

    read_committed: bool = True
    """Answers and messages become visible at a checkpoint (exactly-once); else at once (at-least-once)."""
    stub: bool = True
    """The anonymous key hears of its link, and gives everything away."""
    fresh_merge_id: bool = True
    """Each time that a link is found it gets a merge id of its own, on which both sides agree; else the two ids stand for it, once and for all."""
    asks_again: bool = False
    """Each time that an id gets another person it is asked for what it knows, though all of it went to the first; else once, the first time."""
    parking: bool = True
    passes_on: bool = True
    """An id that is somebody else passes on what comes for it."""
    names_link: bool = True
    """What is passed on names the link by which it is, and counts only where that is known."""
    dedup_memory: bool = True
    """A snapshot carries the ids of what it has counted."""
    answers_when_empty: bool = True
    barriers: bool = False
    """A checkpoint travels as barriers; else it is complete at once, whenever nothing is on its way. With read committed it is all the same, since
    nothing that was written behind a barrier is read before it, and there are far fewer states."""
    patience: int = 0
    """How often a person may lose patience, and go on without the answer."""
    crashes: int = 1
    checkpoints: int = 1
    restores: int = 0
    """How often somebody goes back to the state of the beginning, while the topics stay as they are."""


class Snapshot(NamedTuple):
    counted: tuple[str, ...] = ()
    seen: frozenset[str] = frozenset()
    due: frozenset[tuple[str, int]] = frozenset()
    merged: frozenset[str] = frozenset()


class Passed(NamedTuple):
    """A record that has come for an id which is somebody else by now."""

    record: Record
    merge_id: str | None


class Answer(NamedTuple):
    """What one key writes to another."""

    merge_id: str | None
    what: Snapshot | Passed
    via: str = ""
    """Of what is passed on: the merge id by which the id that passes it on became somebody else."""


class Key(NamedTuple):
    """What is stored for one key."""

    counted: tuple[str, ...] = ()
    seen: frozenset[str] = frozenset()
    due: frozenset[tuple[str, int]] = frozenset()
    """Silences: the id under which each was born, and when it is over."""
    ordered: int = -1
    person: str = ""
    """Whom this id has turned out to be, and by which merge id."""
    by: str = ""
    parked: tuple["Told | Linked", ...] = ()
    waits: frozenset[str] = frozenset()
    """Merge ids of answers that are waited for."""
    overdue: frozenset[str] = frozenset()
    """Those that are not waited for any longer; the answer is merged when it comes."""
    early: tuple[tuple[str, Snapshot], ...] = ()
    """Answers that came before their link."""
    held: tuple[Answer, ...] = ()
    """What was passed on by links that have not come."""
    merged: frozenset[str] = frozenset()
    read: int = 0
    """How far it has read `identity`."""

    def knows(self, merge_id: str) -> bool:
        return merge_id in self.merged | self.waits | self.overdue


class Wire(NamedTuple):
    by: str
    to: str


class Sent(NamedTuple):
    """A message about a cart: by which key, born under which id, due when."""

    by: str
    born_as: str
    due: int


Saved = tuple[tuple[int, ...], tuple[tuple[str, str], ...], tuple[tuple[str, Key], ...]]
"""A checkpoint: offsets, persons of the stage, keys."""
Outputs = tuple[tuple[str, Answer | Sent], ...]
"""What a key writes: an answer to a key, or a message ("")."""


class State(NamedTuple):
    offsets: tuple[int, ...]
    persons: tuple[tuple[str, str], ...]
    """The stage: anonymous id -> person."""
    wires: tuple[tuple[Wire, tuple["Message", ...]], ...]
    keys: tuple[tuple[str, Key], ...]
    identity: tuple[tuple[str, Answer], ...] = ()
    """The topic, as far as it can be read: to which key, and what."""
    sent: frozenset[Sent] = frozenset()
    pending: tuple[tuple[str, Outputs], ...] = ()
    """Written, and not to be read yet: by key."""
    prepared: tuple[tuple[str, Outputs], ...] = ()
    begun: tuple[tuple[int, ...], tuple[tuple[str, str], ...]] | None = None
    """The checkpoint under way: offsets and persons."""
    barred: frozenset[tuple[str, Wire | None]] = frozenset()
    """Barriers that have arrived: key and wire, None for `identity`."""
    snapped: tuple[tuple[str, Key], ...] = ()
    saved: "Saved | None" = None
    links: int = 0
    """Links found so far, over all lives: a merge id is never used again."""
    crashes: int = 0
    restores: int = 0
    checkpoints: int = 0
    patience: int = 0


class Told(NamedTuple):
    """A record on its way to a key. `merge_id`: it is the first of a pair."""

    record: Record
    merge_id: str | None
    via: str = ""

    @property
    def at(self) -> float:
        return self.record.at


class Linked(NamedTuple):
    """The anonymous key hears of its link."""

    merge_id: str
    person: str
    at: float


class Barrier(NamedTuple):
    """What lies behind it belongs to the next checkpoint."""

    at: float = float("inf")


Message = Told | Linked | Barrier
BARRIER = Barrier()


def restored(state: State, saved: Saved | None) -> State:
    """Back to a checkpoint: what was on its way, and what was not to be read yet, is gone; what has been read cannot be taken back."""
    assert saved is not None
    offsets, persons, keys = saved
    wires = tuple((wire, ()) for wire, _ in state.wires)
    state = state._replace(offsets=offsets, persons=persons, keys=keys, wires=wires)
    return state._replace(pending=(), prepared=(), begun=None, barred=frozenset(), snapped=())


def applied(key: Key, name: str, record: Record) -> tuple[Key, Outputs]:
    if record.id in key.seen:
        return key, ()
    key, out = settled(key, name, record.at)
    key = key._replace(counted=tuple(sorted((*key.counted, record.id))), seen=key.seen | {record.id})
    if record.kind == "cart" and record.at > key.ordered:
        key = key._replace(due=key.due | {(record.own, record.at + IDLE)})
    if record.kind == "order":
        key = key._replace(ordered=max(key.ordered, record.at), due=frozenset(each for each in key.due if each[1] - IDLE > record.at))
    return key, out


def settled(key: Key, name: str, before: float) -> tuple[Key, Outputs]:
    over = sorted(each for each in key.due if each[1] < before)
    return key._replace(due=key.due - set(over)), tuple(("", Sent(name, born_as, due)) for born_as, due in over)


def decided(key: Key, name: str, item: "Told | Linked", rules: Rules) -> tuple[Key, Outputs]:
    """The result of something that has nothing to wait for."""
    if isinstance(item, Linked):
        return _given(key, name, item, rules)
    if key.person and rules.passes_on:
        via = (item.via or key.by) if rules.names_link else ""
        return key, ((key.person, Answer(item.merge_id, Passed(item.record, item.merge_id), via)),)
    return applied(key, name, item.record)


def _given(key: Key, name: str, link: "Linked", rules: Rules) -> tuple[Key, Outputs]:
    """The anonymous key: what was due before is settled, and everything else is given away."""
    if key.person:
        return key._replace(person=link.person, by=link.merge_id), ((link.person, Answer(link.merge_id, Snapshot())),)
    key, out = settled(key, name, link.at)
    if key.counted or rules.answers_when_empty:
        seen = key.seen if rules.dedup_memory else frozenset()
        out = (*out, (link.person, Answer(link.merge_id, Snapshot(key.counted, seen, key.due, key.merged))))
    out = (*out, *((link.person, Answer(merge_id, snapshot, link.merge_id)) for merge_id, snapshot in key.early))
    left = Key(read=key.read, person=link.person, by=link.merge_id, merged=key.merged, overdue=key.overdue, held=key.held)
    return left, out


def drained(key: Key, name: str, rules: Rules) -> tuple[Key, Outputs]:
    """What was parked, in its order, once nothing is waited for any more."""
    if key.waits:
        return key, ()
    parked = key.parked
    out: Outputs = ()
    key = key._replace(parked=())
    for item in parked:
        key, more = decided(key, name, item, rules)
        out = (*out, *more)
    return key, out


def visible(state: State, out: Outputs) -> State:
    answers = tuple((to, what) for to, what in out if not isinstance(what, Sent))
    sent = frozenset(what for _, what in out if isinstance(what, Sent))
    return state._replace(identity=(*state.identity, *answers), sent=state.sent | sent)


def put(state: State, wire: Wire, message: Message) -> State:
    return state._replace(wires=tuple((each, (*queue, message) if each == wire else queue) for each, queue in state.wires))


def take(state: State, wire: Wire) -> State:
    return state._replace(wires=tuple((each, queue[1:] if each == wire else queue) for each, queue in state.wires))


def exchanged(values: tuple[int, ...], number: int, value: int) -> tuple[int, ...]:
    return (*values[:number], value, *values[number + 1 :])
