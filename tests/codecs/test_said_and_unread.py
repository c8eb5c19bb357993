"""What is said about consent, bounces and addresses, and cannot be read, is reported; the result stays the same: it denies, or grants nothing."""

from typing import Any

import pytest

from tests.codecs.builders import added, event, said, taken
from udfs.codecs.reasons import RejectionReason as R

NONE: list[Any] = [{}, {"a": 1}, [], 0, 7, True, "", "  ", "null", "undefined", ["marketing", {}], [None], "x" * 65, "<b>"]


def fields(payload: dict[str, Any]) -> list[tuple[str, str | None]]:
    _, asides = taken(payload)
    return [(each.reason, each.field) for each in asides]


@pytest.mark.parametrize("purpose", NONE, ids=repr)
@pytest.mark.parametrize("name", ["Consent Given", "Consent Withdrawn"])
@pytest.mark.parametrize("field", ["purpose", "purposes"])
def test_a_purpose_that_is_none_is_reported_and_stays_as_it_was_sent(name: str, field: str, purpose: Any) -> None:
    read, asides = taken(said(name, **{field: purpose}))
    assert [(each.reason, each.field) for each in asides] == [(R.BAD_PROPERTY, f"properties.{field}")]
    assert read.properties[field] == purpose
    assert "channel" not in read.properties


@pytest.mark.parametrize("purpose", ["marketing", ["marketing", "analytics"], "all", "*", ["any"], "e-mail & co.", None])
@pytest.mark.parametrize("name", ["Consent Given", "Consent Withdrawn"])
def test_a_purpose_that_is_one_is_not_reported(name: str, purpose: Any) -> None:
    event(said(name, purpose=purpose))


@pytest.mark.parametrize("end", ["x", {}, [], True, "never", "0001-01-01", 10**30], ids=repr)
def test_an_end_of_a_consent_that_cannot_be_read_is_reported_and_ends_it_at_once(end: Any) -> None:
    read, asides = taken(said("Consent Given", purpose="marketing", expires_at=end))
    assert [(each.reason, each.field) for each in asides] == [(R.BAD_PROPERTY, "properties.expires_at")]
    assert "expires_at" in read.properties


@pytest.mark.parametrize("span", ["x", {}, 30, "30 days", True], ids=repr)
def test_so_is_a_time_for_which_it_holds(span: Any) -> None:
    assert fields(said("Consent Given", purpose="marketing", expires_in=span)) == [(R.BAD_PROPERTY, "properties.expires_in")]


@pytest.mark.parametrize("spelling", ["expires_at", "expiresAt", "ExpiresAt", "expires-at"])
def test_an_end_is_read_however_it_is_spelled(spelling: str) -> None:
    assert event(said("Consent Given", purpose="marketing", **{spelling: "2026-03-02T10:00:00Z"})).properties["expires_at"] == "2026-03-02T10:00:00Z"


def test_of_other_events_these_names_are_their_own() -> None:
    event(said("Tent Pitched", purpose={}, expires_at="x", expires_in={}))
    event(said("Subscribed", purpose="", expires_at="x"))


@pytest.mark.parametrize("kind", [{}, [], True, ["soft"]], ids=repr)
@pytest.mark.parametrize("spelling", ["bounce_type", "bounceType"])
def test_a_kind_of_bounce_that_is_no_text_is_reported_and_the_bounce_is_a_hard_one(spelling: str, kind: Any) -> None:
    read, asides = taken(said("Email Bounced", decision_id="d", **{spelling: kind}))
    assert [(each.reason, each.field) for each in asides] == [(R.BAD_PROPERTY, f"properties.{spelling}")]
    assert "bounce_type" not in read.properties


@pytest.mark.parametrize("address", [{}, [], ["ada@example.com"], True, 1.5], ids=repr)
@pytest.mark.parametrize("trait", ["email", "phone", "push_token", "pushToken"])
def test_an_address_that_is_none_is_reported(trait: str, address: Any) -> None:
    assert fields(added(type="identify", traits={trait: address})) == [(R.BAD_PROPERTY, f"traits.{trait}")]


@pytest.mark.parametrize(
    ("sent", "read"), [("ada@example.com", "ada@example.com"), (493012345, 493012345), (493012345.0, 493012345), ("", ""), (" ", " ")]
)
@pytest.mark.parametrize("trait", ["phone", "push_token", "Phone", "pushToken"])
def test_an_address_is_text_or_a_whole_number(trait: str, sent: Any, read: Any) -> None:
    name = {"Phone": "phone", "pushToken": "push_token"}.get(trait, trait)
    assert event(added(type="identify", traits={trait: sent})).traits[name] == read
