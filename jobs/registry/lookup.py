"""Schemas by id, from a registry, kept forever. The network is never waited for longer than a bounded time, whatever is asked for.

One thread asks the registry. Who meets an unknown id waits for it, shortly, out of a budget that fills up again slowly. When the budget is
used up, or the registry was just found not to answer, nobody waits: the event is refused whole, with what to do, and the thread goes on.
"""

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from queue import Empty, Full, Queue

from jobs.registry.address import address
from jobs.registry.client import Client, RegistryUnavailable, Text, UnknownToRegistry
from udfs.codecs.reasons import Refused, RejectionReason
from udfs.codecs.schema_bounds import BadSchema
from udfs.codecs.writers import Writer, compiled
from udfs.core.values.errors import KairosError

WAIT_S = 2.0
"""The longest wait for one id."""
BUDGET_S = 5.0
"""All waits together, when nobody waited for a while."""
REFILL = 1 / 20
"""Seconds of waiting that every second gives back: with ids from a hostile sender, time lost is at most this share."""
MISSING_S = 30.0
"""An id that the registry does not know is asked for again after this time."""
RETRIES_S = (0.2, 0.5, 1.0)
"""Pauses between tries while somebody waits."""
MAX_PAUSE_S = 60.0
MAX_KEPT = 5_000
MAX_ASKED = 100
IDLE_S = 30.0
"""The thread ends when nothing is asked for this long."""


_Why = tuple[RejectionReason, str]
"""Why an event is refused: an exception that is raised twice would hold on to both events."""


class _Asked:
    """An id that was asked for, and how that ended."""

    def __init__(self) -> None:
        self.done = threading.Event()
        self.why: _Why | None = None
        self.again_at = 0.0
        self.failures = 0


class Lookup:
    """Writers, from a registry."""

    def __init__(self, fetch: Callable[[int], Text], *, url: str, known: Mapping[int, Text] | None = None) -> None:
        """`fetch` may take long and raise; `known` are schemas that were fetched before."""
        self._fetch = fetch
        self._url = url
        self._writers: OrderedDict[int, Writer] = OrderedDict()
        self._asked: OrderedDict[int, _Asked] = OrderedDict()
        self._queue: Queue[int] = Queue(MAX_ASKED)
        self._guard = threading.Lock()
        self._thread: threading.Thread | None = None
        self._budget, self._since = BUDGET_S, time.monotonic()
        self._is_down = False
        for number, text in (known or {}).items():
            self._settle(number, lambda text=text: text)  # type: ignore[misc]

    @classmethod
    def at(cls, told: str, *, known: Mapping[int, Text] | None = None) -> "Lookup":
        """By a URL, or a file of properties, which is read for each request: a login that was renewed counts at once."""
        return cls(lambda number: Client(address(told)).by_id(number), url=told, known=known)

    def find(self, number: int) -> Writer:
        """The schema with this id. Raises Refused."""
        writer = self._writers.get(number)
        return writer if writer is not None else self._find(number)

    def _find(self, number: int) -> Writer:
        now = time.monotonic()
        with self._guard:
            if (writer := self._writers.get(number)) is not None:
                return writer  # it came meanwhile
            asked = self._asked.get(number)
            if asked is not None and asked.why is not None and now < asked.again_at:
                raise _refused(asked.why)
            if asked is None or (asked.done.is_set() and now >= asked.again_at):
                asked = self._ask(number, asked)
            self._budget = min(BUDGET_S, self._budget + (now - self._since) * REFILL)
            self._since = now
            patience = 0.0 if self._is_down else min(WAIT_S, self._budget)
        if patience > 0.0:
            asked.done.wait(patience)
            with self._guard:
                waited = time.monotonic() - now
                self._budget, self._since = max(0.0, self._budget - waited), now + waited
        if (writer := self._writers.get(number)) is not None:
            return writer
        raise _refused(asked.why or self._unavailable(number, "it is being asked for"))

    def _ask(self, number: int, before: _Asked | None) -> _Asked:
        """Have the thread ask for it. With the guard held."""
        asked = _Asked()
        asked.failures = before.failures if before is not None else 0
        asked.why = before.why if before is not None and self._is_down else None
        try:
            self._queue.put_nowait(number)
        except Full:
            asked.why = self._unavailable(number, "too many other unknown ids are being asked for")
            asked.done.set()
            return asked
        self._asked[number] = asked
        self._asked.move_to_end(number)
        while len(self._asked) > MAX_KEPT:
            self._asked.popitem(last=False)
        if self._thread is None:
            self._thread = threading.Thread(target=self._work, name="schemas of the registry", daemon=True)
            self._thread.start()
        return asked

    def _work(self) -> None:
        while True:
            try:
                number = self._queue.get(timeout=IDLE_S)
            except Empty:
                with self._guard:
                    if self._queue.empty():
                        self._thread = None
                        return
                continue
            self._settle(number, lambda number=number: self._patiently(number))  # type: ignore[misc]

    def _patiently(self, number: int) -> Text:
        """Try some times while somebody waits. Raises RegistryUnavailable after the last one."""
        for pause in () if self._is_down else RETRIES_S:
            try:
                return self._fetch(number)
            except RegistryUnavailable:
                time.sleep(pause)
        return self._fetch(number)

    def _settle(self, number: int, fetch: Callable[[], Text]) -> None:
        """Keep the result. Never raises: it would end the thread, and with it every later id."""
        writer: Writer | None = None
        why: _Why | None = None
        pause, down = 0.0, False
        try:
            found = fetch()
            writer = _compiled(number, found)
        except UnknownToRegistry:
            pause = MISSING_S
            message = (
                f"written with schema {number}, which the registry {self._url} does not have: is the producer's registry another one? "
                "Register the schema there, then `kairos rejected replay --reason UNKNOWN_SCHEMA` sends the event again"
            )
            why = RejectionReason.UNKNOWN_SCHEMA, message
        except BadSchema as problem:
            pause = float("inf")
            message = (
                f"written with schema {number} of the registry {self._url}, with which Kairos does not read: {problem}. "
                "Register a version without that, and send the event written with it"
            )
            why = RejectionReason.BAD_SCHEMA, message
        except Exception as problem:  # whatever a registry makes a client raise, the next event is to be read
            down = True
            why = self._unavailable(number, problem.message if isinstance(problem, KairosError) else type(problem).__name__)
        with self._guard:
            self._is_down = down
            asked = self._asked.setdefault(number, _Asked())
            if writer is not None:
                self._writers[number] = writer
                while len(self._writers) > MAX_KEPT:
                    self._writers.popitem(last=False)
                del self._asked[number]
            asked.failures = asked.failures + 1 if down else 0
            asked.why = why
            asked.again_at = time.monotonic() + (min(MAX_PAUSE_S, 2.0**asked.failures) if down else pause)
        asked.done.set()

    def _unavailable(self, number: int, why: str) -> _Why:
        message = (
            f"written with schema {number}, which could not be had: {why}. Once the registry {self._url} answers, "
            "`kairos rejected replay --reason SCHEMA_UNAVAILABLE` sends the event again"
        )
        return RejectionReason.SCHEMA_UNAVAILABLE, message


def _refused(why: _Why) -> Refused:
    return Refused(why[0], None, why[1])


def _compiled(number: int, found: Text) -> Writer:
    if found.kind.upper() != "AVRO":
        message = f"it is of the type {found.kind}, and only AVRO is read: send JSON without a schema id, or Avro"
        raise BadSchema(message)
    return compiled(number, found.text, found.references)
