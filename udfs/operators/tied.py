"""What a key waits for, and to whom it points, in Flink's state: next to the customer's, whose own state is marked while there is such a thing.

For the time of one call the mark is off, and everything else works on the customer's state as always.
"""

from abc import abstractmethod
from collections.abc import Iterable, Sequence
from typing import Any

from pyflink.common import Row, Types
from pyflink.datastream.functions import RuntimeContext
from pyflink.datastream.state import ValueStateDescriptor

from udfs.codecs.handover import taken
from udfs.core.engine import Engine, Step
from udfs.core.identity import ties as tied_to
from udfs.core.identity.ties import Ties
from udfs.core.personal_data import Handover
from udfs.core.profile.tombstone import is_tombstone
from udfs.operators.decide import Decide
from udfs.operators.stored import NEVER, is_tied, read, tied, untied, write

TIES = ValueStateDescriptor("ties", Types.PICKLED_BYTE_ARRAY())


class Tied(Decide):
    """The operator with a second state for each key that is tied to another."""

    def open(self, runtime_context: RuntimeContext) -> None:
        """Set up."""
        super().open(runtime_context)
        self._ties = runtime_context.get_state(TIES)
        self._is_erased = False
        """Whether the customer was erased in this call."""

    @abstractmethod
    def _given(self, given: Handover, value: bytes, ties: Ties, engine: Engine, ctx: Any) -> Sequence[Any]:
        """Take in something that another id has handed over, and return the records that it makes."""

    def _touched(self, ctx: Any) -> Iterable[Row]:
        return () if is_tied(self._users.value()) else super()._touched(ctx)

    def _fall_due(self, timestamp: int, ctx: Any) -> Iterable[Row]:
        """Of somebody who waits nothing falls due. The pointer of an id that nobody has used for long is forgotten."""
        stored = self._users.value()
        if not is_tied(stored):
            return super()._fall_due(timestamp, ctx)
        ties, (timer, blob) = tied_to.read(self._ties.value()), read(stored)
        if ties.person and not ties.waits and ties.until <= timestamp:
            self._ties.clear()
            self._users.clear()
        elif ties.person and timer <= timestamp:
            ctx.timer_service().register_event_time_timer(ties.until)
            self._users.update(write(ties.until, blob or b""))
        elif timer <= timestamp:
            self._users.update(write(NEVER, blob or b""))
        return ()

    def _keep(self, step: Step, timer: int, blob: bytes | None, ctx: Any, *, fired: bool = False) -> None:
        super()._keep(step, timer, blob, ctx, fired=fired)
        if step.blob is not blob and is_tombstone(step.blob):
            self._ties.clear()
            self._is_erased = True

    def _begin(self) -> Ties:
        stored = self._users.value()
        if stored is not None and is_tied(stored):
            self._users.update(untied(stored))
        self._is_erased = False
        return tied_to.read(self._ties.value())

    def _end(self, ties: Ties, records: Sequence[Any], engine: Engine, ctx: Any) -> Sequence[Any]:
        if self._is_erased:
            self._is_erased, ties.merged, ties.overdue, ties.early = False, [], [], {}
        for value in ties.released():
            records = [*records, *self._given(taken(value), value, ties, engine, ctx)]
        if not ties.is_tied:
            records = [*records, *self._catch_up(engine, ctx)]
        stored = tied_to.write(ties)
        if stored:
            self._ties.update(stored)
        else:
            self._ties.clear()
        if ties.is_tied:
            self._users.update(tied(self._users.value()))
        return records

    def _catch_up(self, engine: Engine, ctx: Any) -> Sequence[Any]:
        """What fell due while records waited or were on their way: at the end of a replay no time comes that would fire its timer."""
        now = ctx.timer_service().current_watermark()
        timer, _ = read(self._users.value())
        return self._settle(now, engine, ctx) if NEVER < timer <= now else ()
