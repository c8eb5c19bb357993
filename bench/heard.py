"""What a running job says: its decisions, and everybody's profile."""

import json
import time
from collections.abc import Callable, Iterable
from contextlib import closing
from typing import Any

from bench.lab import Lab
from services.kafka import client
from services.people.send import encoded, made
from udfs.core.decision.requests import PROFILE

WAIT_S, NUDGE_S, EXTRA_S = 300.0, 5.0, 10.0
"""For what is missing; until time is moved once more; for what comes beyond that."""


def decisions(
    stack: Lab, wanted: int, *, again: Callable[[], None], counts: Callable[[dict[str, Any]], bool] = lambda _: True
) -> list[dict[str, Any]]:
    """Every committed decision, once there are as many that count as there should be, and what comes within some seconds after them. `again` moves
    time on: a job that fails over after its last record has lost it."""
    found: list[dict[str, Any]] = []
    known = set[tuple[str, int]]()
    deadline, nudge, enough = time.monotonic() + WAIT_S, time.monotonic() + NUDGE_S, False
    with closing(client.consumer(stack.brokers, ["decisions"], start="earliest", committed=True)) as reader:
        while time.monotonic() < deadline:
            for batch in reader.poll(timeout_ms=200).values():
                fresh = [json.loads(record.value) for record in batch]
                known |= {(each["decision_id"], each["attempt"]) for each in fresh if counts(each)}
                found += fresh
            if not enough and len(known) >= wanted:
                enough, deadline = True, time.monotonic() + EXTRA_S
            if time.monotonic() > nudge:
                again()
                nudge = time.monotonic() + NUDGE_S
    return found


def answers(stack: Lab, users: Iterable[str], *, at: int) -> dict[str, dict[str, Any]]:
    """User -> the answer to a question that is asked at this record time, epoch milliseconds. Who is not answered within five minutes is left out."""
    asked = list(users)
    found: dict[str, dict[str, Any]] = {}
    with closing(client.consumer(stack.brokers, ["responses"], start="latest")) as reader:
        reader.poll(timeout_ms=1_000)
        with closing(client.producer(stack.brokers, linger_ms=5)) as sender:
            for user in asked:
                key, value = encoded(made(PROFILE, user), at=at)
                sender.send("events", key=key, value=value, timestamp_ms=at)
        deadline = time.monotonic() + WAIT_S
        while len(found) < len(asked) and time.monotonic() < deadline:
            for batch in reader.poll(timeout_ms=200).values():
                found |= {each["user_id"]: each for each in (json.loads(record.value) for record in batch)}
    return found
