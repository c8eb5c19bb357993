"""Whatever a property of an event of the catalogue is sent as, the engine fails on no event: what cannot be read is set aside or passed over."""

import json
from typing import Any

import pytest

from services.control.records import book_entries
from services.documents.files import load_campaign_files, shipped
from services.local.job import LocalJob
from services.replay.records import Record
from tests.builders import MINUTE, MONDAY
from tests.core.recommend.learned import recommender
from udfs.codecs.catalogue import catalogue
from udfs.core.campaigns.compile_book import compile_book
from udfs.core.recommend.recommender import FixedStand
from udfs.core.records import Rejection

HUGE = 10**400
VALUES: list[Any] = [
    *(HUGE, -HUGE, 1e308, 2**63, True, None, "", " ", "x" * 30_000, "\x00", [], {}, [None], [[]], [{}]),
    *([HUGE], [{"product_id": HUGE, "price": HUGE, "quantity": HUGE}], {"size": HUGE}, [{"type": "size", "value": HUGE}], {"a": {"b": [HUGE]}}),
    *(["x" * 5_000] * 50, [{"product_id": "p", "quantity": -HUGE}], [{"product_id": [1], "name": {"a": 1}, "price": "1e999"}], {"x" * 5_000: 1}),
]
FIELDS = ("products", "filters", "query", "text", "topics", "about", "product_id", "cart_id", "order_id", "price", "quantity", "currency", "total")


@pytest.mark.slow
def test_no_value_of_any_property_makes_the_engine_fail() -> None:
    book = compile_book(book_entries(load_campaign_files(shipped())))
    job = LocalJob(book, stand=FixedStand(recommender({"tent": {"peg": 1}})))
    records, at = [], MONDAY
    for name, known in sorted(catalogue().events.items()):
        for field in dict.fromkeys((*known.expects, *FIELDS)):
            for number, value in enumerate(VALUES):
                at += 1
                user = f"{name}-{field}-{number % 4}"
                told = {"type": "track", "event": name, "userId": user, "messageId": f"m{at}", "properties": {"product_id": "tent", field: value}}
                records.append(Record(at, user.encode(), json.dumps(told).encode()))
    failed = [
        each.message
        for outputs in job.run(records, drain=at + 30 * MINUTE)
        for each in outputs
        if isinstance(each, Rejection) and each.reason == "ENGINE_ERROR"
    ]
    assert len(records) > 5_000
    assert failed == []
