"""The public CDNOW sample as events: one order a customer and day, as the published summary counts them. For evidence and tests of values."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec

from bench.public_data import DATA

SAMPLE = DATA / "cdnow" / "CDNOW_sample.txt"
SUMMARY = DATA / "cdnow" / "cdnow_customers_summary_with_transactions.csv"
SPLIT = "1997-09-30"
"""The last day of the 39 weeks that the published parameters are from. 39 more weeks come after it."""
WITHIN = "273d"


def orders() -> Iterator[tuple[str, str, float]]:
    """Customer, day and amount of each order, in order of time."""
    total: dict[tuple[str, str], float] = defaultdict(float)
    for line in SAMPLE.read_text().splitlines():
        _, customer, day, _, amount = line.split()
        total[day, customer] += float(amount)
    for (day, customer), spent in sorted(total.items()):
        yield customer, day, round(spent, 2)


def write(path: Path) -> Path:
    """Write the orders as events of the Segment spec, one a line."""
    with path.open("wb") as file:
        for customer, day, amount in orders():
            at = datetime.strptime(day, "%Y%m%d").replace(tzinfo=UTC)
            event: dict[str, Any] = {
                "type": "track",
                "event": "Order Completed",
                "userId": f"c{customer}",
                "messageId": f"{customer}-{day}",
                "timestamp": at.isoformat(),
                "properties": {"order_id": f"{customer}-{day}", "total": amount, "currency": "USD"},
            }
            file.write(msgspec.json.encode(event) + b"\n")
    return path


def training(folder: Path, features: Path, *, estimator: str, gate: str = "{}") -> Path:
    """Write a training file on the CDNOW events of this folder."""
    path = folder / f"cdnow-{estimator}.yaml"
    path.write_text(f"""training: cdnow-{estimator}
predict: value
history: {{file: events.jsonl}}
features: {features}
within: {WITHIN}
split: {SPLIT}
estimator: {estimator}
gate: {gate}
store: store
registry: registry
runs: runs
""")
    return path
