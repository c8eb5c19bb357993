"""Lakes to test with: the files that the job would write, made without a cluster by the same code."""

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from udfs.lake.pseudonyms import Pseudonyms
from udfs.lake.tables import BY_NAME, NUMBER, TEXT, TIME, Rules

KNOWN = Pseudonyms(keys={1: bytes(range(32)), 2: bytes(range(1, 33))})
TYPES = {TEXT: pa.string(), NUMBER: pa.float64(), TIME: pa.timestamp("ms"), "INT": pa.int32()}
START = 1_772_438_400_000
"""2026-03-02, midnight UTC."""
HOUR = 3_600_000
DAY = 24 * HOUR


def track(user: str, event: str, at: int, *, message: str = "", **more: Any) -> dict[str, Any]:
    """An event in the Segment spec."""
    return {"type": "track", "event": event, "messageId": message or f"{event}-{user}-{at}-message", "userId": user, "timestamp": at, **more}


def schema(table: str) -> pa.Schema:
    """The columns that the job writes."""
    return pa.schema([(name, TYPES.get(kind, pa.int64())) for name, kind in BY_NAME[table].columns])


def put(
    lake: Path, table: str, records: Iterable[tuple[str, Mapping[str, Any], int]], *, name: str, rules: Rules | None = None, first: int = 0
) -> int:
    """Write a finished file of (key, value, time of the record), all of one day. Returns the number of rows."""
    told = rules or Rules(pseudonyms=KNOWN)
    rows: list[dict[str, Any]] = []
    day = ""
    for offset, (key, value, at) in enumerate(records, first):
        for row in BY_NAME[table].rows(key.encode(), json.dumps(value).encode(), at, told):
            read = dict(zip((column for column, _ in BY_NAME[table].read_columns), row, strict=True))
            rows.append({**read, "recorded": at, "topic_partition": 0, "topic_offset": offset})
            day = _day(at)
    folder = lake / table / f"dt={day}"
    folder.mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.Table.from_pylist(rows, schema=schema(table)), folder / name)
    return len(rows)


def events(lake: Path, told: Iterable[Mapping[str, Any]], *, name: str = "part-0", rules: Rules | None = None, first: int = 0) -> int:
    """The same, of events: the key and the record's time are the event's own."""
    return put(
        lake,
        "events",
        [(each["userId"] if "userId" in each else each["anonymousId"], each, each["timestamp"]) for each in told],
        name=name,
        rules=rules,
        first=first,
    )


def _day(at: int) -> str:
    import datetime

    return datetime.datetime.fromtimestamp(at / 1000, datetime.UTC).strftime("%Y-%m-%d")
