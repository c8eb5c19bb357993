"""The events of a lake as history: people are pseudonyms, which is all that learning needs."""

from collections.abc import Iterator
from typing import Any

import msgspec

from services.lake.ask import fetched, opened, run
from services.lake.store import Lake
from services.replay.records import History, Record
from training.errors import HistoryError
from udfs.core.values.errors import KairosError

_COLUMNS = 'epoch_ms(recorded), person, anonymous, previous, message, type, event, epoch_ms("at"), properties, traits, context'
_ORDER = "recorded, topic_partition, topic_offset, topic_item"
_encode = msgspec.json.Encoder().encode
_group = msgspec.json.Decoder(dict[str, Any]).decode


def read(place: str) -> History:
    """Every event of a lake in order of time, sorted on disk if need be. Raises HistoryError."""
    try:
        lake = Lake(place)
        with opened(lake) as connection:
            count = int(run(connection, "SELECT count(*) FROM events").fetchall()[0][0])
    except KairosError as problem:
        raise HistoryError(problem.message) from problem
    if not count:
        message = f"the lake at {place} holds no event: name another, or fill it with `kairos lake submit`"
        raise HistoryError(message)
    return History(events=count, records=_records(lake))


def _records(lake: Lake) -> Iterator[Record]:
    try:
        with opened(lake) as connection:
            for row in fetched(run(connection, f"SELECT {_COLUMNS} FROM events ORDER BY {_ORDER}")):
                yield _record(row)
    except KairosError as problem:
        raise HistoryError(problem.message) from problem


def _record(row: tuple[Any, ...]) -> Record:
    """An event as it would be sent in the Segment spec, if the pseudonym were the id."""
    recorded, person, anonymous, previous, message, kind, event, at, properties, traits, context = row
    told: dict[str, Any] = {
        "messageId": message,
        "type": kind,
        "timestamp": at,
        "properties": msgspec.Raw(properties.encode()),
        "context": msgspec.Raw(context.encode()),
    }
    if person != anonymous:
        told["userId"] = person
    if anonymous is not None:
        told["anonymousId"] = anonymous
    if traits != "{}":
        told["traits"] = msgspec.Raw(traits.encode())
    if kind == "track":
        told["event"] = event
    elif kind == "alias":
        told["previousId"] = previous
    elif kind == "group":
        told["groupId"] = _group(properties).get("group_id")
    return Record(recorded, person.encode(), _encode(told))
