"""Segment-spec events as a tracker sends them, for checks with invented customers."""

import json
from datetime import UTC, datetime
from typing import Any

SECOND = 1_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE


def track(event: str, user: str, at: int, **properties: Any) -> bytes:
    """A customer does something; `at` in epoch milliseconds. The message id follows from all of it, so equal histories are equal bytes."""
    stamp = datetime.fromtimestamp(at / 1000, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    message = f"{event}-{user}-{at}-{properties.get('product_id', '')}"
    return json.dumps(
        {"type": "track", "event": event, "messageId": message, "userId": user, "timestamp": stamp, "properties": properties}, separators=(",", ":")
    ).encode()


def viewed(user: str, at: int, product: str) -> bytes:
    """A product looked at."""
    return track("Product Viewed", user, at, product_id=product, name=product.capitalize(), price=60)


def added(user: str, at: int, product: str, price: float) -> bytes:
    """One of a product put into the cart."""
    return track("Product Added", user, at, product_id=product, name=product.capitalize(), price=price, quantity=1)


def ordered(user: str, at: int, total: float) -> bytes:
    """The cart bought."""
    return track("Order Completed", user, at, order_id=f"order-{user}", total=total)
