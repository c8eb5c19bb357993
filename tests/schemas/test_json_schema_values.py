"""The JSON Schemas of files and the readers draw the same line between values that can be and values that cannot."""

import copy
from typing import Any

import pytest

from tests.schemas.documents import taken, valid
from tests.schemas.spoilt import Place, at
from tests.schemas.whole import MORE, WHOLE


@pytest.mark.parametrize(
    ("kind", "path", "values"),
    [
        ("campaign", ("trigger", "idle"), ["30m"]),
        ("campaign", ("control_group",), ["10", "101%", "150%", "100.5%", 10]),
        ("campaign", ("send", "expires"), ["6 hours", "", 6, "0h", "0.0m", "401d", "58w", "9601h", "99999999999999999d"]),
        ("campaign", ("description",), [None, 5, ["a"]]),
        ("campaign", ("purpose",), [None, "", "Marketing", "a/b", "*", "-", "all", " a", "x" * 65]),
        ("campaign", ("score",), [None]),
        ("campaign", ("score", "class"), [None, 1]),
        ("campaign", ("variants", "mail", "offer"), [None, {}]),
        ("campaign", ("entry",), [{"once_per": "cart.id", "concurrent": None}, {"once_per": "cart.id", "concurrent": 3}]),
        ("policy", ("description",), [None, 5, {}]),
        ("policy", ("holdout", "epoch"), [2026, "", "  ", None]),
        ("policy", ("holdout", "exempt"), ["Transactional", ["vip", "STORAGE"], ""]),
        ("policy", ("quiet_hours", "spread"), ["401d"]),
        ("policy", ("caps", 0, "id"), ["", " ", 5]),
        ("policy", ("caps", 0, "within"), ["0h", "0.0d", None]),
        ("policy", ("caps", 0, "channel"), [["email", "any"], []]),
        ("policy", ("consent", "default"), [{"Marketing": "deny"}, {"a=b": "deny"}, {"-": "deny"}]),
        ("policy", ("consent", "categories"), [{"Ads": "Marketing"}, {"Ads": "*"}, {"Ads": None}]),
        ("policy", ("currency",), [{"base": "usd"}, {"base": ""}, {"base": None}, {"rates": {}}, {"base": "USD", "rates": {"eur": 1.08}}]),
        ("campaign", ("campaign",), ["Cart", "a" * 65, ""]),
        ("campaign", ("variants", "push", "weight"), [-1, True, "1"]),
        ("campaign", ("score", "cold_start"), [None, "0.1", True]),
        ("campaign", ("variants", "push", "channel"), ["E-Mail", "any", [], ["push", "all"], ["push"] * 21, "x" * 65]),
        ("policy", ("quiet_hours", "from"), ["24:00", "22", 22]),
        ("policy", ("caps", 0, "max"), [-1, 501, 1.5, True]),
        ("policy", ("caps", 0, "per"), ["week"]),
        ("policy", ("suppress", 0, "after"), ["0 dismissed", "51 dismissed", "2 ignored", "two dismissed"]),
        ("policy", ("throughput", "email"), ["0 per minute", "1000 a minute", 1000, "9999999999 per minute"]),
        ("policy", ("consent", "default", "marketing"), ["maybe", None]),
        ("policy", ("currency", "rates", "EUR"), [0, -1, "1", True]),
    ],
)
def test_what_cannot_be_is_refused_by_both(kind: str, path: Place, values: list[Any]) -> None:
    *above, last = path
    for value in values:
        changed = copy.deepcopy(WHOLE[kind])
        at(changed, tuple(above))[last] = value
        assert not taken(kind, changed), value
        assert not valid(kind, changed), value


@pytest.mark.parametrize(
    ("kind", "path", "values"),
    [
        ("policy", ("caps", 0, "max"), [2.0, 0, 500]),
        ("policy", ("caps", 0, "within"), ["30d", "0.5h", "720h", "007d", "1ms"]),
        ("policy", ("trigger_max_age",), ["400d", "9600h", "57w", "576000m", "399.9d"]),
        ("policy", ("throughput", "email"), ["0001 per minute", "999999999 per hour"]),
        ("policy", ("suppress", 0, "after"), ["002 dismissed", "50 opened"]),
        ("policy", ("holdout", "share"), ["0%", "100%", "100.0%", "005%", "99.9 %"]),
        ("policy", ("consent", "categories"), [{"Mail from us": "order updates"}]),
        ("campaign", ("priority",), [2.0, -1]),
    ],
)
def test_what_can_be_is_taken_by_both(kind: str, path: Place, values: list[Any]) -> None:
    *above, last = path
    for value in values:
        changed = copy.deepcopy(WHOLE[kind])
        at(changed, tuple(above))[last] = value
        assert taken(kind, changed), value
        assert valid(kind, changed), value


@pytest.mark.parametrize(
    ("key", "value"), [("doc", None), ("doc", 5), ("purpose", None), ("purpose", "Ads"), ("purpose", "a~b"), ("window", "0d"), ("window", "9999d")]
)
def test_what_cannot_be_of_a_feature_is_refused_by_both(key: str, value: object) -> None:
    document = copy.deepcopy(MORE[-1][1])
    document["features"][0][key] = value
    assert not taken("features", document)
    assert not valid("features", document)


def test_a_step_without_a_name_leaves_its_id_out() -> None:
    document = copy.deepcopy(next(document for _, document in MORE if "steps" in document))
    document["steps"][0]["id"] = None
    assert not taken("campaign", document)
    assert not valid("campaign", document)
