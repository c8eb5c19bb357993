"""History onto Kafka: every record with its own key and time, as fast as the broker takes it or at a given rate."""

import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from kafka.errors import InvalidTimestampError, KafkaError

from jobs.options import OUT_OF_ORDER_MS
from services.heartbeat.beat import beat
from services.kafka.client import producer
from services.replay.delivery import Delivery
from services.replay.patience import PATIENCE_S, Patience
from services.replay.records import Interrupted, Record, ReplayError

UNACKNOWLEDGED = 20_000
"""Records on their way at most: the producer has no bound of its own, and a year is larger than memory."""
CLOSE_S = 60
INTERRUPTED_S = 5.0
"""For the broker to acknowledge what is on its way, when somebody interrupts."""
REPORT_EVERY = 1_000

Progress = Callable[[int, int], None]
"""Told every so often: events sent so far, and the time of the last one."""


@dataclass(frozen=True, kw_only=True)
class Sent:
    """What went out."""

    events: int
    last: int | None
    """Time of the last event, epoch milliseconds; None when there was none."""
    seconds: float


def send(
    records: Iterable[Record],
    *,
    brokers: str,
    topic: str,
    rate: float | None = None,
    progress: Progress = lambda events, at: None,
    patience: Patience | None = None,
) -> Sent:
    """Send all records in their order and return when the broker has every one, once. `rate` is events a second, None: as fast as it goes.

    The partition follows from the key (murmur2, as Java clients choose it), so one user's events stay in order. A broker that goes away
    meanwhile is waited for. Raises ReplayError, also when somebody interrupts it: the message then says how much is on the topic.
    """
    began = time.monotonic()
    patience = patience or Patience(PATIENCE_S, brokers=brokers, say=lambda line: None)
    delivery = Delivery(brokers, topic, patience)
    patience.standing = lambda: (
        f"The first {delivery.acknowledged:,} of its events are on the topic {topic!r}, and maybe up to {delivery.unacknowledged:,} more."
    )
    events, last = 0, None
    try:
        for record in _paced(records, rate):
            delivery.settle(UNACKNOWLEDGED - 1)
            delivery.put(record)
            events, last = events + 1, record.at
            if events % REPORT_EVERY == 0:
                progress(events, record.at)
        delivery.settle()
    except KeyboardInterrupt:
        delivery.take_note(INTERRUPTED_S)
        raise Interrupted(delivery.acknowledged, delivery.unacknowledged, topic) from None
    except InvalidTimestampError as error:
        problem = f"topic {topic!r} takes records of now only ({error}): a job with `kairos submit --clock replay` makes it take any time"
        raise ReplayError(problem) from error
    except KafkaError as error:
        problem = f"after {delivery.acknowledged:,} events, {topic!r} on {brokers} took no more: {type(error).__name__}: {error}"
        raise ReplayError(problem) from error
    finally:
        delivery.close()
    return Sent(events=events, last=last, seconds=time.monotonic() - began)


def move_time_to(at: int, *, brokers: str, topic: str) -> None:
    """Bring the job's event time to `at`, epoch milliseconds: a heartbeat into every partition. What is due by then will be settled."""
    kafka = producer(brokers)
    try:
        beat(kafka, topic, at=at + OUT_OF_ORDER_MS)
    finally:
        kafka.close(timeout=CLOSE_S)


def _paced(records: Iterable[Record], rate: float | None) -> Iterator[Record]:
    if rate is None:
        yield from records
        return
    began = time.monotonic()
    for n, record in enumerate(records):
        ahead = began + n / rate - time.monotonic()
        if ahead > 0.002:  # shorter sleeps cost more than they are worth
            time.sleep(ahead)
        yield record
