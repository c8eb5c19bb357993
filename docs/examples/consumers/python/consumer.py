"""A consumer of actions in Python. docs/consuming.md explains every step; `kairos conformance -- python consumer.py` checks it."""

import json
import os
import time
import uuid
from pathlib import Path

from kafka import KafkaConsumer
from kafka.errors import KafkaError
from kafka.structs import OffsetAndMetadata

HOLD, STATE, OUT = float(os.environ["KAIROS_HOLD"]), Path(os.environ["KAIROS_STATE"]), Path(os.environ["KAIROS_OUT"])
consumer = KafkaConsumer(
    bootstrap_servers=os.environ["KAIROS_BROKERS"], group_id=os.environ["KAIROS_GROUP"],
    isolation_level="read_committed", enable_auto_commit=False, auto_offset_reset="earliest", session_timeout_ms=6000, heartbeat_interval_ms=2000,
    metadata_max_age_ms=5000,  # new partitions are read within seconds, and not within five minutes
)  # fmt: skip
consumer.partitions_for_topic(os.environ["KAIROS_TOPIC"])  # kafka-python 3.0 may hang if it joins a group before it knows the topic
consumer.subscribe([os.environ["KAIROS_TOPIC"]])
held, stored = [], {}  # what has been read and not delivered yet; the offsets that Kafka has


def finish(decision: str) -> bool:
    """Whether it was still open; from now on it is not. In production: INSERT into a table with a unique key."""
    try:
        (STATE / decision).touch(exist_ok=False)
    except FileExistsError:
        return False
    return True


def deliver(action: dict) -> None:
    """Your provider's call goes here, then the receipt message_sent to `events`."""
    with OUT.open("a") as out:
        out.write(action["decision_id"] + "\n")


while True:
    polled = consumer.poll(timeout_ms=200)
    ends = consumer.end_offsets(list(polled)) if polled else {}
    for place, records in polled.items():
        for record in records:
            try:
                body = json.loads(record.value)
                decision, kind = str(uuid.UUID(body["decision_id"])), body.get("kind", "action")
                if kind == "recall":
                    finish(decision)
                elif kind == "action" and "sha256" not in body["content"]:
                    held.append((time.monotonic() + HOLD, place, record.offset, ends[place], int(body["expires_at"]), decision, body))
                else:
                    print(f"set aside {place} offset {record.offset}: {kind}", flush=True)
            except Exception as problem:  # whatever it is, one record must not stop all others
                print(f"set aside {place} offset {record.offset}: {type(problem).__name__}", flush=True)
    held = [each for each in held if each[1] in consumer.assignment()]  # a rebalance gave the others away, with what is held of them
    for each in [*held]:
        due, place, _, end, expires_at, decision, body = each
        if time.monotonic() >= due and consumer.position(place) >= end:
            held.remove(each)
            if time.time() * 1000 < expires_at and finish(decision):
                deliver(body)
    first = {place: min([each[2] for each in held if each[1] == place], default=consumer.position(place)) for place in consumer.assignment()}
    if first != stored:
        try:
            consumer.commit({place: OffsetAndMetadata(offset, "", -1) for place, offset in first.items()})
            stored = first
        except KafkaError as problem:  # a rebalance: what is not committed is read again, and `finish` knows it
            print(f"not committed: {problem!r}", flush=True)
