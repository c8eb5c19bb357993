"""What the parts of a run share: what was written, the instances of the consumer, and what they delivered."""

import itertools
import time
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from services.conformance.checks import Expected, Verdict, delivered_in
from services.conformance.consumer import Consumer
from services.conformance.messages import Messages
from services.kafka.client import producer

TURN_S = 0.05
MARGIN_S = 1.5
"""Seconds beyond the hold in which a delivery that must not be may still come."""
IN_TIME = 0.7
"""The share of the hold in which a recall must be written: the consumer needs the rest to read it."""
Value = tuple[int, str, bytes | None]
"""Partition, key and value of a record."""


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What to run."""

    command: Sequence[str]
    brokers: str
    hold: float = 2.0
    """Seconds for which the consumer holds an action before it delivers it."""
    patience: float = 60.0
    """Seconds within which what is due must be delivered, a rebalance included."""
    partitions: int = 3
    only: Collection[str] = ()
    """Names of checks; empty: all."""
    say: Callable[[str], None] = lambda line: None


class _NothingDelivered(Exception):
    """The consumer does not deliver even plain actions."""


class Run:
    """The state of a run, and what its parts do: write records, wait for deliveries, start and end instances of the consumer."""

    def __init__(self, plan: Plan, topic: str, folder: Path, ending: ExitStack) -> None:
        self.plan, self.topic, self.folder, self.ending = plan, topic, folder, ending
        self.messages, self.expected = Messages(), Expected(part="")
        self.group = f"{topic}-1"
        self.instances: list[Consumer] = []
        self._numbers = itertools.count(1)
        self._began: dict[str, float] = {}
        """Label -> when the action was made, by the monotonic clock."""
        self._out = folder / "delivered"
        (folder / "state").mkdir()
        self._out.touch()
        self._sender = self.transactional()
        self._wait_for_topic()

    def verdicts_of(self, part: str, play: "Callable[[Run], None]") -> list[Verdict]:
        """Run one part, which `play` plays."""
        before = self.delivered()
        self.expected = Expected(part=part, before=before, settled=self.expected.after(before))
        untried = ""
        try:
            play(self)
        except _NothingDelivered as problem:
            untried = str(problem)
        return self.expected.verdicts(self.delivered(), untried=untried)

    def transactional(self) -> Any:
        """A producer with a transaction of its own. Kairos writes actions in transactions, so their markers are on the topic, too."""
        sender = producer(self.plan.brokers, transactional_id=f"{self.topic}-{next(self._numbers)}", max_block_ms=30_000)
        self.ending.callback(sender.close, timeout=5)
        sender.init_transactions()
        return sender

    def _wait_for_topic(self) -> None:
        """Return when the new topic is known: a consumer that joins its group before would be given no partition for minutes."""
        deadline = time.monotonic() + self.plan.patience
        while len(self._sender.partitions_for(self.topic) or ()) < self.plan.partitions and time.monotonic() < deadline:
            time.sleep(TURN_S)

    def start(self) -> Consumer:
        """One more instance of the consumer."""
        number = next(self._numbers)
        environment = {
            "KAIROS_BROKERS": self.plan.brokers,
            "KAIROS_TOPIC": self.topic,
            "KAIROS_GROUP": self.group,
            "KAIROS_HOLD": f"{self.plan.hold:g}",
            "KAIROS_STATE": str(self.folder / "state"),
            "KAIROS_OUT": str(self._out),
        }
        instance = self.ending.enter_context(Consumer(self.plan.command, environment, self.folder / f"consumer-{number}.log"))
        self.instances.append(instance)
        return instance

    def start_over(self) -> None:
        """Have one instance of a group that has committed nothing: it reads the topic from the beginning."""
        self.end_all()
        self.group = f"{self.topic}-{next(self._numbers)}"
        self.start()

    def ensure_started(self, check: str) -> None:
        """Have an instance that delivers an action from every partition. Raises _NothingDelivered if that fails; the check has failed then."""
        if not self.instances:
            self.start()
        self.send_good(check, "an action before anything else")
        if not self.wait():
            message = f"the consumer did not deliver within {self.plan.patience:g} s"
            raise _NothingDelivered(message)

    def end_all(self) -> None:
        """Kill every instance."""
        for instance in self.instances:
            instance.kill()
        self.instances.clear()

    def write(self, records: Iterable[Value], *, sender: Any = None) -> None:
        """Write records in one transaction. With a `sender` they join its transaction, which is open."""
        out = sender or self._sender
        if sender is None:
            out.begin_transaction()
        sent = [out.send(self.topic, key=key.encode(), value=value, partition=partition) for partition, key, value in records]
        out.flush()
        for each in sent:
            each.get(timeout=30)
        if sender is None:
            out.commit_transaction()

    def action(self, label: str, check: str, what: str, *, delivered: bool = True, partition: int = 0, user: str = "", **more: Any) -> Value:
        """An action, and whether it must be delivered."""
        self._began[label] = time.monotonic()
        (self.expected.once if delivered else self.expected.never)[self.messages.id_of(label)] = (check, what)
        return partition, user or f"user-{label}", self.messages.action(label, now=now_ms(), user=user, **more)

    def recall(self, label: str, *, partition: int = 0, user: str = "") -> Value:
        """A recall of the action with this label."""
        return partition, user or f"user-{label}", self.messages.recall(label, now=now_ms(), user=user)

    def write_recall(self, label: str, *, partition: int = 0) -> None:
        """Write the recall of an action that is held. If that took too long, either is right: that it is delivered, or not."""
        self.write([self.recall(label, partition=partition)])
        self.note_if_late(label, share=IN_TIME)

    def note_if_late(self, label: str, *, share: float = 1.0) -> None:
        """If this share of the hold has passed since the action was made, it may have been delivered: either is right."""
        if time.monotonic() - self._began[label] > self.plan.hold * share:
            self.expected.too_late(self.messages.id_of(label))

    def send_good(self, check: str, what: str) -> None:
        """Write an action into every partition. Each must be delivered."""
        number = next(self._numbers)
        self.write(
            self.action(f"good-{number}-{place}", check, f"{what} (partition {place})", partition=place) for place in range(self.plan.partitions)
        )

    def delivered(self) -> Counter[str]:
        """How often each decision has been delivered so far."""
        return delivered_in(self._out.read_text(errors="replace"))

    def wait(self) -> bool:
        """Wait until all that is due was delivered, or patience or every instance has ended, then as long as more may come."""
        deadline = time.monotonic() + self.plan.patience
        while self.expected.missing(self.delivered()) and time.monotonic() < deadline:
            if all(instance.status is not None for instance in self.instances):
                break
            time.sleep(TURN_S)
        time.sleep(self.plan.hold + MARGIN_S)
        self._note_ended()
        return not self.expected.missing(self.delivered())

    def _note_ended(self) -> None:
        for instance in [each for each in self.instances if each.status is not None]:
            self.plan.say(f"the consumer ended by itself, with status {instance.status}; the last lines of {instance.log}:")
            for line in instance.last_lines():
                self.plan.say(f"  {line}")
            self.instances.remove(instance)


def now_ms() -> int:
    """Now, in epoch milliseconds."""
    return int(time.time() * 1000)
