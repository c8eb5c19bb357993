"""A replay from its first record to its last visible decision."""

import itertools
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Protocol

from jobs.options import Options
from services.flink.rest import Rest
from services.kafka.client import admin, end_offsets, newest
from services.replay.answers import answers
from services.replay.consumed import RunningJob, running_job, wait_until_consumed
from services.replay.patience import PATIENCE_S, Patience
from services.replay.records import History, Record, ReplayError
from services.replay.send import Sent, move_time_to, send
from services.replay.times import date_and_time

HOUR = 3_600_000


@dataclass(frozen=True, kw_only=True)
class Replayed:
    """The result of a replay."""

    sent: Sent
    consumed_s: float | None = None
    """Seconds from the first record sent to the last decision visible; None without waiting."""
    answers: Counter[tuple[str, str]] | None = None
    """Decisions by campaign and outcome; None if they are unknown, or too many to count quickly."""


@dataclass(frozen=True, kw_only=True)
class Target:
    """The topic to send to, and the cluster of the job that reads it."""

    brokers: str
    topic: str
    rest: str
    job: str | None = None
    """The name of the job to watch; None: the only one."""


class Watcher(Protocol):
    """Receives the progress of a replay."""

    def warn(self, line: str) -> None:
        """Called with a message for the user, before the replay begins or while it waits for the broker."""

    def sending(self, events: int, at: int) -> None:
        """Called with the number of events sent so far, and the time of the last one."""

    def sent(self, done: Sent) -> None:
        """Called when all events are sent."""

    def waiting(self, left: int, at: int) -> None:
        """Called with the number of records the job has not read yet, and its event time `at` (0: unknown)."""


def replay(
    history: History, target: Target, *, rate: float | None, drain: int | None, wait: bool, watcher: Watcher, patience: float = PATIENCE_S
) -> Replayed:
    """Send a history, move time on by `drain` milliseconds after its last event, and wait until the job has decided everything.

    If the broker goes down after the first record, the replay waits for it, up to `patience` seconds in total.

    Raises KafkaUnavailable if the broker is down from the start. Raises ReplayError if there is no job to wait for, if the job has the live
    clock and the history is old, if `patience` is used up, or if the sending is interrupted.
    """
    brokers, topic = target.brokers, target.topic
    job = running_job(Rest(target.rest), name=target.job)
    if job is None and wait:
        message = f"no job runs at {target.rest}: `kairos submit --clock replay` starts one (or send without waiting, with --no-wait)"
        raise ReplayError(message)
    end_offsets(brokers, topic)  # reports what is missing, where a producer would only wait
    first, records = _peek(history.records)
    earlier = newest(brokers, topic)
    if first is not None and job is not None:
        _fits(first, job, drain, earlier, watcher.warn)
    options = Options()
    outputs = _existing(brokers, options.outputs)
    before = end_offsets(brokers, options.topics["decisions"]) if options.topics["decisions"] in outputs else None
    restored = 0 if job is None else job.restored()
    patient = Patience(patience, brokers=brokers, say=watcher.warn)
    done = send(records, brokers=brokers, topic=topic, rate=rate, progress=watcher.sending, patience=patient)
    patient.standing = lambda: f"All {done.events:,} events are on the topic {topic!r}; time may not have moved on."
    watcher.sent(done)
    until = None if done.last is None or (job is not None and job.live) else done.last + (drain or 0)
    if until is not None and earlier is not None:
        until = max(until, earlier + 1)  # time is already later: it must move a little, or no timer of this history fires
    if until is not None:
        patient.through(lambda: move_time_to(until, brokers=brokers, topic=topic))
    if job is None or not wait or done.last is None:
        return Replayed(sent=done)

    def nudge() -> None:
        if until is not None:
            move_time_to(until, brokers=brokers, topic=topic)

    began = time.monotonic()
    patient.through(
        lambda: wait_until_consumed(
            job, brokers=brokers, topic=topic, until=until, restored=restored, outputs=outputs, nudge=nudge, waiting=watcher.waiting
        )
    )
    consumed_s = done.seconds + time.monotonic() - began
    found = None if before is None else patient.through(lambda: answers(brokers, options.topics["decisions"], since=before))
    return Replayed(sent=done, consumed_s=consumed_s, answers=found)


def _peek(records: Iterator[Record]) -> tuple[Record | None, Iterator[Record]]:
    first = next(records, None)
    return first, records if first is None else itertools.chain([first], records)


def _fits(first: Record, job: RunningJob, drain: int | None, earlier: int | None, warn: Callable[[str], None]) -> None:
    """Refuse old history for a job with the live clock; warn about history from before what the job has already seen."""
    if job.live:
        if abs(first.at - time.time() * 1000) > HOUR:
            message = (
                f"job {job.identity} has the live clock, and these events begin at {date_and_time(first.at)}: to it they would all be late. "
                "end it with `kairos down`, then `kairos up` and `kairos submit --clock replay`"
            )
            raise ReplayError(message)
        if drain:
            message = "--drain is for the replay clock: with the live clock, time moves on by itself"
            raise ReplayError(message)
        return
    if earlier is not None and earlier > first.at:
        warn(
            f"the topic already has records up to {date_and_time(earlier)}, and these events begin at {date_and_time(first.at)}: "
            "in a job that has read those, timers of new users fire too early, and events of known users are late. "
            "To start from nothing: `kairos up --fresh`, then `kairos submit --clock replay`"
        )


def _existing(brokers: str, names: Iterable[str]) -> list[str]:
    """Which of these topics exist. A deployment may have other names for its outputs; then only its checkpoints show progress."""
    client = admin(brokers)
    try:
        return sorted(set(names) & set(client.list_topics()))
    finally:
        client.close()
