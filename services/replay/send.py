"""Send history to Kafka: every record with its own key and time, as fast as the broker accepts it or at a given rate."""

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
"""The maximum number of unacknowledged records: the producer has no limit of its own, and a year is larger than memory."""
CLOSE_S = 60
INTERRUPTED_S = 5.0
"""How long an interrupted replay waits for acknowledgements."""
REPORT_EVERY = 1_000

Progress = Callable[[int, int], None]
"""Called regularly with the number of events sent so far, and the time of the last one."""


@dataclass(frozen=True, kw_only=True)
class Sent:
    """The events that were sent."""

    events: int
    last: int | None
    """The time of the last event, in epoch milliseconds, or None."""
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
    """Send all records in order, and return when the broker has each exactly once. `rate` is events a second; None: no limit.

    The key determines the partition (murmur2, as in Java clients), so one user's events stay in order. If the broker goes down, the function
    waits for it. Raises ReplayError, also when it is interrupted: the message then says how much is on the topic.
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
        delivery.await_acknowledgements(INTERRUPTED_S)
        raise Interrupted(delivery.acknowledged, delivery.unacknowledged, topic) from None
    except InvalidTimestampError as error:
        problem = f"topic {topic!r} takes records of now only ({error}): a job with `kairos submit --clock replay` makes it take any time"
        raise ReplayError(problem) from error
    except KafkaError as error:
        problem = f"after {delivery.acknowledged:,} events, {topic!r} on {brokers} accepted no further ones: {type(error).__name__}: {error}"
        raise ReplayError(problem) from error
    finally:
        delivery.close()
    return Sent(events=events, last=last, seconds=time.monotonic() - began)


def move_time_to(at: int, *, brokers: str, topic: str) -> None:
    """Move the job's event time to `at` (epoch milliseconds), with a heartbeat in every partition. What is due by then will be decided."""
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
        if ahead > 0.002:  # shorter sleeps cost more than they gain
            time.sleep(ahead)
        yield record
