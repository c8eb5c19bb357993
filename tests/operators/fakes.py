"""Stand-ins for what Flink hands to the operator: state that holds bytes only, timers that are counted, a broadcast state."""

from collections.abc import Iterator
from typing import Any

from pyflink.datastream import TimeDomain


class FakeState:
    """One user's value; like the real one it accepts nothing but bytes."""

    def __init__(self) -> None:
        self.held: bytes | None = None
        self.writes = 0

    def value(self) -> bytes | None:
        return self.held

    def update(self, value: bytes) -> None:
        assert type(value) is bytes
        self.held, self.writes = value, self.writes + 1

    def clear(self) -> None:
        self.held = None


class FakeBroadcast(dict[str, bytes]):
    """Broadcast state."""

    def put(self, key: str, value: bytes) -> None:
        assert type(value) is bytes
        self[key] = value


class FakeCounter:
    """A metric."""

    def __init__(self) -> None:
        self.count = 0

    def inc(self, more: int) -> None:
        self.count += more


class FakeGroup:
    """A metric group. A group with a value is a label, as in Flink's Prometheus reporter."""

    def __init__(self, counters: dict[str, FakeCounter], path: str = "") -> None:
        self._counters, self._path = counters, path

    def add_group(self, name: str, value: str | None = None) -> "FakeGroup":
        return FakeGroup(self._counters, self._path + (f"{name}_" if value is None else f"{name}={value}_"))

    def counter(self, name: str) -> FakeCounter:
        return self._counters.setdefault(self._path + name, FakeCounter())


class FakeContext:
    """Runtime context, element context and timer service in one, for one user at a time."""

    domain = TimeDomain.EVENT_TIME

    def __init__(self) -> None:
        self.key: str | None = "anna"
        self.at = 0
        self.state = FakeState()
        self.kept_ids = FakeState()
        self.ties = FakeState()
        self.now = 1_700_000_000_000
        """The wall clock."""
        self.watermark = -(1 << 63)
        self.waits: list[int] = []
        """Timers of the wall clock."""
        self.control = FakeBroadcast()
        self.timers: list[int] = []
        self.counters: dict[str, FakeCounter] = {}

    def get_state(self, descriptor: Any) -> FakeState:
        return {"user": self.state, "kept-ids": self.kept_ids, "ties": self.ties}[descriptor.name]

    def get_metrics_group(self) -> FakeGroup:
        return FakeGroup(self.counters)

    def get_current_key(self) -> str | None:
        return self.key

    def timestamp(self) -> int:
        return self.at

    def get_broadcast_state(self, descriptor: Any) -> FakeBroadcast:
        assert descriptor.name == "control"
        return self.control

    def timer_service(self) -> "FakeContext":
        return self

    def register_event_time_timer(self, at: int) -> None:
        self.timers.append(at)

    def register_processing_time_timer(self, at: int) -> None:
        self.waits.append(at)

    def current_processing_time(self) -> int:
        return self.now

    def current_watermark(self) -> int:
        return self.watermark

    def time_domain(self) -> TimeDomain:
        return self.domain

    def delete_event_time_timer(self, at: int) -> None:
        self.timers = [timer for timer in self.timers if timer != at]

    def due(self) -> Iterator[int]:
        """Timers in order of time, each removed as it fires; one that is registered twice for the same instant fires once."""
        while self.timers:
            at = min(self.timers)
            self.timers = [timer for timer in self.timers if timer != at]
            yield at
