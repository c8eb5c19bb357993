"""A small made-up history: customers who come back the sooner, the more they looked at; and rows as tests need them."""

from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

import msgspec

from simulation.segment_spec import iso
from tests.builders import DAY, HOUR, MINUTE, MONDAY
from training.rows import Row

FEATURES = """
features:
  - {name: views_7d, event: product_viewed, aggregate: count, window: 7d}
  - {name: orders_90d, event: order_completed, aggregate: count, window: 90d}
  - {name: spend_30d, event: order_completed, aggregate: sum, of: properties.total, window: 30d}
  - {name: device, event: product_viewed, aggregate: last, of: context.device.type}
  - {name: last_product, event: product_viewed, aggregate: last, of: properties.product_id}
  - {name: weekday, expression: user.weekday}
  - {name: returning, expression: orders_90d > 1}
"""
WITHIN = 5 * DAY
TRAINING = """
training: comes-back
history: {file: events.jsonl}
features: features.yaml
goal: order_completed
within: 5d
check: 5
store: store
registry: registry
runs: runs
"""
"""A training on this shop; tests add what they are about."""


def history(path: Path, *, users: int = 60, days: int = 120, seed: int = 7) -> Path:
    """Write events, one a line, in order of time. Whoever looks at more than four products orders again within three days."""
    random = Random(seed)
    events: list[tuple[int, dict[str, Any]]] = []

    def post(at: int, user: str, name: str, **properties: Any) -> None:
        device = "mobile" if int(user[1:]) % 2 else "desktop"
        event = {"type": "track", "event": name, "userId": user, "messageId": f"e{len(events)}", "timestamp": iso(at), "properties": properties}
        events.append((at, event | {"context": {"device": {"type": device}}}))

    for n in range(users):
        at = MONDAY + random.randrange(10 * DAY)
        while at < MONDAY + days * DAY:
            views = random.randint(1, 8)
            for view in range(views):
                post(at + view * MINUTE, f"u{n}", "Product Viewed", product_id=f"p{random.randrange(500)}", price=20.0)
            post(at + HOUR, f"u{n}", "Order Completed", order_id=f"o{n}-{at}", total=round(random.uniform(10, 90), 2))
            eager = views > 4 and random.random() < 0.9
            at += random.randrange(DAY, 3 * DAY) if eager else random.randrange(6 * DAY, 25 * DAY)
    lines = [msgspec.json.encode(event) for _, event in sorted(events, key=lambda each: each[0])]
    path.write_bytes(b"\n".join(lines) + b"\n")
    return path


def features(folder: Path) -> Path:
    """Write the features of this shop."""
    path = folder / "features.yaml"
    path.write_text(FEATURES)
    return path


def row(at: int, *, label: bool = False, user: str = "ada", known_at: int | None = None, **values: Any) -> Row:
    """A row with these features."""
    return Row(
        decision_id=f"d{at}-{user}",
        attempt=0,
        user_id=user,
        at=at,
        known_at=at if known_at is None else known_at,
        features=values,
        label=label,
        goals=1,
        since_goal=None,
    )


def rows(number: int, make: Callable[[int], dict[str, Any]], *, label: Callable[[int], bool]) -> list[Row]:
    """So many rows, one an hour, each of a user of its own."""
    return [row(MONDAY + n * HOUR, user=f"u{n}", label=label(n), **make(n)) for n in range(number)]
