"""What recommends in the operator: a new version counts from the next event on, and one that cannot be read is reported."""

import hashlib
import json
import time
from pathlib import Path
from typing import Any

import msgspec
import pytest
from pyflink.common import Row

from services.control.pointers import RECOMMENDER
from services.recommend import written
from services.recommend.written import recommender_of
from tests.builders import book, campaign
from tests.operators.fakes import FakeContext
from tests.operators.running import T0, opened, sent
from tests.operators.test_models import viewed
from udfs.core.campaigns.book import ControlValue
from udfs.core.items.published import Layer, Published
from udfs.core.recommend.recommender import KEY
from udfs.operators.decide import CONTROL, Decide
from udfs.recommend.packed import pack

SHOWN = campaign(
    "shown",
    trigger={"event": "product_viewed"},
    when=None,
    entry=None,
    variants={"mail": {"channel": "push", "content": {"body": "{{ (recommend(1) | first).id }}"}}},
)
BOOK = book({"features": []}, SHOWN)


@pytest.fixture
def context() -> FakeContext:
    return FakeContext()


def published(folder: Path, popular: str) -> Published:
    found: list[str] = []
    learned = written.learned_of({"popular": [popular]}, lambda *told: found.append(str(told)))
    assert learned is not None and not found
    content = pack(learned)
    sha256 = hashlib.sha256(content).hexdigest()
    path = folder / f"{sha256}.krec"
    path.write_bytes(content)
    return Published((Layer(path.as_uri(), sha256, len(content), 1),))


def control(offset: int, version: Published | None) -> Row:
    return Row(KEY, None if version is None else RECOMMENDER.record(version, at=0).value, offset)


def listed(rows: list[Row]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = [json.loads(row[2])["recommended"][0] for row in rows if row[0] == "decisions"]
    return found


def asked(operator: Decide, context: FakeContext, at: int) -> dict[str, Any]:
    """The list of the decision about a view; waits for a version that is still loading."""
    assert operator._engine is not None
    operator._recommender.follow(operator._engine.book.recommender, wait=20)
    (found,) = listed(list(sent(operator, context, at, viewed(at))))
    return found


def test_versions_come_and_go_between_two_events(context: FakeContext, tmp_path: Path) -> None:
    operator = opened(context, BOOK)
    (before,) = listed(list(sent(operator, context, T0, viewed(T0))))
    assert (before["recommender"], before["reason"], before["items"]) == (None, "NO_RECOMMENDER", [])
    one, two = published(tmp_path, "mug"), published(tmp_path, "lamp")
    for number, (version, item) in enumerate(((one, "mug"), (two, "lamp"), (one, "mug")), start=1):
        operator.process_broadcast_element(control(number, version), context)
        found = asked(operator, context, T0 + number)
        assert (found["recommender"], [each["item"] for each in found["items"]]) == (version.version, [item])
    operator.process_broadcast_element(control(9, None), context)
    assert asked(operator, context, T0 + 9)["reason"] == "NO_RECOMMENDER"


def test_state_holds_the_pointer_and_not_the_file(context: FakeContext, tmp_path: Path) -> None:
    operator = opened(context, BOOK)
    sent(operator, context, T0, viewed(T0))
    operator.process_broadcast_element(control(1, published(tmp_path, "mug")), context)
    assert len(dict(context.get_broadcast_state(CONTROL).items())[KEY]) < 1_000


def test_a_file_that_was_changed_is_told_on_rejected_and_the_version_before_stays(context: FakeContext, tmp_path: Path) -> None:
    operator = opened(context, BOOK)
    sent(operator, context, T0, viewed(T0))
    one, two = published(tmp_path, "mug"), published(tmp_path, "lamp")
    operator.process_broadcast_element(control(1, one), context)
    operator._recommender.follow(one, wait=20)
    path = Path(two.layers[0].uri.removeprefix("file://"))
    path.write_bytes(path.read_bytes()[:-1] + b"x")
    operator.process_broadcast_element(control(2, two), context)
    rows: list[Row] = []
    for number in range(400):
        rows += sent(operator, context, T0 + 10 + number, viewed(T0 + 10 + number))
        if any(row[0] == "rejected" for row in rows):
            break
        time.sleep(0.02)
    (told,) = [json.loads(row[2]) for row in rows if row[0] == "rejected"]
    assert (told["reason"], told["key"], told["field"]) == ("BAD_RECOMMENDER", "recommender", "uri")
    assert {each["recommender"] for each in listed(rows)} == {one.version}


@pytest.mark.parametrize("layers", [[], [{}], "x", [{"uri": "a", "sha256": "b", "size": 1, "items": 1}]])
def test_a_pointer_that_cannot_be_taken_is_refused(context: FakeContext, layers: Any) -> None:
    operator = opened(context, BOOK)
    sent(operator, context, T0, viewed(T0))
    value = ControlValue(kind=KEY, name=KEY, version="v", document={"format": 1, "layers": layers})
    (row,) = operator.process_broadcast_element(Row(KEY, msgspec.json.encode(value), 5), context) or ()
    assert (row[0], json.loads(row[2])["reason"]) == ("rejected", "BAD_CONTROL")


def test_the_code_that_scenarios_use_reads_the_same_file() -> None:
    found = recommender_of({"popular": ["mug"]}, lambda *told: None)
    assert found is not None and found.leading("popular", "") == ([0], [1.0])
