"""The operator with a fake context, and what is sent to it."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from pyflink.common import Row

from tests.operators.fakes import FakeContext
from udfs.codecs.topics import Topics
from udfs.core.campaigns.book import Book, Entry
from udfs.core.campaigns.compile_book import compile_book
from udfs.core.engine import Engine
from udfs.operators.decide import Decide

T0 = 1_300_000_000_000
MINUTE = 60_000
CART = {
    "campaign": "cart-abandonment",
    "trigger": {"idle": "30m", "of": "cart", "unless": ["order_completed"]},
    "variants": {"only": {"channel": "email", "content": {"subject": "Your cart waits", "body": "Hello"}}},
}


def entry(offset: int, document: dict[str, Any] | None = None, *, name: str = "cart-abandonment") -> Entry:
    if document is None:
        return Entry(f"campaign/{name}", offset, None)
    value = {"kind": "campaign", "name": name, "version": "v1", "status": "live", "document": document}
    return Entry(f"campaign/{name}", offset, json.dumps(value).encode())


def without_people(new_engine: Callable[..., Engine]) -> Callable[..., Engine]:
    """The same engine, without the directory of people: its records are the subject of test_people alone."""

    def made(book: Book, **told: Any) -> Engine:
        return new_engine(book, **{**told, "people": False})

    return made


def opened(context: FakeContext, book: Book, new_engine: Callable[..., Engine] = Engine) -> Decide:
    operator = Decide(book=book.pack(), topics=Topics(), max_event_bytes=10_000, new_engine=without_people(new_engine))
    operator.open(context)
    return operator


def added(at: int, *, user: str = "anna") -> bytes:
    properties = {"product_id": "tent", "price": 120.0, "quantity": 1}
    return json.dumps(
        {"type": "track", "event": "Product Added", "messageId": f"m{at}", "userId": user, "timestamp": iso(at), "properties": properties}
    ).encode()


def iso(at: int) -> str:
    """As trackers send it."""
    return datetime.fromtimestamp(at / 1000, UTC).isoformat().replace("+00:00", "Z")


def sent(operator: Decide, context: FakeContext, at: int, value: bytes | None) -> list[Row]:
    context.at = at
    return list(operator.process_element(value, context) or ())


BOOK = compile_book([entry(0, CART)], end=1)
