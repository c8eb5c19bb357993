"""The figures of the live view: counts by outcome, latencies, the latest messages. Pure: time comes with the records."""

from collections import Counter, deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from services.view.shapes import fits

WINDOW = 5_000
"""How many of the latest latencies of each kind are used for percentiles."""
RATE_S = 3.0
"""Seconds over which the current rate is averaged."""


@dataclass
class Latencies:
    """The latest durations of one kind, in milliseconds."""

    values: deque[int] = field(default_factory=lambda: deque(maxlen=WINDOW))

    def add(self, milliseconds: int) -> None:
        """Add a duration."""
        self.values.append(milliseconds)

    def percentile(self, share: float) -> int | None:
        """The value that `share` of the durations do not exceed (nearest rank), or None without any."""
        if not self.values:
            return None
        ordered = sorted(self.values)
        return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


@dataclass(frozen=True, kw_only=True, slots=True)
class Message:
    """An action that was sent."""

    at: int
    user: str
    campaign: str
    variant: str
    channel: str
    content: Mapping[str, Any]
    offer: Mapping[str, Any] | None


class Figures:
    """Everything since `began` (epoch ms). Earlier triggers are counted but not timed: they waited for the job to start."""

    def __init__(self, *, began: int, messages: int = 20) -> None:
        """`messages` is how many of the latest messages are kept."""
        self.began = began
        self.events = 0
        self.decisions: Counter[tuple[str, str, str]] = Counter()
        """Decisions by campaign, outcome and reason."""
        self.rejected: Counter[str] = Counter()
        """Rejections by reason."""
        self.set_aside = 0
        """Parts of events that could not be read; the events were processed."""
        self.unread = 0
        """Records that the job did not write: no JSON objects, or of another shape."""
        self.scored: dict[str, list[float]] = {}
        """Source of scores -> how many, and their sum."""
        self.sent: Counter[str] = Counter()
        """Actions by channel."""
        self.recalled: Counter[tuple[str, str]] = Counter()
        """Recalls by campaign and reason."""
        self.messages: deque[Message] = deque(maxlen=messages)
        """The latest messages, newest first."""
        self.after_event = Latencies()
        """From the event to the decision it triggered."""
        self.to_reader = Latencies()
        """From the event until a reader of committed records has the decision."""
        self.after_silence = Latencies()
        """From the end of the required silence to the decision."""
        self.first_decision: int | None = None
        """When the first decision was seen, in epoch ms."""
        self._counted: deque[tuple[float, int]] = deque()

    def sent_events(self, total: int, now: float) -> None:
        """Set the number of events sent until `now` (seconds)."""
        self.events = total
        self._counted.append((now, total))
        while len(self._counted) > 2 and self._counted[1][0] < now - RATE_S:
            self._counted.popleft()

    @property
    def rate(self) -> float:
        """The current rate, in events a second."""
        if len(self._counted) < 2:
            return 0.0
        (since, before), (now, total) = self._counted[0], self._counted[-1]
        return (total - before) / max(now - since, 1e-9)

    def decision(self, record: Mapping[str, Any], *, seen: int) -> None:
        """Add a record of `decisions`, received at `seen` (epoch ms)."""
        self.decisions[record["campaign"], record["outcome"], record["reason"]] += 1
        for told in record.get("scores", {}).values():
            held = self.scored.setdefault(told["model"], [0, 0.0])
            held[0] += 1
            held[1] += told["score"]
        if self.first_decision is None:
            self.first_decision = seen
        if record["at"] < self.began:
            return
        if record["trigger_event_id"] is None:
            self.after_silence.add(record["decided_at"] - record["at"])
        else:
            self.after_event.add(record["decided_at"] - record["at"])
            self.to_reader.add(seen - record["at"])

    def output(self, record: Mapping[str, Any] | None, *, seen: int) -> bool:
        """Add a record of any topic that the job writes to, received at `seen` (epoch ms). Says whether the job can have written it."""
        if record is None or not fits(record):
            self.unread += 1
            return False
        if "outcome" in record:
            self.decision(record, seen=seen)
        elif record.get("kind") == "recall":
            self.recalled[record["campaign"], record["reason"]] += 1
        elif "content" in record:
            self.action(record)
        elif "accepted" in record:
            self.rejection(record)
        return True

    def action(self, record: Mapping[str, Any]) -> None:
        """Add a record of a topic `actions.*`."""
        self.sent[record["channel"]] += 1
        self.messages.appendleft(
            Message(
                at=record["at"],
                user=record["user_id"],
                campaign=record["campaign"],
                variant=record["variant"],
                channel=record["channel"],
                content=record["content"],
                offer=record["offer"],
            )
        )

    def rejection(self, record: Mapping[str, Any]) -> None:
        """A record of `rejected`."""
        if record["accepted"]:
            self.set_aside += 1 + record["skipped"]
        else:
            self.rejected[record["reason"]] += 1

    def outcomes(self) -> Counter[str]:
        """Decisions by outcome alone."""
        total: Counter[str] = Counter()
        for (_, outcome, _), number in self.decisions.items():
            total[outcome] += number
        return total

    def latencies(self) -> dict[str, Latencies]:
        """Latencies by label."""
        return {
            "event → decided": self.after_event,
            "event → committed and received": self.to_reader,
            "end of silence → decided": self.after_silence,
        }
