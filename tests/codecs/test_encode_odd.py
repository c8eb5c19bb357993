"""What no encoder takes goes out as a rejection that says so."""

import json
from typing import Any

import pytest

from tests.codecs.test_encode import NOW, TOPICS, action
from udfs.codecs.encode import encode


@pytest.mark.parametrize("thing", [object(), 1j, {1, 2}, [object()], {"a": {"b": 1j}}])
def test_what_json_does_not_have_is_rejected_with_its_kind(thing: Any) -> None:
    topic, _, value = encode(action(offer={"x": thing}), decided_at=NOW, topics=TOPICS)
    assert (topic, json.loads(value)["reason"]) == ("shop.rejected", "UNSENDABLE")
    assert "JSON has no " in json.loads(value)["message"]
