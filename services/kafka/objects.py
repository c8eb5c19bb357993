"""Committed records of topics as JSON objects, as they are now. Anybody can write to a topic: what is no object is passed over."""

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from jobs.read_to_end import read_to_end


def objects(reader: Any) -> Iterator[Mapping[str, Any]]:
    """What is committed now, from where a consumer stands."""
    for records in read_to_end(reader):
        for record in records:
            if (found := object_of(record.value)) is not None:
                yield found


def object_of(value: bytes | None) -> dict[str, Any] | None:
    """The JSON object in a record; None where it holds none, whatever its bytes."""
    try:
        return msgspec.json.decode(value or b"", type=dict[str, Any])
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
