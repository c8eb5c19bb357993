"""Committed records of topics as JSON objects, as they are now. Anybody can write to a topic: what is no object is passed over."""

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from jobs.read_to_end import read_to_end


def objects(reader: Any) -> Iterator[Mapping[str, Any]]:
    """What is committed now, from where a consumer stands."""
    for records in read_to_end(reader):
        for record in records:
            try:
                yield msgspec.json.decode(record.value or b"", type=dict[str, Any])
            except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
                continue
