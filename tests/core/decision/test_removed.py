"""What a profile holds of removed campaigns and features goes 90 days after the removal, and never merely because the book lacks them."""

from typing import Any

import pytest

from tests.builders import DAY, HOUR, MINUTE, MONDAY, Life, campaign, control, event
from udfs.core.campaigns.book import Book, Entry
from udfs.core.campaigns.compile_book import apply, compile_book, unpack
from udfs.core.engine import Engine
from udfs.core.features.language.features import compile_features
from udfs.core.profile.state import Profile
from udfs.core.profile.stored import decode
from udfs.core.values.problems import DocumentError

T = MONDAY + 10 * HOUR
KEY = "campaign/news"
NEWS = campaign("news", trigger={"event": "go"}, when=None, entry={"again": "300d"})
VIEWS = {"name": "views", "event": "product_viewed", "aggregate": "count"}
ADDS = {"name": "adds", "event": "product_added", "aggregate": "count"}
(VIEWS_KEY,) = (feature.state for feature in compile_features({"features": [VIEWS]}).features.values())


def mailed(**features: Any) -> Life:
    """Somebody who was mailed by a campaign, and looked at a product."""
    book = compile_book([control({"features": [VIEWS, ADDS]}), control(NEWS, offset=1)])
    return Life(Engine(book)).live([event("go", T), event("product_viewed", T + MINUTE, product_id="tent")])


def told(life: Life, *entries: Entry) -> Life:
    for entry in entries:
        life.engine.book = apply(life.engine.book, entry)
    return life


def visits(life: Life, at: int) -> Profile:
    """What is held of somebody after a visit at this time."""
    return decode(life.live([event("page", at)]).blob or b"")


def test_an_entry_goes_at_the_first_visit_more_than_90_days_after_the_tombstone() -> None:
    life = told(mailed(), Entry(KEY, 9, None, at=T + DAY))
    assert visits(life, T + 91 * DAY).entered.keys() == {"news"}
    assert visits(life, T + 92 * DAY).entered == {}


def test_a_campaign_that_comes_back_within_that_time_remembers_whom_it_mailed() -> None:
    life = told(mailed(), Entry(KEY, 9, None, at=T + DAY))
    visits(life, T + 50 * DAY)
    told(life, control(NEWS, offset=10))
    visits(life, T + 200 * DAY)
    life.live([event("go", T + 200 * DAY + MINUTE)])
    assert len(life.actions) == 1


def test_nothing_goes_because_the_book_lacks_it_or_cannot_tell_since_when() -> None:
    life = mailed()
    life.engine.book = Book()
    assert visits(life, T + 350 * DAY).entered.keys() == {"news"}
    told(life, Entry(KEY, 9, None))
    assert visits(life, T + 360 * DAY).entered.keys() == {"news"}
    assert VIEWS_KEY in decode(life.blob or b"").features


def test_a_record_that_is_refused_removes_nothing() -> None:
    book = compile_book([control({"features": [VIEWS]}), control(NEWS, offset=1), Entry(KEY, 2, b"nonsense", at=T)])
    life = Life(Engine(book)).live([event("go", T)])
    assert visits(life, T + 200 * DAY).entered.keys() == {"news"}


def test_who_was_held_out_is_forgotten_with_it() -> None:
    held = campaign("news", trigger={"event": "go"}, when=None, entry={"again": "300d"}, control_group="99.9%")
    life = Life(Engine(compile_book([control(held, offset=1)]))).live([event("go", T)])
    assert set(decode(life.blob or b"").entered) <= {"news", "~news"}
    assert decode(life.blob or b"").entered
    assert visits(told(life, Entry(KEY, 9, None, at=T)), T + 91 * DAY).entered == {}


def test_the_sums_of_a_feature_go_likewise_and_those_of_others_stay() -> None:
    life = mailed().live([event("product_added", T + 2 * MINUTE, product_id="tent", quantity=1, price=5.0)])
    held = set(decode(life.blob or b"").features)
    told(life, control({"features": [ADDS], "removed": {VIEWS_KEY: T + DAY}}, offset=9))
    assert set(visits(life, T + 91 * DAY).features) == held
    assert set(visits(life, T + 92 * DAY).features) == held - {VIEWS_KEY}


def test_a_feature_that_is_counted_again_is_not_removed_whatever_the_document_says() -> None:
    life = told(mailed(), control({"features": [VIEWS], "removed": {VIEWS_KEY: T}}, offset=9))
    assert VIEWS_KEY in visits(life, T + 200 * DAY).features


@pytest.mark.parametrize("removed", [5, {"a": "yesterday"}, ["a"]])
def test_a_date_that_cannot_be_read_is_refused(removed: Any) -> None:
    with pytest.raises(DocumentError, match="epoch milliseconds"):
        compile_features({"features": [VIEWS], "removed": removed})


def test_a_restored_job_still_knows_when_a_campaign_was_removed() -> None:
    """The tombstone on the topic may be compacted away by then, and an older savepoint does not know the time."""
    packed = compile_book([control({"features": [VIEWS]})], end=20).pack()
    assert unpack(packed, restored=[Entry(KEY, 9, None, at=T)]).removed == {"news": T}
    assert unpack(packed, restored=[Entry(KEY, 9, None)]).removed == {}
    assert unpack(packed, restored=[control(NEWS, offset=9)]).campaigns == {}
    newer = compile_book([control({"features": [VIEWS]}), control(NEWS, offset=12)], end=20).pack()
    assert unpack(newer, restored=[Entry(KEY, 9, None, at=T)]).removed == {}
