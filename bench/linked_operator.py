"""The operator with and without links, in a bare loop: what an event costs whoever is linked to nobody, a linked person, and a login.

State is a dictionary for each key. The stage in front, which is SQL on the cluster, is not measured here.
"""

import json
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from statistics import median
from typing import Any

from bench.engine import MIX, START
from services.local.book import book_of
from services.replay.records import Record
from tests.operators.fakes import FakeContext
from tests.operators.linking import Stage
from udfs.codecs.stamped import HANDED
from udfs.codecs.topics import Topics
from udfs.operators.decide import Decide
from udfs.operators.linked import Linked

LOGIN_AT = START - 3_600_000
CHUNK = 500
"""Events that are measured together."""
MAX_TIME = 253_402_300_799_000


class KeyedState:
    """Bytes for each key."""

    def __init__(self, context: "Keyed") -> None:
        self._context = context
        self.held: dict[str | None, bytes] = {}

    def value(self) -> bytes | None:
        """Of the current key."""
        return self.held.get(self._context.key)

    def update(self, value: bytes) -> None:
        """Of the current key."""
        self.held[self._context.key] = value

    def clear(self) -> None:
        """Of the current key."""
        self.held.pop(self._context.key, None)


class Keyed(FakeContext):
    """What Flink hands to an operator, for many keys. Timers are not kept."""

    def __init__(self) -> None:
        super().__init__()
        self.states = {name: KeyedState(self) for name in ("user", "kept-ids", "ties")}

    def get_state(self, descriptor: Any) -> Any:
        """The state of the current key."""
        return self.states[descriptor.name]

    def register_event_time_timer(self, at: int) -> None:
        """Nothing falls due."""

    def delete_event_time_timer(self, at: int) -> None:
        """Nothing falls due."""


@dataclass
class Line:
    """An operator and what it has been given. `spent`: seconds of each event, also of what it hands over and merges."""

    links: bool
    context: Keyed = field(default_factory=Keyed)
    stage: Stage = field(default_factory=Stage)
    spent: list[float] = field(default_factory=list)

    def __post_init__(self) -> None:
        made = Linked if self.links else Decide
        self.operator = made(book=book_of(()).pack(), topics=Topics(), max_event_bytes=1_000_000)
        self.operator.open(self.context)
        self._give("", b'{"type":"page","userId":"nobody","messageId":"so that the book is compiled"}', START)

    def take(self, records: Iterable[Record]) -> float:
        """Seconds of processor time."""
        total = 0.0
        for record in records:
            rows = self.stage.stamp(record) if self.links else [((record.key or b"").decode(), record.value, record.at)]
            began, wall = time.process_time(), time.perf_counter()
            while rows:
                rows = [each for row in rows for each in self._give(*row)]
            self.spent.append(time.perf_counter() - wall)
            total += time.process_time() - began
        return total

    def _give(self, key: str, value: bytes, at: int) -> list[tuple[str, bytes, int]]:
        """Whatever is handed over to other keys."""
        self.context.key, self.context.at = key, at
        out = self.operator.process_element(value, self.context) or ()
        return [(row[1].decode(), bytes([HANDED]) + row[2], MAX_TIME) for row in out if row[0] == "identity"]


@dataclass(frozen=True, kw_only=True)
class Cost:
    """Of one event: microseconds of processor time, the median of all chunks, and the 99th percentile of single events by the wall clock."""

    us: float
    p99_us: float
    state_bytes: int
    """Of everybody together."""
    median_bytes: float
    second_states: int


@dataclass(frozen=True, kw_only=True)
class Measured:
    """Without links, with links and nobody linked, and with everybody linked."""

    off: Cost
    on: Cost
    linked: Cost
    on_to_off: float
    """How many times as much, the median of chunks that were measured one after the other."""
    linked_to_on: float
    login_us: float


def measure(*, events: int, users: int, rounds: int) -> Measured:
    """All in turn, chunk after chunk, so that slow phases of the machine affect them equally."""
    alone = [_event(number, users, under_web=False, both=False) for number in range(events)]
    linked = [_event(number, users, under_web=number // users % 2 == 0, both=True) for number in range(events)]
    guests = [_said(f"web-{user}", LOGIN_AT - 60_000, {"anonymousId": f"web-{user}"}) for user in range(users)]
    logins = [_said(f"user-{user}", LOGIN_AT, {"anonymousId": f"web-{user}", "userId": f"user-{user}"}) for user in range(users)]
    told = {"off": alone, "on": alone, "linked": linked}
    us: dict[str, list[float]] = {name: [] for name in told}
    single: dict[str, list[float]] = {name: [] for name in told}
    login = list[float]()
    for _ in range(rounds):
        lines = {name: Line(links=name != "off") for name in told}
        lines["linked"].take(guests)
        login.append(lines["linked"].take(logins) / users * 1e6)
        lines["linked"].spent.clear()
        for first in range(0, events, CHUNK):
            for name, line in lines.items():
                chunk = told[name][first : first + CHUNK]
                us[name].append(line.take(chunk) / len(chunk) * 1e6)
        for name, line in lines.items():
            single[name] += line.spent
    costs = {name: _cost(lines[name], us[name], single[name]) for name in told}
    return Measured(
        off=costs["off"],
        on=costs["on"],
        linked=costs["linked"],
        on_to_off=median(on / off for on, off in zip(us["on"], us["off"], strict=True)),
        linked_to_on=median(one / other for one, other in zip(us["linked"], us["on"], strict=True)),
        login_us=median(login),
    )


def _cost(line: Line, us: list[float], single: list[float]) -> Cost:
    states = line.context.states
    sizes = [len(blob) for name, blob in states["user"].held.items() if (name or "").startswith("user-")]
    return Cost(
        us=median(us),
        p99_us=sorted(single)[int(0.99 * len(single))] * 1e6,
        state_bytes=sum(len(blob) for state in states.values() for blob in state.held.values()),
        median_bytes=median(sizes),
        second_states=len(states["ties"].held),
    )


def pointers(people: int) -> list[int]:
    """Bytes of state that are left at the key of an id that turned out to be somebody, all states together."""
    line = Line(links=True)
    ids = [(f"6638caf0-d2c2-4bc0-aecf-{number:012d}", f"a.rather.long.name.{number:06d}@customers.example.com") for number in range(people)]
    line.take(_said(web, LOGIN_AT - 60_000, {"anonymousId": web}) for web, _ in ids)
    line.take(_said(user, LOGIN_AT, {"anonymousId": web, "userId": user}) for web, user in ids)
    return [sum(len(state.held.get(web, b"")) for state in line.context.states.values()) for web, _ in ids]


def _event(number: int, users: int, *, under_web: bool, both: bool) -> Record:
    """The mix of `bench.engine`. Everybody does the same, whether or not she is linked: `under_web` says by which id."""
    user, name = number * 7919 % users, MIX[number * 104_729 % len(MIX)]
    ids = {"anonymousId": f"web-{user}"} if under_web else {"userId": f"user-{user}", **({"anonymousId": f"web-{user}"} if both else {})}
    product = {"product_id": f"sku-{number % 400}", "name": "Two-person tent", "category": "tents", "price": 39.5, "quantity": 1}
    properties = {"order_id": f"o{number}", "total": 79.0} if name == "Order Completed" else {"query": "tent"} if "Search" in name else product
    named = {"type": "page"} if name == "Page" else {"type": "track", "event": name}
    return _said(f"web-{user}" if under_web else f"user-{user}", START + number * 2_000, {**named, **ids, "properties": properties})


def _said(key: str, at: int, told: dict[str, Any]) -> Record:
    payload = {
        "type": "page",
        "messageId": f"m-{at}-of-{key}",
        "timestamp": at,
        "context": {"timezone": "Europe/London", "locale": "en-GB", "page": {"path": "/tents", "referrer": "https://example.com"}},
        **told,
    }
    return Record(at, key.encode(), json.dumps(payload).encode())
