"""A denial is never pushed out by purposes and channels that somebody makes up."""

from typing import Any

import pytest

from tests.builders import HOUR, MONDAY, Life, event, life, mail
from tests.core.policy.test_consent import given, withdrawn
from udfs.core.policy.consent import MAX_CONSENTS
from udfs.core.profile.stored import decode
from udfs.core.records import Event

T = MONDAY + 10 * HOUR
GRANT = {"consent": {"default": {"marketing": "grant"}}}
NEWSLETTER = mail("letter", purpose="newsletter")


def inventions(kind: str, number: int = 200) -> list[Event]:
    if kind == "banner":
        return [event("page", T + HOUR, context={"consent": {"categoryPreferences": {f"c{each}": each % 2 == 0 for each in range(number)}}})]
    if kind == "banners":
        return [event("page", T + HOUR + each, context={"consent": {"categoryPreferences": {f"c{each}": False}}}) for each in range(number)]
    if kind == "channels":
        return [event("consent_withdrawn", T + HOUR + each, purpose=f"p{each}", channel="email") for each in range(number)]
    told = given if kind == "grants" else withdrawn
    return [told(T + HOUR + each, purpose=f"p{each}") for each in range(number)]


KINDS = ["banner", "banners", "channels", "grants", "denials"]


def reasons(*before: Event, documents: tuple[dict[str, Any], ...] = (NEWSLETTER, GRANT), at: int = T + 3 * HOUR) -> tuple[list[str], Life]:
    lived = life(*documents).live([*before, event("go", at)])
    return [each.reason.value for each in lived.decisions], lived


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    "denial", [withdrawn(T, purpose="newsletter"), withdrawn(T, purpose="newsletter", channel="email"), event("unsubscribed", T), withdrawn(T)]
)
def test_a_denial_of_a_campaigns_purpose_outlives_them(denial: Event, kind: str) -> None:
    found, lived = reasons(denial, *inventions(kind))
    assert found[0] in {"NO_CONSENT", "UNSUBSCRIBED"}
    assert len(decode(lived.blob or b"").consents) <= MAX_CONSENTS + 8


@pytest.mark.parametrize("kind", ["banners", "channels", "denials"])
def test_and_so_it_does_where_the_campaign_is_published_afterwards(kind: str) -> None:
    lived = life(mail(), GRANT).live([withdrawn(T, purpose="newsletter"), *inventions(kind)])
    later = life(NEWSLETTER, GRANT)
    later.blob, later.kept = lived.blob, lived.kept
    assert [each.reason.value for each in later.live([event("go", T + 3 * HOUR)]).decisions] == ["NO_CONSENT"]
    said = [given(T + 4 * HOUR, purpose="newsletter"), event("go", T + 5 * HOUR)]
    assert [each.reason.value for each in later.live(said).decisions][1:] == ["ELIGIBLE"], "a later grant is heard"


@pytest.mark.parametrize("kind", KINDS)
def test_they_deny_nothing_that_the_policy_names(kind: str) -> None:
    assert reasons(given(T), *inventions(kind), documents=(mail(), {"consent": {"default": {"marketing": "deny"}}}))[0] == ["ELIGIBLE"]
    assert reasons(*inventions(kind), documents=(mail(), GRANT))[0] == ["ELIGIBLE"]


def test_what_is_invented_grants_nothing_in_their_place() -> None:
    assert reasons(*inventions("denials"), given(T + 2 * HOUR, purpose="~"), given(T + 2 * HOUR, purpose="other"))[0] == ["NO_CONSENT"]


def test_a_banner_that_repeats_itself_among_inventions_takes_no_unsubscription_back() -> None:
    yes = {"consent": {"categoryPreferences": {"newsletter": True, **{f"c{each}": each % 2 == 0 for each in range(100)}}}}
    lived = life(mail(), GRANT).live([event("page", T, context=yes), *inventions("denials"), event("unsubscribed", T + 2 * HOUR)])
    later = life(NEWSLETTER, GRANT)
    later.blob = lived.live([event("page", T + 3 * HOUR, context=yes)]).blob
    assert [each.reason.value for each in later.live([event("go", T + 4 * HOUR)]).decisions] == ["UNSUBSCRIBED"]


def test_a_few_inventions_deny_nothing_else() -> None:
    assert reasons(*inventions("denials", 50))[0] == ["ELIGIBLE"]


def test_what_gave_way_outlives_the_profile() -> None:
    lived = life(mail(), {**GRANT, "retention": {"known": "7d", "anonymous": "7d"}}).live(inventions("denials"))
    lived.wait(T + 30 * 24 * HOUR)
    later = life(NEWSLETTER, GRANT)
    later.blob = lived.blob
    assert [each.reason.value for each in later.live([event("go", T + 31 * 24 * HOUR)]).decisions] == ["NO_CONSENT"]
