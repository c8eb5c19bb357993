"""`kairos catalogue load`: what of a feed is sent to the topic, and what is removed."""

import json
from collections.abc import Sequence
from typing import Any

import pytest

from services.catalogue import load as loading
from services.catalogue.load import load
from tests.catalogue.fake_kafka import FakeKafka, goods
from udfs.core.items.item import Item
from udfs.core.values.errors import NotAllowed


def sent(kafka: FakeKafka) -> list[tuple[str, Any]]:
    found = [(str((key or b"").decode()), None if value is None else json.loads(value)) for held in kafka.held.values() for key, value in held]
    return sorted(found, key=lambda each: each[0])


def loaded(entries: Sequence[Item], **options: Any) -> loading.Loaded:
    return load("b", "catalogue", entries, **{"whole": False, **options})


def test_only_what_says_something_new_is_sent(kafka: FakeKafka) -> None:
    assert loaded(goods(10)) == (10, 0, 0)
    assert loaded([*goods(9), Item(id="i9", price=2.0), Item(id="new")]) == (2, 0, 9)


def test_without_whole_nothing_is_removed_and_with_it_what_is_missing_is(kafka: FakeKafka) -> None:
    loaded(goods(10))
    assert loaded(goods(9)) == (0, 0, 9)
    assert loaded(goods(9), whole=True) == (0, 1, 9)
    assert ("i9", None) in sent(kafka)


def test_a_feed_that_was_cut_off_does_not_empty_the_shop(kafka: FakeKafka) -> None:
    loaded(goods(10))
    before = sent(kafka)
    with pytest.raises(NotAllowed, match="lacks 8 of the 10 items"):
        loaded([*goods(2), Item(id="new")], whole=True)
    assert sent(kafka) == before
    assert loaded(goods(2), whole=True, remove_most=True) == (0, 8, 2)


def test_a_feed_of_which_nothing_can_be_read_removes_nothing_whatever_is_said(kafka: FakeKafka) -> None:
    assert loaded([], whole=True, remove_most=True) == (0, 0, 0)
    loaded(goods(10))
    before = sent(kafka)
    with pytest.raises(NotAllowed, match="would remove all 10 of the catalogue"):
        loaded([], whole=True, remove_most=True)
    assert sent(kafka) == before


def test_of_an_id_that_comes_twice_the_last_is_sent(kafka: FakeKafka) -> None:
    assert loaded([Item(id="a", price=1.0), Item(id="a", price=2.0)]) == (1, 0, 0)
    assert sent(kafka) == [("a", {"id": "a", "price": 2.0})]
