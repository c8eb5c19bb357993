"""A banner or a withdrawal that cannot be read in full denies more, never less; a grant that cannot be read grants nothing, and is reported."""

import json
from typing import Any

import pytest

from tests.field.test_stops_said_again import GRANT, TENT, bare, sent
from udfs.codecs.decode import decode_all
from udfs.core.records import Event, Rejection


def banner(minute: float, **context: Any) -> Any:
    return bare("page", minute, type="page", messageId=f"page-{minute}-0123456789", context=context)


UNREADABLE: list[Any] = [
    [{"id": "marketing"}],
    [None],
    [["marketing"]],
    [""],
    ["null"],
    ["[object Object]"],
    ["x" * 500],
    ["all"],
    ["*"],
    {"marketing": True},
    {"0": {"id": "marketing"}},
    7.5,
    True,
    "undefined",
    "[object Object]",
    '[{"id": "marketing"}]',
    ["analytics", {}],
]


@pytest.mark.parametrize("field", ["deniedConsentIds", "denied_consent_ids"])
@pytest.mark.parametrize("denied", UNREADABLE)
def test_denied_ids_that_nobody_can_read_deny_everything(field: str, denied: Any) -> None:
    assert sent(banner(-5, consentManagement={field: denied}), TENT, documents=GRANT) == []


@pytest.mark.parametrize(
    "denied", ["marketing", "analytics,marketing", "analytics; Marketing", '["marketing"]', {"0": "ads", "2": "marketing"}, [" Marketing "]]
)
def test_denied_ids_in_any_form_are_heard(denied: Any) -> None:
    assert sent(banner(-5, consentManagement={"deniedConsentIds": denied}), TENT, documents=GRANT) == []
    assert sent(banner(-5, consent_management={"denied_consent_ids": denied}), TENT, documents=GRANT) == []


def test_denied_ids_in_one_of_two_spellings_are_heard() -> None:
    assert sent(banner(-5, consentManagement={"deniedConsentIds": [], "denied_consent_ids": ["marketing"]}), TENT, documents=GRANT) == []
    both = {"consentManagement": {"allowedConsentIds": ["analytics"]}, "consent_management": {"deniedConsentIds": ["marketing"]}}
    assert sent(banner(-5, **both), TENT, documents=GRANT) == []
    assert sent(banner(-5, consent={"categoryPreferences": {}, "category_preferences": {"marketing": False}}), TENT, documents=GRANT) == []


@pytest.mark.parametrize("management", ["garbage", 7, ["marketing"], False, '["marketing"]'])
def test_a_consent_object_that_is_none_denies_everything(management: Any) -> None:
    assert sent(banner(-5, consentManagement=management), TENT, documents=GRANT) == []
    assert sent(banner(-5, consent=management), TENT, documents=GRANT) == []


@pytest.mark.parametrize(
    "ticks",
    ["garbage", 7, ["marketing"], False, {"null": False}, {"": "no"}, {"*": False}, {"x" * 500: False}, {"marketing": {}}, {"marketing": None}],
)
def test_ticks_that_nobody_can_read_deny_everything(ticks: Any) -> None:
    assert sent(banner(-5, consent={"categoryPreferences": ticks}), TENT, documents=GRANT) == []


@pytest.mark.parametrize("nothing", [None, [], "", " ", {}])
def test_nothing_denies_nothing(nothing: Any) -> None:
    assert len(sent(banner(-5, consentManagement={"deniedConsentIds": nothing}), TENT, documents=GRANT)) == 1
    assert len(sent(banner(-5, consent={"categoryPreferences": nothing}), TENT, documents=GRANT)) == 1
    assert len(sent(banner(-5, consent=nothing, consentManagement=nothing), TENT, documents=GRANT)) == 1


@pytest.mark.parametrize("allowed", [[{"id": "marketing"}], {"marketing": True}, 7.5, "all", ["*"], [None]])
def test_allowed_ids_that_nobody_can_read_allow_nothing(allowed: Any) -> None:
    assert sent(banner(-5, consentManagement={"allowedConsentIds": allowed}), TENT, documents=DENY) == []


def test_who_denied_all_by_a_banner_nobody_can_read_may_agree_again() -> None:
    assert len(sent(banner(-5, consentManagement={"deniedConsentIds": 7.5}), bare("consent_given", -4), TENT, documents=GRANT)) == 1


GARBAGE: list[Any] = ["x", "null", "[1]", 7, 0, [1], ["marketing"], True, False, [{"channel": "email"}]]
DENY = (GRANT[0], {"consent": {"default": {"marketing": "deny"}}})


@pytest.mark.parametrize("event", ["consent_given", "subscribed", "Consent Granted"])
@pytest.mark.parametrize("properties", GARBAGE)
def test_a_grant_whose_properties_are_garbage_grants_nothing_and_is_reported(event: str, properties: Any) -> None:
    granted = bare(event, -5, properties=properties)
    assert sent(granted, TENT, documents=DENY) == []
    assert sent(bare("unsubscribed", -15), granted, TENT, documents=GRANT) == []
    read = decode_all(b"ann", granted.value, granted.at)
    assert [type(each) for each in read] == [Event, Rejection]
    assert [(each.accepted, each.field) for each in read if isinstance(each, Rejection)] == [(True, "properties")]


@pytest.mark.parametrize("name", ["purpose", "purposes", "channel", "channels", "expires_at", "expires_in"])
@pytest.mark.parametrize("odd", ["NaN", "1e999", "1" * 300, "[" * 40 + "]" * 40])
def test_a_grant_of_something_that_was_set_aside_grants_nothing(name: str, odd: str) -> None:
    granted = bare("consent_given", -5, properties={name: "HERE"})
    granted = granted._replace(value=granted.value.replace(b'"HERE"', odd.encode()))
    assert sent(granted, TENT, documents=DENY) == []


@pytest.mark.parametrize("properties", [None, {}, [], {"source": float("nan")}, {"purpose": "marketing"}])
def test_a_grant_that_can_be_read_grants_what_it_says(properties: Any) -> None:
    assert len(sent(bare("consent_given", -5, properties=properties), TENT, documents=DENY)) == 1


@pytest.mark.parametrize("event", ["consent_withdrawn", "unsubscribed"])
@pytest.mark.parametrize("properties", GARBAGE)
def test_a_denial_whose_properties_are_garbage_denies_everything(event: str, properties: Any) -> None:
    assert sent(bare(event, -5, properties=properties), TENT, documents=GRANT) == []


def test_what_is_denied_is_said_in_the_rejection() -> None:
    record = banner(-5, consentManagement={"deniedConsentIds": [{"id": "marketing"}]})
    (said,) = [each for each in decode_all(b"ann", record.value, record.at) if isinstance(each, Rejection)]
    assert (said.accepted, said.field) == (True, "context.consentManagement.deniedConsentIds")
    assert json.loads(said.original)["type"] == "page"
