"""A heavy day: fifty campaigns of which five match each event, and one event in twenty is scored by a boosted model over every feature."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy
from skl2onnx import to_onnx
from sklearn.ensemble import HistGradientBoostingClassifier

from bench import onnx_files
from services.control.model_records import put_in_front, record
from services.control.records import book_entries
from services.documents.files import only
from udfs.core.campaigns.book import Book, Entry
from udfs.core.campaigns.compile_book import apply, compile_book
from udfs.core.features.features import FeatureSet

EVENTS = (
    "product_viewed",
    "page",
    "products_searched",
    "product_added",
    "cart_viewed",
    "order_completed",
    "product_removed",
    "checkout_started",
    "product_list_viewed",
    "coupon_applied",
)
PER_EVENT = 5
SCORED_SHARE = 0.05
FEATURES = Path(__file__).with_name("heavy_features.yaml")
"""The features of that day. They are not those that ship: a later commit ships more, and would be measured on another day."""
TREES, LEAVES, ROWS = 100, 31, 4_000
CONDITIONS = (
    "cart.value > 5000 and views_7d >= 3",
    "orders_90d > 50 and spend_30d > 100",
    'seen("order_refunded", "7d") and user.hour >= 9',
    "session.product_views > 500 or returning and adds_7d > 400",
)
"""Four conditions that are evaluated and do not hold; the fifth holds for the share of customers to score."""


def documents() -> Iterator[dict[str, Any]]:
    """All campaigns: for each kind of event, four that decline and one that uses the model."""
    for event in EVENTS:
        for number, condition in enumerate(CONDITIONS):
            yield {
                "campaign": f"{event.replace('_', '-')}-{number}",
                "trigger": {"event": event},
                "when": condition,
                "entry": {"again": "1h"},
                "variants": {"only": {"channel": "push", "content": {"body": "Hello {{ user.first_name | default('you') }}"}}},
            }
        yield {
            "campaign": f"{event.replace('_', '-')}-scored",
            "trigger": {"event": event},
            "when": "event.lot < 50",
            "variants": {
                "high": {
                    "channel": "email",
                    "content": {"subject": "For you", "body": "{{ features.views_7d }} looks"},
                    "offer": {"percent": "15 if score < 0.1 else 5"},
                }
            },
            "score": {"model": "propensity", "cold_start": 0.03},
        }


def heavy(folder: Path, *, model: bool = True) -> Book:
    """The book of that day. Its model's file is written to `folder`."""
    book = compile_book(book_entries([only(FEATURES, "features")]))
    for offset, document in enumerate(documents(), start=10):
        value = {"kind": "campaign", "name": document["campaign"], "version": f"v{offset}", "document": document}
        book = apply(book, Entry(f"campaign/{document['campaign']}", offset, json.dumps(value).encode()))
    if model:
        made = record(put_in_front(manifest(folder, book.features), None), at=0)
        book = apply(book, Entry(made.key, 1_000, made.value))
    return book


def manifest(folder: Path, features: FeatureSet, *, seed: int = 7) -> dict[str, Any]:
    """A boosted classifier over every feature that is a number, fitted to noise with a hidden rule, as large and as slow as a real one."""
    names = [name for name in features.features if name not in {"last_product", "last_category", "weekday"}]
    chance = numpy.random.default_rng(seed)
    table = chance.gamma(1.0, 3.0, (ROWS, len(names))).astype(numpy.float32)
    table[chance.random(table.shape) < 0.1] = numpy.nan
    answer = (numpy.nan_to_num(table[:, 0]) + chance.normal(0, 2, ROWS) > 4).astype(int)
    fitted = HistGradientBoostingClassifier(max_iter=TREES, max_leaf_nodes=LEAVES, early_stopping=False, random_state=seed).fit(table, answer)
    data = to_onnx(fitted, table[:1], options={"zipmap": False}, target_opset=18).SerializeToString()
    return onnx_files.manifest(folder, data, features=features, inputs=names, input="X")
