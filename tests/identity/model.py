"""The identity protocol as a model: what happens to the records of one person while an anonymous id turns out to be hers.

Records are read from partitions in any order between them. A stage, keyed by the anonymous id, stamps each with the person known so far. The first
record that says who an anonymous id is also goes to the anonymous key, which answers on the topic `identity` with a snapshot of what it knows and
becomes a stub. The person parks her records until that answer is there. Wires between stage and keys keep their order; a checkpoint is a barrier on
every wire, and takes effect when all keys have had theirs. A crash goes back to the latest checkpoint and reads again, in any other order.

What a key knows is kept as simple as can show the harm: which records it has counted, which ids it remembers, and one silence a cart.
"""

from collections.abc import Iterator

from tests.identity.states import (
    BARRIER,
    IDLE,
    Answer,
    Key,
    Linked,
    Outputs,
    Passed,
    Record,
    Rules,
    Snapshot,
    State,
    Told,
    Wire,
    decided,
    drained,
    exchanged,
    put,
    restored,
    settled,
    take,
    visible,
)


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
            yield "crash", restored(state, state.saved)._replace(crashes=state.crashes + 1)
        if state.restores < self.rules.restores:
            first = self.start().saved
            yield "restore", restored(state, first)._replace(saved=first, restores=state.restores + 1)

    # The stage.

    def _reads(self, state: State) -> Iterator[tuple[str, State]]:
        for number, part in enumerate(self.partitions):
            place = state.offsets[number]
            if place < len(part):
                after = state._replace(offsets=exchanged(state.offsets, number, place + 1))
                yield f"read {part[place].id}", self._stamp(after, part[place])

    def _stamp(self, state: State, record: Record) -> State:
        stage = record.anonymous or record.own
        persons = dict(state.persons)
        merge_id = None
        before = persons.get(stage)
        if record.anonymous and record.person and before != record.person:
            persons[stage] = record.person
            state = state._replace(persons=tuple(sorted(persons.items())))
        if record.anonymous and record.person and (before is None or (self.rules.asks_again and before != record.person)):
            merge_id = f"{stage}>{record.person}" + (f"#{state.links}" if self.rules.fresh_merge_id else "")
            state = state._replace(links=state.links + 1)
            if self.rules.stub:
                state = put(state, Wire(stage, stage), Linked(merge_id, record.person, record.at))
        target = record.person or persons.get(stage, record.own)
        return put(state, Wire(stage, target), Told(record, merge_id))

    # The keys.

    def _deliveries(self, state: State) -> Iterator[tuple[str, State]]:
        for wire, queue in state.wires:
            if not queue or (wire.to, wire) in state.barred:
                continue
            message = queue[0]
            after = take(state, wire)
            if isinstance(message, Linked):
                yield f"link at {wire.to}", self._give(after, wire.to, message)
            elif isinstance(message, Told):
                yield f"{message.record.id} at {wire.to}", self._arrive(after, wire.to, message.record, message.merge_id)
            else:
                yield f"barrier {wire.by}-{wire.to}", self._bar(after, wire.to, wire)

    def _give(self, state: State, name: str, link: "Linked") -> State:
        key = dict(state.keys)[name]
        if key.waits:
            return self._keep(state, name, key._replace(parked=(*key.parked, link)), ())
        key, out = decided(key, name, link, self.rules)
        return self._release(self._keep(state, name, key, out), name)

    def _arrive(self, state: State, name: str, record: Record, merge_id: str | None, via: str = "") -> State:
        key, told = dict(state.keys)[name], Told(record, merge_id, via)
        if merge_id is not None and self.rules.stub and merge_id not in key.merged and not (key.person and self.rules.passes_on):
            held = dict(key.early)
            if merge_id in held:
                key = key._replace(early=tuple(each for each in key.early if each[0] != merge_id), waits=key.waits | {merge_id})
                return self._merge(state, name, key._replace(parked=(*key.parked, told)), merge_id, held[merge_id])
            key = key._replace(waits=key.waits | {merge_id})
        if key.waits and self.rules.parking:
            return self._release(self._keep(state, name, key._replace(parked=(*key.parked, told)), ()), name)
        key, out = decided(key, name, told, self.rules)
        return self._release(self._keep(state, name, key, out), name)

    def _answers(self, state: State) -> Iterator[tuple[str, State]]:
        for name, key in state.keys:
            if (name, None) in state.barred:
                continue
            mine = [answer for to, answer in state.identity if to == name]  # a partition of its own
            if key.read < len(mine):
                answer = mine[key.read]
                yield f"answer {answer.merge_id} at {name}", self._take(self._keep(state, name, key._replace(read=key.read + 1), ()), name, answer)

    def _take(self, state: State, name: str, answer: Answer) -> State:
        key = dict(state.keys)[name]
        if answer.via and not key.person and not key.knows(answer.via):
            return self._keep(state, name, key._replace(held=(*key.held, answer)), ())
        if isinstance(answer.what, Passed):
            return self._arrive(state, name, answer.what.record, answer.what.merge_id, answer.via)
        merge_id, snapshot = answer.merge_id or "", answer.what
        if merge_id in key.merged:
            return state
        if key.person and self.rules.passes_on:
            via = (answer.via or key.by) if self.rules.names_link else ""
            return self._keep(state, name, key, ((key.person, answer._replace(via=via)),))
        if merge_id in key.waits | key.overdue:
            return self._merge(state, name, key, merge_id, snapshot)
        early = (*(each for each in key.early if each[0] != merge_id), (merge_id, snapshot))
        return self._keep(state, name, key._replace(early=early), ())

    def _merge(self, state: State, name: str, key: Key, merge_id: str, snapshot: Snapshot) -> State:
        due = frozenset(each for each in snapshot.due if each[1] - IDLE > key.ordered)
        key = key._replace(
            counted=tuple(sorted(key.counted + snapshot.counted)),
            seen=key.seen | snapshot.seen,
            due=key.due | due,
            waits=key.waits - {merge_id},
            overdue=key.overdue - {merge_id},
            merged=key.merged | snapshot.merged | {merge_id},
        )
        key, out = drained(key, name, self.rules)
        return self._release(self._keep(state, name, key, out), name)

    def _release(self, state: State, name: str) -> State:
        """What was passed on by links that have come by now."""
        key = dict(state.keys)[name]
        for place, answer in enumerate(key.held):
            if key.person or key.knows(answer.via):
                left = key._replace(held=(*key.held[:place], *key.held[place + 1 :]))
                return self._release(self._take(self._keep(state, name, left, ()), name, answer), name)
        return state

    def _timers(self, state: State) -> Iterator[tuple[str, State]]:
        unread = [part[place].at for part, place in zip(self.partitions, state.offsets, strict=True) if place < len(part)]
        for name, key in state.keys:
            if not key.due or key.waits:
                continue
            first = min(due for _, due in key.due)
            on_way = [message.at for wire, queue in state.wires if wire.to == name for message in queue]
            if all(at > first for at in unread + on_way):
                after, out = settled(key, name, first + 1)
                yield f"timer {first} at {name}", self._keep(state, name, after, out)

    def _impatience(self, state: State) -> Iterator[tuple[str, State]]:
        for name, key in state.keys:
            if key.waits and state.patience < self.rules.patience:
                left = key._replace(waits=frozenset(), overdue=key.overdue | key.waits)
                left, out = drained(left, name, self.rules)
                yield f"{name} goes on", self._keep(state._replace(patience=state.patience + 1), name, left, out)

    def _keep(self, state: State, name: str, key: Key, out: Outputs) -> State:
        state = state._replace(keys=tuple((each, key if each == name else held) for each, held in state.keys))
        if not out:
            return state
        if not self.rules.read_committed:
            return visible(state, out)
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
                    after = visible(after, out)
                yield "checkpoint at rest", after
        if self.rules.barriers and state.begun is None and state.checkpoints < self.rules.checkpoints:
            after = state._replace(begun=(state.offsets, state.persons), checkpoints=state.checkpoints + 1)
            for wire, _ in state.wires:
                after = put(after, wire, BARRIER)
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
            state = visible(state, out)
        return state
