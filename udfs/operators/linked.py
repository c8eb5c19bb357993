"""The operator of a job that takes several ids for one person: the shell of `Decide`, and at each key the protocol of docs/identity.md.

The key of an id that has turned out to be somebody else's hands over what it knows and becomes a pointer. The person puts her own records aside until
that has come, merges it, and goes on. What a key waits for is stored apart from the customer (`udfs.core.identity.ties`), and her state is marked, so
that whoever is linked to nobody costs nothing: see `udfs.operators.tied`.
"""

from collections.abc import Iterable, Sequence
from typing import Any

from pyflink.common import Row
from pyflink.datastream import TimeDomain

from udfs.codecs.decode import HEARTBEAT
from udfs.codecs.handover import taken
from udfs.codecs.reasons import RejectionReason
from udfs.codecs.stamped import HANDED, STAMPED, opened
from udfs.core.engine import Engine
from udfs.core.identity import handing
from udfs.core.identity.links import Link, Result, result_at
from udfs.core.identity.ties import EARLY_MS, MAX_HOPS, PATIENCE_MS, Parked, Ties
from udfs.core.personal_data import Handover
from udfs.core.profile.stored import decode
from udfs.core.records import Rejection
from udfs.core.values.durations import MAX_DURATION
from udfs.operators import erased
from udfs.operators.decide import engine_error
from udfs.operators.stored import NEVER, is_tied, read, write
from udfs.operators.tied import Tied

_OURS = frozenset({STAMPED, HANDED})
ABSENT_MS = 5_000
"""A timer of the wall clock that fires later than this was due while the job did not run."""
POINTS_FOR = MAX_DURATION
"""For how long after the last record for it an id goes on pointing to its person, by the time of records."""


class Linked(Tied):
    """Events, keyed by the person who is known so far, and what ids hand over to each other."""

    def __init__(self, *, joins_known: bool = False, **told: Any) -> None:
        """`joins_known`: also two persons who are both known by a user id become one. The rest is as for `Decide`."""
        super().__init__(**told)
        self._joins_known = joins_known

    def process_element(self, value: bytes | None, ctx: Any) -> Iterable[Row] | None:
        """One record: of `events`, with or without a header of the stage, or of `identity`."""
        first = value[0] if value else -1
        if first in _OURS:
            engine = self._engine or self._ready(ctx)
            return self._out((self._stamped if first == STAMPED else self._handed)(value or b"", engine, ctx), engine)
        if value == HEARTBEAT:
            return super().process_element(value, ctx)
        engine = self._engine or self._ready(ctx)
        own: str | None = ctx.get_current_key()
        stored = self._users.value()
        if not is_tied(stored):
            return self._out(self._decide(own, value, ctx.timestamp(), engine, ctx, stored=stored), engine)
        return self._out(self._at_tied_key(Parked(ctx.timestamp(), own, value or b""), engine, ctx), engine)

    def on_timer(self, timestamp: int, ctx: Any) -> Iterable[Row]:
        """What fell due, or has been waited for long enough."""
        if ctx.time_domain() is TimeDomain.PROCESSING_TIME:
            engine = self._engine or self._ready(ctx)
            return self._out(self._impatient(timestamp, engine, ctx), engine)
        return self._fall_due(timestamp, ctx)

    # What comes.

    def _stamped(self, value: bytes, engine: Engine, ctx: Any) -> Sequence[Any]:
        try:
            stamp, original = opened(value)
        except ValueError as problem:  # the stage lets none through; if one came, it would end the job at each start
            return [_refused(str(problem), key=ctx.get_current_key(), original=value)]
        if original == HEARTBEAT:  # to look at an id that has become somebody else: there is nothing to see
            return ()
        at, stored = ctx.timestamp(), self._users.value()
        if stamp.merge is None and not is_tied(stored):
            return self._decide(stamp.own, original, at, engine, ctx, key=ctx.get_current_key(), stored=stored)
        record = Parked(at, stamp.own, original, stamp.merge or "", stamp.person or "", change=bool(stamp.change))
        return self._at_tied_key(record, engine, ctx)

    def _handed(self, value: bytes, engine: Engine, ctx: Any) -> Sequence[Any]:
        key: str = ctx.get_current_key()
        try:
            given = taken(value[1:])
        except ValueError as problem:
            return [_refused(str(problem), key=key, original=value[1:])]
        ties = self._begin()
        return self._end(ties, self._given(given, value[1:], ties, engine, ctx), engine, ctx)

    def _at_tied_key(self, record: Parked, engine: Engine, ctx: Any) -> Sequence[Any]:
        """A record that says who somebody is, or that comes for somebody who waits or has become somebody else."""
        ties = self._begin()
        return self._end(ties, self._arrive(record, ties, engine, ctx), engine, ctx)

    # The protocol. Names are those of the model.

    def _given(self, given: Handover, value: bytes, ties: Ties, engine: Engine, ctx: Any) -> Sequence[Any]:
        """What another id hands over. If it was passed on by a link that has not come here, it has to wait for that; a crash may have undone it."""
        if given.via and not ties.person and not ties.knows(given.via):
            now = ctx.timer_service().current_processing_time()
            if ties.hold(given.via, value, now):
                self._metrics.own["histories_dropped"] += ties.drop_beyond()
                ctx.timer_service().register_processing_time_timer(now + EARLY_MS)
                return ()
        if given.content == "record":
            record = Parked(given.at, given.own_key, given.body, given.merge_id or "", hops=given.hops, via=given.via or "")
            return self._arrive(record, ties, engine, ctx)
        return self._history(given, ties, engine, ctx)

    def _arrive(self, record: Parked, ties: Ties, engine: Engine, ctx: Any) -> Sequence[Any]:
        records: list[Any] = []
        if record.merge_id and not record.person and not self._passes_on(record.hops, ties):
            now = ctx.timer_service().current_processing_time()
            if (early := ties.expect(record.merge_id, now)) is not None:
                records += self._merge(record.merge_id, early.body or b"", early.merged, ties, engine, ctx, told=(record,))
            elif record.merge_id in ties.waits:
                ctx.timer_service().register_processing_time_timer(now + PATIENCE_MS)
        if not ties.waits:
            records += self._decided(record, ties, engine, ctx)
        else:
            self._metrics.own["records_parked"] += 1
            records += () if ties.park(record) else self._give_up(ties, engine, ctx)
        return records

    def _decided(self, record: Parked, ties: Ties, engine: Engine, ctx: Any) -> Sequence[Any]:
        """The records that a record brings which has nothing to wait for."""
        key: str = ctx.get_current_key()
        if record.person:
            return self._give(record, ties, engine, ctx)
        if ties.person and erased.is_asked(record, key):
            return self._erase_pointer(record, ties, engine, ctx)
        if self._passes_on(record.hops, ties):
            ties.until = max(ties.until, record.at + POINTS_FOR)
            self._metrics.own["records_passed_on"] += 1
            return [handing.passed_record(key, ties, record)]
        return self._decide(record.own, record.value, record.at, engine, ctx, key=key)

    def _erase_pointer(self, record: Parked, ties: Ties, engine: Engine, ctx: Any) -> Sequence[Any]:
        """An id is to be erased that has become somebody else: that goes as well, and whoever asked for it hears whose it was."""
        person, ties.person, ties.by, ties.until = ties.person, "", "", 0
        return erased.linked_to(person, self._decide(record.own, record.value, record.at, engine, ctx, key=ctx.get_current_key()))

    def _passes_on(self, hops: int, ties: Ties) -> bool:
        """Whether this id points to somebody else. If what has come was passed on too often, ids lead in a circle, and it is this one's from now."""
        if ties.person and hops >= MAX_HOPS:
            ties.settle(ties.by, ())  # what was passed on by that link comes back to here
            ties.person = ties.by = ""
        return bool(ties.person)

    def _give(self, record: Parked, ties: Ties, engine: Engine, ctx: Any) -> Sequence[Any]:
        """This id has turned out to be somebody else: what was due before is settled, and everything else is given away."""
        key: str = ctx.get_current_key()
        timer, blob = read(self._users.value())
        if erased.still(blob, record.at):  # nothing is to be known of it, so neither is whose it is
            return [handing.nothing(key, record)]
        if ties.person:  # all of it went to the first
            ties.person, ties.by, ties.until = record.person, record.merge_id, max(ties.until, record.at + POINTS_FOR)
            return [handing.nothing(key, record)]
        link = Link(key, record.person, is_change=record.change)
        result = result_at(decode(blob) if blob else None, link, joins_known=self._joins_known)
        if result is not Result.JOINED:
            self._metrics.own["links_refused"] += result is Result.REFUSED
            return [handing.nothing(key, record)]
        try:
            step, given = engine.on_leave(blob, key, record.at, self._kept_ids.value())
        except Exception as problem:  # nothing of it may go out under the old id; its state stays, and says nothing any more
            self._metrics.own["engine_errors"] += 1
            failed = engine_error(problem, key=key, original=b"", at=record.at)
            records: list[Any] = [failed, handing.nothing(key, record)]
        else:
            self._kept_ids.clear()
            blob = None
            records = [*step.records, handing.history(key, record, given, ties.merged)]
        ties.person, ties.by, ties.until = record.person, record.merge_id, record.at + POINTS_FOR
        if timer == NEVER or timer > ties.until:
            timer = ties.until
            ctx.timer_service().register_event_time_timer(timer)
        self._users.update(write(timer, blob or b""))
        early, ties.early = ties.early, {}  # of links whose records are on their way here, and will be passed on
        for merge_id, each in early.items():
            if each.body is not None:
                known = Handover(user_id=key, from_id=key, content="history", at=record.at, body=each.body, merge_id=merge_id, merged=each.merged)
                records.append(handing.passed_history(key, ties, known))
            for value in each.passed:
                records += self._given(taken(value), value, ties, engine, ctx)
        return records

    def _history(self, given: Handover, ties: Ties, engine: Engine, ctx: Any) -> Sequence[Any]:
        """What another id knew has come."""
        key, merge_id = ctx.get_current_key(), given.merge_id or ""
        now = ctx.timer_service().current_processing_time()
        if merge_id in ties.merged:
            return ()
        if self._passes_on(given.hops, ties):
            self._metrics.own["records_passed_on"] += 1
            return [handing.passed_history(key, ties, given)]
        if given.late or ties.answer(merge_id, given.body, [*given.merged], now):
            told = [record for record in ties.parked if record.merge_id == merge_id]
            records = self._merge(merge_id, given.body, given.merged, ties, engine, ctx, told=told)
            return [*records, *self._drain(ties, engine, ctx)]
        self._metrics.own["histories_dropped"] += ties.drop_beyond()
        ctx.timer_service().register_processing_time_timer(now + EARLY_MS)
        return ()

    def _merge(
        self, merge_id: str, history: bytes, merged: Sequence[str], ties: Ties, engine: Engine, ctx: Any, *, told: Sequence[Parked]
    ) -> Sequence[Any]:
        """`told`: the record that says whose history it is, where it has not been decided yet."""
        key: str = ctx.get_current_key()
        timer, blob = read(self._users.value())
        if erased.is_over(blob, told, key):
            blob = None
        ties.settle(merge_id, merged)
        try:
            step = engine.on_join(blob, key, history, self._kept_ids.value())
        except Exception as problem:  # the person goes on as she was; what the other id knew is lost, and that is said
            self._metrics.own["engine_errors"] += 1
            return [engine_error(problem, key=key, original=b"", at=0)]
        self._metrics.own["ids_linked"] += 1
        self._keep(step, timer, blob, ctx)
        if step.kept:
            self._kept_ids.update(step.kept)
        elif step.kept is not None:
            self._kept_ids.clear()
        return step.records

    def _drain(self, ties: Ties, engine: Engine, ctx: Any) -> Sequence[Any]:
        """What was parked, in its order, once nothing is waited for any more."""
        if ties.waits:
            return ()
        records: list[Any] = []
        for record in ties.taken_back():
            records += self._decided(record, ties, engine, ctx)
        if not ties.person:  # time has stood still for her: see to her timer
            timer, blob = read(self._users.value())
            if blob:
                self._keep(engine.on_time(blob, ctx.get_current_key(), -1), timer, blob, ctx)
        return records

    def _give_up(self, ties: Ties, engine: Engine, ctx: Any) -> Sequence[Any]:
        self._metrics.own["histories_overdue"] += ties.give_up()
        return self._drain(ties, engine, ctx)

    def _impatient(self, timestamp: int, engine: Engine, ctx: Any) -> Sequence[Any]:
        """A wait is over, or a history is kept that nobody has asked for. Where nobody was there at the time, as after an outage, everybody gets the
        whole patience once more: what they wait for may not have been read yet."""
        ties, now = self._begin(), ctx.timer_service().current_processing_time()
        records: Sequence[Any] = ()
        self._metrics.own["histories_dropped"] += ties.forget_early(now - EARLY_MS)
        if ties.waits and now - timestamp > ABSENT_MS:
            ctx.timer_service().register_processing_time_timer(now + PATIENCE_MS)
        elif ties.waits and min(ties.waits.values()) <= now - PATIENCE_MS:
            records = self._give_up(ties, engine, ctx)
        return self._end(ties, records, engine, ctx)


def _refused(message: str, *, key: str | None, original: bytes) -> Rejection:
    return Rejection(reason=RejectionReason.MALFORMED, field=None, message=message, key=key, original=original, at=0)
