"""The identity protocol as a model: what happens to the records of one person while an anonymous id turns out to be hers.

Records are read from partitions in any order between them. A stage, keyed by the anonymous id, stamps each with the person known so far. The first
record of a new pair also goes to the anonymous key, which answers on the topic `identity` with a snapshot of what it knows and becomes a stub. The
person parks her records until that answer is there. Wires between stage and keys keep their order; a checkpoint is a barrier on every wire, and
takes effect when all keys have had theirs. A crash goes back to the latest checkpoint and reads again, in any other order.

What a key knows is kept as simple as can show the harm: which records it has counted, which ids it remembers, and one silence a cart.
"""

from collections.abc import Iterator
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
    parking: bool = True
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


class Key(NamedTuple):
    """What is stored for one key."""

    counted: tuple[str, ...] = ()
    seen: frozenset[str] = frozenset()
    due: frozenset[tuple[str, int]] = frozenset()
    """Silences: the id under which each was born, and when it is over."""
    ordered: int = -1
    parked: tuple[tuple[Record, str | None], ...] = ()
    waits: frozenset[str] = frozenset()
    """Merge ids of answers that are waited for."""
    overdue: frozenset[str] = frozenset()
    """Those that are not waited for any longer; the answer is merged when it comes."""
    early: tuple[tuple[str, Snapshot], ...] = ()
    """Answers that came before their link."""
    merged: frozenset[str] = frozenset()
    read: int = 0
    """How far it has read `identity`."""


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
Outputs = tuple[tuple[str, tuple[str, Snapshot] | Sent], ...]
"""What a key writes: an answer to a key, or a message ("")."""


class State(NamedTuple):
    offsets: tuple[int, ...]
    persons: tuple[tuple[str, str], ...]
    """The stage: anonymous id -> person."""
    wires: tuple[tuple[Wire, tuple["Message", ...]], ...]
    keys: tuple[tuple[str, Key], ...]
    identity: tuple[tuple[str, str, Snapshot], ...] = ()
    """The topic, as far as it can be read: to which key, merge id, snapshot."""
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


class Protocol:
    """The steps that can be taken from a state, for given partitions of records."""

    def __init__(self, partitions: tuple[tuple[Record, ...], ...], rules: Rules) -> None:
        self.partitions, self.rules = partitions, rules
        records = [record for part in partitions for record in part]
        self.names = tuple(sorted({name for record in records for name in (record.anonymous, record.person) if name}))
        links = {(record.anonymous, person) for record in records if record.anonymous for person in (record.anonymous, record.person) if person}
        self.wires = tuple(Wire(*each) for each in sorted(links | {(record.own, record.own) for record in records if not record.anonymous}))

    def start(self) -> State:
        empty = tuple((name, Key()) for name in self.names)
        offsets = tuple(0 for _ in self.partitions)
        wires = tuple((wire, ()) for wire in self.wires)
        return State(offsets, (), wires, empty, saved=(offsets, (), empty))

    def steps(self, state: State) -> Iterator[tuple[str, State]]:
        yield from self._reads(state)
        yield from self._deliveries(state)
        yield from self._answers(state)
        yield from self._timers(state)
        yield from self._impatience(state)
        yield from self._checkpoints(state)
        if state.crashes < self.rules.crashes:
            yield "crash", _restored(state, state.saved)._replace(crashes=state.crashes + 1)
        if state.restores < self.rules.restores:
            first = self.start().saved
            yield "restore", _restored(state, first)._replace(saved=first, restores=state.restores + 1)

    # The stage.

    def _reads(self, state: State) -> Iterator[tuple[str, State]]:
        for number, part in enumerate(self.partitions):
            place = state.offsets[number]
            if place < len(part):
                after = state._replace(offsets=_with(state.offsets, number, place + 1))
                yield f"read {part[place].id}", self._stamp(after, part[place])

    def _stamp(self, state: State, record: Record) -> State:
        stage = record.anonymous or record.own
        persons = dict(state.persons)
        merge_id = None
        if record.anonymous and record.person and persons.get(stage) != record.person:
            persons[stage] = record.person
            merge_id = f"{stage}>{record.person}" + (f"#{state.links}" if self.rules.fresh_merge_id else "")
            state = state._replace(persons=tuple(sorted(persons.items())), links=state.links + 1)
            if self.rules.stub:
                state = _put(state, Wire(stage, stage), Linked(merge_id, record.person, record.at))
        target = persons.get(stage, record.own)
        return _put(state, Wire(stage, target), Told(record, merge_id))

    # The keys.

    def _deliveries(self, state: State) -> Iterator[tuple[str, State]]:
        for wire, queue in state.wires:
            if not queue or (wire.to, wire) in state.barred:
                continue
            message = queue[0]
            after = _take(state, wire)
            if isinstance(message, Linked):
                yield f"link at {wire.to}", self._give(after, wire.to, message)
            elif isinstance(message, Told):
                yield f"{message.record.id} at {wire.to}", self._arrive(after, wire.to, message.record, message.merge_id)
            else:
                yield f"barrier {wire.by}-{wire.to}", self._bar(after, wire.to, wire)

    def _give(self, state: State, name: str, link: "Linked") -> State:
        """The anonymous key: what was due before is settled, and everything else is given away."""
        key, out = _settled(dict(state.keys)[name], name, link.at)
        if key.counted or self.rules.answers_when_empty:
            seen = key.seen if self.rules.dedup_memory else frozenset()
            out = (*out, (link.person, (link.merge_id, Snapshot(key.counted, seen, key.due))))
        return self._keep(state, name, Key(read=key.read, early=key.early), out)

    def _arrive(self, state: State, name: str, record: Record, merge_id: str | None) -> State:
        key = dict(state.keys)[name]
        if merge_id is not None and self.rules.stub and merge_id not in key.merged:
            held = dict(key.early)
            if merge_id in held:
                key = key._replace(early=tuple(each for each in key.early if each[0] != merge_id), waits=key.waits | {merge_id})
                key = key._replace(parked=(*key.parked, (record, merge_id)))
                return self._merge(state, name, key, merge_id, held[merge_id])
            key = key._replace(waits=key.waits | {merge_id})
        if key.waits and self.rules.parking:
            return self._keep(state, name, key._replace(parked=(*key.parked, (record, merge_id))), ())
        key, out = _applied(key, name, record)
        return self._keep(state, name, key, out)

    def _answers(self, state: State) -> Iterator[tuple[str, State]]:
        for name, key in state.keys:
            if (name, None) in state.barred:
                continue
            mine = [(merge_id, snapshot) for to, merge_id, snapshot in state.identity if to == name]  # a partition of its own
            if key.read < len(mine):
                merge_id, snapshot = mine[key.read]
                after = key._replace(read=key.read + 1)
                if merge_id in key.waits | key.overdue:
                    yield f"answer {merge_id}", self._merge(state, name, after, merge_id, snapshot)
                elif merge_id in key.merged:
                    yield f"answer {merge_id} again", self._keep(state, name, after, ())
                else:
                    early = (*(each for each in key.early if each[0] != merge_id), (merge_id, snapshot))
                    yield f"answer {merge_id} early", self._keep(state, name, after._replace(early=early), ())

    def _merge(self, state: State, name: str, key: Key, merge_id: str, snapshot: Snapshot) -> State:
        due = frozenset(each for each in snapshot.due if each[1] - IDLE > key.ordered)
        key = key._replace(
            counted=tuple(sorted(key.counted + snapshot.counted)),
            seen=key.seen | snapshot.seen,
            due=key.due | due,
            waits=key.waits - {merge_id},
            overdue=key.overdue - {merge_id},
            merged=key.merged | {merge_id},
        )
        key, out = _drained(key, name)
        return self._keep(state, name, key, out)

    def _timers(self, state: State) -> Iterator[tuple[str, State]]:
        unread = [part[place].at for part, place in zip(self.partitions, state.offsets, strict=True) if place < len(part)]
        for name, key in state.keys:
            if not key.due or key.waits:
                continue
            first = min(due for _, due in key.due)
            on_way = [message.at for wire, queue in state.wires if wire.to == name for message in queue]
            if all(at > first for at in unread + on_way):
                after, out = _settled(key, name, first + 1)
                yield f"timer {first} at {name}", self._keep(state, name, after, out)

    def _impatience(self, state: State) -> Iterator[tuple[str, State]]:
        for name, key in state.keys:
            if key.waits and state.patience < self.rules.patience:
                left = key._replace(waits=frozenset(), overdue=key.overdue | key.waits)
                left, out = _drained(left, name)
                yield f"{name} goes on", self._keep(state._replace(patience=state.patience + 1), name, left, out)

    def _keep(self, state: State, name: str, key: Key, out: Outputs) -> State:
        state = state._replace(keys=tuple((each, key if each == name else held) for each, held in state.keys))
        if not out:
            return state
        if not self.rules.read_committed:
            return _visible(state, out)
        pending = dict(state.pending)
        pending[name] = (*pending.get(name, ()), *out)
        return state._replace(pending=tuple(sorted(pending.items(), key=lambda each: each[0])))

    # Checkpoints and crashes.

    def _checkpoints(self, state: State) -> Iterator[tuple[str, State]]:
        at_rest = state.begun is None and not any(queue for _, queue in state.wires)
        if at_rest and (state.pending or (not self.rules.barriers and state.checkpoints < self.rules.checkpoints)):
            after = state._replace(saved=(state.offsets, state.persons, state.keys), pending=(), checkpoints=state.checkpoints + 1)
            if after.saved != state.saved or state.pending:
                for _, out in state.pending:
                    after = _visible(after, out)
                yield "checkpoint at rest", after
        if self.rules.barriers and state.begun is None and state.checkpoints < self.rules.checkpoints:
            after = state._replace(begun=(state.offsets, state.persons), checkpoints=state.checkpoints + 1)
            for wire, _ in state.wires:
                after = _put(after, wire, BARRIER)
            yield "checkpoint", after
        if state.begun is not None:
            for name in self.names:
                if (name, None) not in state.barred and name not in dict(state.snapped):
                    yield f"barrier of identity at {name}", self._bar(state, name, None)

    def _bar(self, state: State, name: str, wire: Wire | None) -> State:
        barred = state.barred | {(name, wire)}
        state = state._replace(barred=barred)
        if sum(1 for each, _ in barred if each == name) < 1 + sum(1 for each in self.wires if each.to == name):
            return state
        key = dict(state.keys)[name]
        prepared = (*state.prepared, *(each for each in state.pending if each[0] == name))
        state = state._replace(
            barred=frozenset(each for each in barred if each[0] != name),
            snapped=(*state.snapped, (name, key)),
            prepared=prepared,
            pending=tuple(each for each in state.pending if each[0] != name),
        )
        if len(state.snapped) < len(self.names):
            return state
        assert state.begun is not None
        saved = (*state.begun, tuple(sorted(state.snapped, key=lambda each: each[0])))
        ready = state.prepared
        state = state._replace(saved=saved, begun=None, snapped=(), prepared=())
        for _, out in ready:
            state = _visible(state, out)
        return state


def _restored(state: State, saved: Saved | None) -> State:
    """Back to a checkpoint: what was on its way, and what was not to be read yet, is gone; what has been read cannot be taken back."""
    assert saved is not None
    offsets, persons, keys = saved
    wires = tuple((wire, ()) for wire, _ in state.wires)
    state = state._replace(offsets=offsets, persons=persons, keys=keys, wires=wires)
    return state._replace(pending=(), prepared=(), begun=None, barred=frozenset(), snapped=())


def _applied(key: Key, name: str, record: Record) -> tuple[Key, Outputs]:
    if record.id in key.seen:
        return key, ()
    key, out = _settled(key, name, record.at)
    key = key._replace(counted=tuple(sorted((*key.counted, record.id))), seen=key.seen | {record.id})
    if record.kind == "cart" and record.at > key.ordered:
        key = key._replace(due=key.due | {(record.own, record.at + IDLE)})
    if record.kind == "order":
        key = key._replace(ordered=max(key.ordered, record.at), due=frozenset(each for each in key.due if each[1] - IDLE > record.at))
    return key, out


def _settled(key: Key, name: str, before: float) -> tuple[Key, Outputs]:
    over = sorted(each for each in key.due if each[1] < before)
    return key._replace(due=key.due - set(over)), tuple(("", Sent(name, born_as, due)) for born_as, due in over)


def _drained(key: Key, name: str) -> tuple[Key, Outputs]:
    """What was parked, in its order, once nothing is waited for any more."""
    if key.waits:
        return key, ()
    parked = key.parked
    out: Outputs = ()
    key = key._replace(parked=())
    for record, _ in parked:
        key, more = _applied(key, name, record)
        out = (*out, *more)
    return key, out


def _visible(state: State, out: Outputs) -> State:
    answers = tuple((to, *what) for to, what in out if not isinstance(what, Sent))
    sent = frozenset(what for _, what in out if isinstance(what, Sent))
    return state._replace(identity=(*state.identity, *answers), sent=state.sent | sent)


def _put(state: State, wire: Wire, message: Message) -> State:
    return state._replace(wires=tuple((each, (*queue, message) if each == wire else queue) for each, queue in state.wires))


def _take(state: State, wire: Wire) -> State:
    return state._replace(wires=tuple((each, queue[1:] if each == wire else queue) for each, queue in state.wires))


def _with(values: tuple[int, ...], number: int, value: int) -> tuple[int, ...]:
    return (*values[:number], value, *values[number + 1 :])
