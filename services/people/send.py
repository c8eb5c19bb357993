"""An event that is about what is known of somebody: checked as the job would, sent, and its answer waited for."""

import json
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import closing
from typing import Any

from services.kafka.client import consumer, end_offsets, newest, producer
from services.kafka.objects import object_of
from services.people.places import Places
from udfs.codecs.decode import decode_all
from udfs.core.records import Event
from udfs.core.values.errors import InvalidInput, Unavailable

Json = dict[str, Any]
POLL_MS = 50
SOURCE = "kairos"
"""The write key of such events."""


class NoAnswer(Unavailable):
    """The job did not answer in time."""


def made(name: str, user_id: str, *, as_user: bool = False, **properties: Any) -> Json:
    """Such an event, with an id of its own. It says no time of its own: that of its record counts.

    `as_user`: the id is said to be a user's own. Without, nothing is said of who it is, so that asking about a browser links it to nobody.
    """
    who = "userId" if as_user else "anonymousId"
    return {"type": "track", "event": name, "messageId": str(uuid.uuid4()), who: user_id, "writeKey": SOURCE, "properties": properties}


def id_of(event: Json) -> str:
    """Whom it is about."""
    return str(event["userId"] if "userId" in event else event["anonymousId"])


def encoded(event: Json, *, at: int) -> tuple[bytes, bytes]:
    """Key and value of its record. Raises InvalidInput where the job would refuse it: the id is nobody's, say."""
    user_id = id_of(event)
    key, value = user_id.encode("utf-8", "surrogatepass"), json.dumps(event, ensure_ascii=False).encode("utf-8", "surrogatepass")
    for answer in decode_all(key, value, at):
        if not isinstance(answer, Event):
            message = f"{user_id!r} cannot be asked about: {answer.message}"
            raise InvalidInput(message)
    return key, value


def send_and_wait(places: Places, topic: str, event: Json, is_answer: Callable[[Json], bool], *, seconds: float) -> Json:
    """Send the event and return its answer on `topic`, the first record that `is_answer`. Raises NoAnswer, InvalidInput, NotFound, KafkaUnavailable.

    The record's time is that of the newest event: a replay's time is not moved to today by a question.
    """
    end_offsets(places.brokers, places.events)  # says what is missing, where a producer would only wait
    at = newest(places.brokers, places.events) or int(time.time() * 1000)
    key, value = encoded(event, at=at)
    with closing(consumer(places.brokers, [topic], start="latest", fetch_max_wait_ms=5)) as reader:
        with closing(producer(places.brokers)) as sender:
            sender.send(places.events, key=key, value=value, timestamp_ms=at).get(timeout=15)
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            for found in _values(reader):
                if is_answer(found):
                    return found
    message = f"no answer on {topic} within {seconds:g} s"
    hint = f"does the job run, and is it new enough (`kairos status`)? It reads {places.events} in order: a backlog comes first"
    raise NoAnswer(message, hint)


def _values(reader: Any) -> Iterator[Json]:
    for records in reader.poll(timeout_ms=POLL_MS).values():
        for record in records:
            if (value := object_of(record.value)) is not None:  # else somebody else's: the job writes JSON objects
                yield value
