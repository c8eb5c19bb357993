"""What was ticked in a banner is read however the keys are spelled: a denial is never lost to a capital letter."""

from typing import Any

import pytest

from tests.codecs.builders import added, event
from udfs.core.policy.consent_words import ticked


@pytest.mark.parametrize("outer", ["consent", "Consent", "CONSENT"])
@pytest.mark.parametrize("inner", ["categoryPreferences", "category_preferences", "CategoryPreferences", "Category Preferences"])
def test_a_category_that_is_denied(outer: str, inner: str) -> None:
    read = event(added(context={outer: {inner: {"Advertising": False}}}))
    assert list(ticked(read.context)) == [("Advertising", False)]


@pytest.mark.parametrize("outer", ["consentManagement", "consent_management", "ConsentManagement"])
@pytest.mark.parametrize("inner", ["deniedConsentIds", "denied_consent_ids", "DeniedConsentIds", "deniedConsentIDs"])
def test_an_id_that_is_denied(outer: str, inner: str) -> None:
    read = event(added(context={outer: {inner: ["ads"]}}))
    assert list(ticked(read.context)) == [("ads", False)]


def test_two_spellings_that_contradict_each_other_deny() -> None:
    context: dict[str, Any] = {"consent": {"categoryPreferences": {"ads": True}}, "Consent": {"CategoryPreferences": {"ads": False}}}
    assert list(ticked(event(added(context=context)).context)) == [("ads", False)]
