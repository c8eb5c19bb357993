"""Histories of customers who order as BG/NBD says, with what real histories have besides: repeats, cancellations, junk, and people without orders."""

from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from simulation.segment_spec import iso
from tests.builders import DAY, MONDAY

FEATURES = Path(__file__).parents[3] / "docs" / "examples" / "value" / "features.yaml"
DAYS = 400


def write(path: Path, *, customers: int = 400, seed: int = 5) -> Path:
    """Write events, one a line, in order of time."""
    random = np.random.default_rng(seed)
    events: list[tuple[int, dict[str, Any]]] = []

    def post(at: float, user: str, name: str, **properties: Any) -> None:
        event = {"type": "track", "event": name, "userId": user, "messageId": f"m{len(events)}", "timestamp": iso(int(at)), "properties": properties}
        events.append((int(at), event))

    for n in range(customers):
        rate, leaves, worth = random.gamma(0.8, 1 / 14), random.beta(0.8, 2.5), random.gamma(4, 12)
        at, number = MONDAY + random.uniform(0, 100) * DAY, 0
        while at < MONDAY + DAYS * DAY:
            post(at, f"c{n}", "Order Completed", order_id=f"o{n}-{number}", total=round(float(worth * random.gamma(6, 1 / 6)), 2))
            if n % 11 == 0:  # told again by another tracker
                post(at + 1_000, f"c{n}", "Order Completed", order_id=f"o{n}-{number}", total=1.0)
            number += 1
            if random.random() < leaves:
                break
            at += random.exponential(1 / rate) * DAY
    for n in range(30):
        post(MONDAY + n * DAY, f"looks{n}", "Product Viewed", product_id="p")
    post(MONDAY + 50 * DAY, "odd", "Order Completed", order_id="odd", total="a lot")
    post(MONDAY + DAYS * DAY, "end", "Product Viewed", product_id="p")
    lines = [msgspec.json.encode(event) for _, event in sorted(events, key=lambda each: each[0])]
    path.write_bytes(b"\n".join([*lines[:40], b"{not json", *lines[40:]]) + b"\n")
    return path


def training(folder: Path, *, estimator: str = "bg-nbd", more: str = "") -> Path:
    """Write a training file on the events of this folder."""
    path = folder / f"{estimator}.yaml"
    path.write_text(f"""training: value-{estimator}
predict: value
history: {{file: events.jsonl}}
features: {FEATURES}
within: 90d
estimator: {estimator}
store: store
registry: registry
runs: runs
{more}""")
    return path
