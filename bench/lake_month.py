"""A month of events as the lake job would have written and compacted it, made directly: for measuring how it is asked."""

import json
from datetime import UTC, datetime, timedelta

import numpy as np
import pyarrow as pa

from services.lake.rows import write
from services.lake.store import Lake
from udfs.lake.pseudonyms import Pseudonyms
from udfs.lake.tables import BY_NAME, NUMBER, TEXT, TIME

EVENTS, DAYS, PEOPLE, PRODUCTS = 10_000_000, 30, 200_000, 2_000
FIRST = datetime(2026, 3, 1, tzinfo=UTC)
NAMES = ("product_viewed", "page", "product_added", "order_completed")
SHARES = (0.6, 0.28, 0.09, 0.03)
TYPES = {TEXT: pa.string(), NUMBER: pa.float64(), TIME: pa.timestamp("ms"), "INT": pa.int32()}
FILES_A_DAY = 2


def month(lake: Lake, known: Pseudonyms, *, events: int = EVENTS) -> None:
    """Write it: ids `user-0` and on, under these keys."""
    chance = np.random.default_rng(7)
    people = pa.array([known.of(f"user-{number}") for number in range(PEOPLE)])
    told = {name: pa.array([_properties(name, number) for number in range(PRODUCTS)]) for name in NAMES}
    schema = pa.schema([(name, TYPES.get(kind, pa.int64())) for name, kind in BY_NAME["events"].columns])
    each = events // (DAYS * FILES_A_DAY)
    for number in range(DAYS * FILES_A_DAY):
        count = each + (events - each * DAYS * FILES_A_DAY if number == 0 else 0)
        day = FIRST + timedelta(days=number // FILES_A_DAY)
        at = np.sort(int(day.timestamp() * 1000) + chance.integers(0, 86_400_000, count))
        names = chance.choice(len(NAMES), count, p=SHARES)
        products = chance.integers(0, PRODUCTS, count)
        properties = pa.concat_arrays([told[name] for name in NAMES]).take(pa.array(names * PRODUCTS + products))
        columns = {
            "person": people.take(pa.array((chance.pareto(1.2, count) * 300).astype(np.int64) % PEOPLE)),
            "message": pa.array([f"{known.epoch}-{value:032x}" for value in chance.integers(0, 2**62, count)]),
            "type": pa.array(["track", "page"]).take(pa.array((names == 1).astype(np.int64))),
            "event": pa.array(NAMES).take(pa.array(names)),
            "at": pa.array(at).cast(pa.timestamp("ms")),
            "recorded": pa.array(at + chance.integers(10, 2000, count)).cast(pa.timestamp("ms")),
            "properties": properties,
            "traits": pa.array(["{}"]).take(pa.array(np.zeros(count, np.int64))),
            "context": pa.array(['{"locale":"de-DE","timezone":"Europe/Berlin"}']).take(pa.array(np.zeros(count, np.int64))),
            "topic_partition": pa.array(chance.integers(0, 4, count).astype(np.int32)),
            "topic_offset": pa.array(np.arange(count) + number * 1_000_000),
            "topic_item": pa.array(np.zeros(count, np.int64)),
        }
        rows = pa.RecordBatch.from_arrays([columns.get(field.name, pa.nulls(count, field.type)) for field in schema], schema=schema)
        folder = f"{lake.root}/events/dt={day:%Y-%m-%d}"
        lake.files.create_dir(folder, recursive=True)
        write(lake, f"{folder}/part-{number}", schema, [rows])


def _properties(name: str, number: int) -> str:
    if name == "order_completed":
        return json.dumps({"order_id": f"o{number}", "total": 10.0 + number % 200, "currency": "EUR"})
    return json.dumps(
        {"product_id": f"p{number}", "price": 5.0 + number % 300, "quantity": 1, "category": f"c{number % 40}", "name": f"Product {number}"}
    )
