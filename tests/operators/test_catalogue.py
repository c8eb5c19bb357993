"""The product catalogue in the operator: a new version counts from the next event on, and one that cannot be read is reported."""

import json
import time
from pathlib import Path
from typing import Any

import msgspec
import pytest
from pyflink.common import Row

from services.catalogue.files import CatalogueFiles
from services.control.pointers import CATALOGUE
from services.items.store import Store
from tests.builders import book, campaign
from tests.operators.fakes import FakeContext
from tests.operators.running import T0, opened, sent
from tests.operators.test_models import viewed
from udfs.core.campaigns.book import ControlValue
from udfs.core.items.item import Item
from udfs.core.items.published import KEY, Published
from udfs.operators.decide import CONTROL, Decide

SEEN = campaign(
    "seen",
    trigger={"event": "product_viewed"},
    when="item(event.product_id).price > 10 or item(event.product_id).price == null",
    entry=None,
    variants={"mail": {"channel": "push", "content": {"body": "{{ item(event.product_id).price }}"}}},
)
BOOK = book({"features": []}, SEEN)


@pytest.fixture
def context() -> FakeContext:
    return FakeContext()


def published(folder: Path, **prices: float) -> Published:
    with Store() as store:
        store.put([Item(id=key, price=price) for key, price in prices.items()])
        return Published((CatalogueFiles(str(folder)).put(store),))


def control(offset: int, version: Published) -> Row:
    return Row(KEY, CATALOGUE.record(version, at=0).value, offset)


def used(operator: Decide, context: FakeContext, at: int) -> dict[str, Any]:
    """What the decision about a view has read; waits for a version that is still loading."""
    assert operator._engine is not None
    operator._catalogue.follow(operator._engine.book.catalogue, wait=20)
    (decision,) = [json.loads(row[2]) for row in sent(operator, context, at, viewed(at)) if row[0] == "decisions"]
    found: dict[str, Any] = decision["catalogue"]
    return found


def test_versions_come_and_go_between_two_events(context: FakeContext, tmp_path: Path) -> None:
    operator = opened(context, BOOK)
    sent(operator, context, T0, viewed(T0))
    assert used(operator, context, T0 + 1) == {"version": None, "items": {}, "unknown": {"tent": "NO_CATALOGUE"}}
    one, two = published(tmp_path, tent=11.0), published(tmp_path, tent=22.0)
    operator.process_broadcast_element(control(1, one), context)
    operator._catalogue.follow(one, wait=20)
    assert used(operator, context, T0 + 2) == {"version": one.version, "items": {"tent": {"price": 11.0}}, "unknown": {}}
    operator.process_broadcast_element(control(2, two), context)
    until(operator, two)
    assert used(operator, context, T0 + 3)["items"] == {"tent": {"price": 22.0}}
    operator.process_broadcast_element(Row(KEY, None, 3), context)
    assert used(operator, context, T0 + 4)["unknown"] == {"tent": "NO_CATALOGUE"}


def until(operator: Decide, version: Published) -> None:

    ends = time.monotonic() + 20
    while operator._catalogue.current.version != version.version:
        assert time.monotonic() < ends
        time.sleep(0.01)


def test_after_a_restore_the_first_event_meets_the_version_of_before(context: FakeContext, tmp_path: Path) -> None:
    one = published(tmp_path, tent=11.0)
    first = opened(context, BOOK)
    sent(first, context, T0, viewed(T0))
    first.process_broadcast_element(control(BOOK.end, one), context)
    restored = opened(context, BOOK)
    (decision,) = [json.loads(row[2]) for row in sent(restored, context, T0 + 9, viewed(T0 + 9)) if row[0] == "decisions"]
    assert decision["catalogue"]["items"] == {"tent": {"price": 11.0}}


def test_state_holds_a_pointer_and_no_items(context: FakeContext, tmp_path: Path) -> None:
    operator = opened(context, BOOK)
    sent(operator, context, T0, viewed(T0))
    operator.process_broadcast_element(control(1, published(tmp_path, **{f"item-{number}": 1.0 for number in range(5_000)})), context)
    stored = dict(context.get_broadcast_state(CONTROL).items())[KEY]
    assert len(stored) < 1_000


def test_a_file_that_is_not_there_is_told_on_rejected_and_the_version_before_stays(context: FakeContext, tmp_path: Path) -> None:
    operator = opened(context, BOOK)
    sent(operator, context, T0, viewed(T0))
    one, two = published(tmp_path, tent=11.0), published(tmp_path, tent=22.0)
    operator.process_broadcast_element(control(1, one), context)
    operator._catalogue.follow(one, wait=20)
    Path(two.layers[0].uri.removeprefix("file://")).unlink()
    operator.process_broadcast_element(control(2, two), context)
    rows: list[Row] = []
    for number in range(400):
        rows += sent(operator, context, T0 + 10 + number, viewed(T0 + 10 + number))
        if any(row[0] == "rejected" for row in rows):
            break

        time.sleep(0.02)
    (told,) = [json.loads(row[2]) for row in rows if row[0] == "rejected"]
    assert (told["reason"], told["key"], told["field"]) == ("BAD_CATALOGUE", "catalogue", "uri")
    assert {json.loads(row[2])["catalogue"]["version"] for row in rows if row[0] == "decisions"} == {one.version}


@pytest.mark.parametrize(
    "document",
    [
        {},
        {"format": 2, "layers": []},
        {"format": 1, "layers": []},
        {"format": 1, "layers": [{}] * 9},
        {"format": 1, "layers": [7]},
        {"format": 1, "layers": [{"uri": "file:///x", "sha256": "0" * 63, "size": 0, "items": -1}]},
        {"format": 1, "layers": [{"uri": 7, "sha256": "0" * 64, "size": True, "items": 1}]},
    ],
)
def test_a_pointer_that_cannot_be_taken_is_refused_and_the_last_good_one_stays(context: FakeContext, tmp_path: Path, document: Any) -> None:
    operator = opened(context, BOOK)
    sent(operator, context, T0, viewed(T0))
    one = published(tmp_path, tent=11.0)
    operator.process_broadcast_element(control(1, one), context)
    value = msgspec.json.encode(ControlValue(kind=KEY, name=KEY, version="v", document=document))
    (row,) = operator.process_broadcast_element(Row(KEY, value, 2), context) or ()
    told = json.loads(row[2])
    assert (told["reason"], told["key"]) == ("BAD_CONTROL", KEY)
    assert used(operator, context, T0 + 1)["version"] == one.version
