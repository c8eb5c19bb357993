"""The Flink shell of the engine: load a user's state, call core, store, register a timer, emit. Nothing here decides.

Thread mode of Flink 2.3 shapes it. `on_timer` must return an iterable, and everything leaves by the main output. A user's state is one
value of bytes. `process_broadcast_element` is not replayed after a restore, so the book is compiled at the first element.
"""

import time
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from msgspec.structs import replace
from pyflink.common import Row, Types
from pyflink.datastream.functions import KeyedBroadcastProcessFunction, RuntimeContext
from pyflink.datastream.state import MapStateDescriptor, ValueStateDescriptor

from udfs.catalogue.loaded import LoadedCatalogue
from udfs.codecs.decode import HEARTBEAT, decode_all
from udfs.codecs.encode import encode_all
from udfs.codecs.reasons import RejectionReason
from udfs.codecs.refusals import RejectionLimit
from udfs.codecs.sampler import Sampler
from udfs.codecs.shipped import read_shipped
from udfs.codecs.topics import Topics
from udfs.codecs.writers import Writers
from udfs.core.bandits.learned import BadArms
from udfs.core.campaigns.book import BookError, Entry
from udfs.core.campaigns.compile_book import apply, unpack
from udfs.core.engine import Engine, Step, reads_kept
from udfs.core.items.published import KEY as CATALOGUE
from udfs.core.profile.stub import is_stub
from udfs.core.recommend.recommender import KEY as RECOMMENDER
from udfs.core.records import Event, Rejection
from udfs.lake.disguise import Disguise
from udfs.lake.pseudonyms import read_keys
from udfs.operators import arms
from udfs.operators.alarm import Alarm
from udfs.operators.metrics import Published
from udfs.operators.stored import NEVER, entry_bytes, entry_parts, read, write
from udfs.recommend.loaded import LoadedRecommender
from udfs.scoring.loaded import LoadedModels, Trouble

BYTES = Types.PRIMITIVE_ARRAY(Types.BYTE())
OUTPUT = Types.ROW_NAMED(["topic", "k", "v"], [Types.STRING(), BYTES, BYTES])
"""What the operator emits: a topic, a key, a value, ready for Kafka."""

USER = ValueStateDescriptor("user", Types.PICKLED_BYTE_ARRAY())
KEPT_IDS = ValueStateDescriptor("kept-ids", Types.PICKLED_BYTE_ARRAY())
"""Of events that add or stop something, apart from what every event rewrites."""
CONTROL = MapStateDescriptor("control", Types.STRING(), Types.PICKLED_BYTE_ARRAY())
MODELS_S = CATALOGUE_S = 20.0
RECOMMENDER_S = 10.0
"""The maximum waits for models, the catalogue and the recommender at a start: together shorter than the timeout of a checkpoint."""
_REFUSED = {CATALOGUE: RejectionReason.BAD_CATALOGUE, RECOMMENDER: RejectionReason.BAD_RECOMMENDER}

read_shipped()  # with the modules, not at `open`: an attempt that fails before it would leave modules without their files


class Decide(KeyedBroadcastProcessFunction):  # type: ignore[misc]
    """Events, keyed by user, and control, broadcast, become decisions, actions and rejections."""

    def __init__(
        self,
        *,
        book: bytes,
        topics: Topics,
        max_event_bytes: int,
        parts: int = 1,
        writers: Callable[[], Writers] | None = None,
        limit: RejectionLimit | None = None,
        pseudonyms: str = "",
        new_engine: Callable[..., Engine] = Engine,
    ) -> None:
        """`book` is the packed book that the client read at submit, so that the first event meets a full one. `parts`: the parallelism.

        `writers` makes what has the schemas of a registry, at every start.
        `limit`: how many events may be refused before the alarm is raised; None: any number.
        `pseudonyms`: the file of keys, where decisions and outcomes are to hold pseudonyms; empty: they hold ids.
        """
        self._baked = book
        self._topics = topics
        self._max_event_bytes = max_event_bytes
        self._parts = parts
        self._new_writers = writers
        self._limit = limit
        self._pseudonyms = pseudonyms
        self._new_engine = new_engine

    def open(self, runtime_context: RuntimeContext) -> None:
        """Set up; Flink calls it at every start and restore, before the first element."""
        self._users = runtime_context.get_state(USER)
        self._kept_ids = runtime_context.get_state(KEPT_IDS)
        self._metrics = Published(runtime_context.get_metrics_group(), alarm=Alarm(self._limit) if self._limit else None)
        self._models = LoadedModels()
        self._catalogue = LoadedCatalogue(partial(self._models.tell, CATALOGUE))
        self._recommender = LoadedRecommender(partial(self._models.tell, RECOMMENDER))
        self._sampler = Sampler()
        self._writers = self._new_writers() if self._new_writers is not None else None
        self._disguise = Disguise(read_keys(Path(self._pseudonyms))) if self._pseudonyms else None
        self._engine: Engine | None = None

    def process_element(self, value: bytes | None, ctx: Any) -> Iterable[Row] | None:
        """One record of `events`."""
        key: str | None = ctx.get_current_key()
        if value == HEARTBEAT and key is not None:
            if key:
                return self._touched(ctx)
            if self._engine is not None and self._metrics.is_due():
                self._publish(self._engine)  # figures stay fresh where no customer does anything
            return self._told()  # reading it has moved time on; there is nothing to decide
        engine = self._engine or self._ready(ctx)
        return self._out(self._decide(key, value, ctx.timestamp(), engine, ctx), engine)

    def _decide(
        self, own: str | None, value: bytes | None, at: int, engine: Engine, ctx: Any, *, key: str | None = None, stored: bytes | None = None
    ) -> Sequence[Any]:
        """The records that come of one record of `events`, which was sent with the key `own`. `key`: the customer, where that is somebody else;
        `stored`: her state, where it has been read already."""
        named = None if own is None else own.encode("utf-8", "replace")
        found = decode_all(named, value, at, max_bytes=self._max_event_bytes, writers=self._writers)
        records: Sequence[Any] = ()
        for each in found:  # nearly always one event, and nothing else
            if isinstance(each, Event):
                event = each if key is None or each.user_id == key else replace(each, user_id=key, sent_as=each.user_id)
                came = self._take(event, value or b"", engine, ctx, stored)
                stored = None
            else:
                came = self._report(each, engine)
            records = [*records, *came] if records else came
        return records

    def _out(self, records: Sequence[Any], engine: Engine) -> Sequence[Row]:
        """What goes to Kafka, and what the models have to say. Once a second the figures are published."""
        rows = self._rows(records)
        if self._metrics.is_due():
            self._publish(engine)
        return [*rows, *(self._told() or ())] if self._models.troubled else rows

    def _take(self, event: Event, original: bytes, engine: Engine, ctx: Any, stored: bytes | None = None) -> Sequence[Any]:
        """Decide about one event. All events of a record are about one person."""
        timer, blob = read(self._users.value() if stored is None else stored)
        try:
            step = engine.on_event(blob, event, self._kept_ids.value() if reads_kept(event.name) else None)
        except Exception as problem:  # one event must not stop everybody's
            self._metrics.own["engine_errors"] += 1
            return [engine_error(problem, key=event.user_id, original=original, at=event.received)]
        self._keep(step, timer, blob, ctx)
        if step.kept:
            self._kept_ids.update(step.kept)
        elif step.kept is not None:
            self._kept_ids.clear()
        return step.records

    def _report(self, rejection: Rejection, engine: Engine) -> Sequence[Rejection]:
        """What could not be read: every refusal, and a sample of the parts that were set aside."""
        engine.counts["parts_set_aside" if rejection.accepted else "records_rejected"] += 1
        kept = self._sampler.take(rejection)
        return () if kept is None else [kept]

    def on_timer(self, timestamp: int, ctx: Any) -> Iterable[Row]:
        """Settle what fell due: nothing came from this user until `timestamp`."""
        return self._fall_due(timestamp, ctx)

    def _fall_due(self, timestamp: int, ctx: Any) -> Iterable[Row]:
        engine = self._engine or self._ready(ctx)
        rows = self._rows(self._settle(timestamp, engine, ctx))
        if self._metrics.is_due():
            self._publish(engine)
        return rows

    def _settle(self, timestamp: int, engine: Engine, ctx: Any) -> Sequence[Any]:
        """The records of what was due at `timestamp` or before."""
        key: str = ctx.get_current_key()
        timer, blob = read(self._users.value())
        try:
            step = engine.on_time(blob, key, timestamp)
        except Exception as problem:  # as above; what was due stays due, and is tried again before the user's next event
            self._users.update(write(NEVER if timer <= timestamp else timer, blob or b""))
            self._metrics.own["engine_errors"] += 1
            return [engine_error(problem, key=key, original=b"", at=timestamp)]
        if not step.blob or is_stub(step.blob):
            self._kept_ids.clear()
        self._keep(step, NEVER if timer <= timestamp else timer, blob, ctx, fired=timer <= timestamp)
        return step.records

    def _touched(self, ctx: Any) -> Iterable[Row]:
        """A customer's own heartbeat: settle what was due before it, and see to the timer. A profile of an older savepoint may have none."""
        return self._fall_due(ctx.timestamp() - 1, ctx)

    def process_broadcast_element(self, value: Row, ctx: Any) -> Iterable[Row] | None:
        """One record of `control` or `arms`: applied at once, or refused; then the last good one stays in force."""
        engine = self._engine or self._ready(ctx)
        entry = Entry(value[0] or "", value[2], value[1], 0 if value[1] is not None else time.time_ns() // 1_000_000)
        try:
            book = arms.with_learned(engine.book, entry) if arms.is_learned(entry.key) else apply(engine.book, entry)
        except (BookError, BadArms) as problem:
            self._metrics.own["control_refused"] += 1
            return self._rows([_refused(problem, entry)])
        if book is not engine.book:
            explained, engine.book = engine.book.explained, book
            if entry.key.startswith("model/"):
                self._models.follow(book.models, renewed=entry.key.removeprefix("model/"), explained=book.explained)
            elif book.explained != explained:
                self._models.follow(book.models, explained=book.explained)
            elif entry.key == CATALOGUE:
                self._catalogue.follow(book.catalogue)
            elif entry.key == RECOMMENDER:
                self._recommender.follow(book.recommender)
            ctx.get_broadcast_state(CONTROL).put(entry.key, entry_bytes(entry.offset, entry.value, entry.at))
        return None

    def _ready(self, ctx: Any) -> Engine:
        """The engine with the packed book, and with newer entries from restored state."""
        kept = [Entry(key, *entry_parts(stored)) for key, stored in ctx.get_broadcast_state(CONTROL).items()]
        of_control = [entry for entry in kept if not arms.is_learned(entry.key)]
        book = unpack(self._baked, restored=of_control).deployed_with(self._topics.channels)
        book = arms.restored(book, [entry for entry in kept if arms.is_learned(entry.key)])
        self._engine = self._new_engine(
            book,
            scorer=self._models,
            parts=self._parts,
            people=True,
            logs_draws=bool(self._pseudonyms),
            shelf=self._catalogue,
            stand=self._recommender,
        )
        self._models.follow(book.models, explained=book.explained, wait=MODELS_S)
        self._catalogue.follow(book.catalogue, wait=CATALOGUE_S)
        self._recommender.follow(book.recommender, wait=RECOMMENDER_S)
        return self._engine

    def _keep(self, step: Step, timer: int, blob: bytes | None, ctx: Any, *, fired: bool = False) -> None:
        """Store the step, and register a timer for its due time unless one is registered for that time or earlier."""
        due = step.due
        if due is not None and (timer == NEVER or due < timer):
            timers = ctx.timer_service()
            if timer != NEVER:
                timers.delete_event_time_timer(timer)  # one at a time: of somebody who is erased, no timer may keep the key
            timers.register_event_time_timer(due)
            timer, fired = due, True
        if not step.blob:
            self._users.clear()  # the customer is forgotten, and nothing remains
        elif fired or step.blob is not blob:
            self._users.update(write(timer, step.blob))

    def _publish(self, engine: Engine) -> None:
        """Once a second: ask `is_due` first, since this runs for every event."""
        self._metrics.publish(engine.counts, models=self._models.tally())

    def _told(self) -> Sequence[Row] | None:
        """A rejection for each fault of a published file since the last call."""
        return self._rows([_refused_file(trouble) for trouble in self._models.troubles()]) if self._models.troubled else None

    def _rows(self, records: Sequence[Any]) -> Sequence[Row]:
        if not records:
            return ()  # most events have no output: not even the clock is read for them
        self._metrics.decided(records)
        now = time.time_ns() // 1_000_000
        sent = encode_all(records, decided_at=now, topics=self._topics, disguise=self._disguise)
        return [Row(topic, key, value or None) for topic, key, value in sent]


def engine_error(problem: Exception, *, key: str | None, original: bytes, at: int) -> Rejection:
    """Where an event is reported whose change was dropped, since the engine itself failed."""
    message = f"{type(problem).__name__}: {problem}"
    return Rejection(reason=RejectionReason.ENGINE_ERROR, field=None, message=message, key=key, original=original, at=at)


def _refused_file(trouble: Trouble) -> Rejection:
    reason = _REFUSED.get(trouble.key, RejectionReason.BAD_MODEL)
    return Rejection(reason=reason, field="uri", message=trouble.message, key=trouble.key, original=b"", at=0)


def _refused(problem: BookError | BadArms, entry: Entry) -> Rejection:
    topic = "arms" if arms.is_learned(entry.key) else "control"
    return Rejection(
        reason=RejectionReason.BAD_CONTROL,
        field=problem.field if isinstance(problem, BookError) else "value",
        message=f"{problem.message} ({topic} offset {entry.offset})",
        key=entry.key,
        original=entry.value or b"",
        at=0,
    )
