"""What is for a purpose: without the consent nobody sees it, no record has it, and where that is asked nothing of it is kept."""

from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from tests.builders import DAY, HOUR, MINUTE, MONDAY, Life, book, event, mail, words
from udfs.core.campaigns.book import Book
from udfs.core.engine import Engine
from udfs.core.expressions.moment import Moment
from udfs.core.features.aggregates import AGGREGATES
from udfs.core.features.language.features import compile_features
from udfs.core.policy.language.policy import compile_policy
from udfs.core.profile.state import Profile
from udfs.core.profile.stored import decode
from udfs.core.records import Decision, Event, Segment
from udfs.core.values.problems import DocumentError

T = MONDAY + 10 * HOUR
PURPOSE = "personalization"
GRANT: dict[str, Any] = {"consent": {"default": {"marketing": "grant", PURPOSE: "deny"}}}
SHIPPED: list[dict[str, Any]] = YAML(typ="safe", pure=True).load((Path(__file__).parents[3] / "campaigns" / "features.yaml").read_text())["features"]
OF: dict[str, dict[str, Any]] = {
    **{key: {"of": "properties.price"} for key in ("sum", "mean", "min", "max")},
    **{key: {"of": "properties.product_id"} for key in ("distinct", "first", "last", "last_n", "top")},
}


def limited(definition: dict[str, Any], *, forgotten: bool = True) -> dict[str, Any]:
    kept = {"without_consent": "forgotten"} if forgotten and "aggregate" in definition else {}
    return {**definition, "purpose": PURPOSE, **kept}


def every_aggregate() -> list[dict[str, Any]]:
    return [{"name": f"a_{kind}", "event": "product_viewed", "aggregate": kind, **OF.get(kind, {})} for kind in AGGREGATES]


def features(*definitions: dict[str, Any]) -> dict[str, Any]:
    return {"features": list(definitions)}


def seen(name: str, at: int, /, **more: Any) -> Event:
    return event(name, at, received=at, **more)


def viewed(at: int, **more: Any) -> Event:
    return seen("product_viewed", at, product_id="tent", price=60.0, **more)


def vector(found: Book, life: Life, at: int) -> dict[str, Any]:
    profile = decode(life.blob or b"")
    return found.features.vector(Moment(user_id="ada", profile=profile, now=at, cart=None, policy=found.policy))


def sums(life: Life, found: Book) -> dict[str, Any]:
    """What the profile keeps of declared features."""
    declared = {feature.state for feature in found.features.features.values()}
    return {key: state for key, state in decode(life.blob or b"").features.items() if key in declared}


@pytest.mark.parametrize("definition", every_aggregate(), ids=lambda each: each["aggregate"])
def test_every_kind_of_feature_is_neither_seen_nor_written_nor_kept(definition: dict[str, Any]) -> None:
    found = book(features(limited(definition)), mail(), GRANT)
    life = Life(Engine(found)).live([viewed(T), viewed(T + MINUTE), seen("go", T + HOUR)])
    assert set(vector(found, life, T + HOUR).values()) == {None}
    (decision,) = [each for each in life.records if isinstance(each, Decision)]
    assert set(decision.features.values()) == {None}
    assert sums(life, found) == {}
    agreed = Life(Engine(found)).live([seen("consent_given", T - 1, purpose=PURPOSE), viewed(T), viewed(T + MINUTE), seen("go", T + HOUR)])
    assert None not in vector(found, agreed, T + HOUR).values()
    assert len(sums(agreed, found)) == 1


def test_every_shipped_feature_is_unknown_without_consent_to_the_purpose_that_it_is_given() -> None:
    assert len(SHIPPED) > 20
    found = book(features(*(limited(each) for each in SHIPPED)), mail(), GRANT)
    story = [
        *(viewed(T + number) for number in range(3)),
        seen("products_searched", T + 5, query="tent"),
        seen("product_added", T + 6, product_id="tent", price=60, quantity=1),
        seen("order_completed", T + 7, order_id="o1", total=60),
        seen("page", T + 8, context={"device": {"type": "ios"}, "campaign": {"source": "x"}}),
        seen("go", T + 9),
    ]
    life = Life(Engine(found)).live(story)
    assert set(vector(found, life, T + 10).values()) == {None}
    assert {value for each in life.records if isinstance(each, Decision) for value in each.features.values()} == {None}
    assert sums(life, found) == {}


def test_once_there_is_consent_it_is_counted_from_then_on() -> None:
    found = book(features(limited({"name": "views", "event": "product_viewed", "aggregate": "count"})), GRANT)
    life = Life(Engine(found)).live([viewed(T), seen("consent_given", T + 1, purpose=PURPOSE), viewed(T + 2), viewed(T + 3)])
    assert vector(found, life, T + 4) == {"views": 2}


def test_what_is_counted_goes_with_the_consent_at_once_or_when_its_time_is_over() -> None:
    found = book(features(limited({"name": "views", "event": "product_viewed", "aggregate": "count"})), GRANT)
    life = Life(Engine(found)).live([seen("consent_given", T, purpose=PURPOSE), viewed(T + 1)])
    assert len(sums(life, found)) == 1
    life.live([seen("consent_withdrawn", T + 2, purpose=PURPOSE)])
    assert sums(life, found) == {}
    life = Life(Engine(found)).live([seen("consent_given", T, purpose=PURPOSE, expires_in="1h"), viewed(T + 1), seen("page", T + DAY)])
    assert sums(life, found) == {}


def test_an_order_that_is_paid_back_takes_nothing_from_what_is_not_kept() -> None:
    spent = limited({"name": "spent", "event": "order_completed", "aggregate": "sum", "of": "properties.total"})
    found = book(features(spent), GRANT)
    life = Life(Engine(found)).live([seen("order_completed", T, order_id="o1"), seen("order_completed", T + 1, order_id="o2", total=50)])
    life.live([seen("order_refunded", T + 2, order_id="o2", total=50)])
    assert decode(life.blob or b"").features == {}


def test_a_sum_that_another_feature_keeps_for_no_purpose_stays() -> None:
    views = {"name": "views", "event": "product_viewed", "aggregate": "count"}
    found = book(features(views, limited({**views, "name": "private_views"})), GRANT)
    life = Life(Engine(found)).live([viewed(T)])
    assert vector(found, life, T + 1) == {"views": 1, "private_views": None}


def test_without_being_asked_to_forget_it_is_counted_and_seen_by_nobody() -> None:
    found = book(features(limited({"name": "views", "event": "product_viewed", "aggregate": "count"}, forgotten=False)), GRANT)
    life = Life(Engine(found)).live([viewed(T)])
    assert (vector(found, life, T + 1), len(sums(life, found))) == ({"views": None}, 1)
    life.live([seen("consent_given", T + 2, purpose=PURPOSE)])
    assert vector(found, life, T + 3) == {"views": 1}


def test_a_trait_for_a_purpose_is_kept_only_with_consent_and_no_message_greets_by_it() -> None:
    greeting = mail(variants={"mail": {**words(), "content": {"body": "Hello {{ user.nickname | default('you') }}"}}})
    found = book(greeting, {**GRANT, "traits": {"nickname": PURPOSE}})
    life = Life(Engine(found)).live([seen("go", T, traits={"nickname": "Addie", "city": "Rome"})])
    assert life.actions[0].content["body"] == "Hello you"
    assert decode(life.blob or b"").traits == {"city": "Rome"}
    life.live([seen("consent_given", T + 1, purpose=PURPOSE, traits={"nickname": "Addie"}), seen("go", T + 2)])
    assert life.actions[1].content["body"] == "Hello Addie"
    life.live([seen("consent_withdrawn", T + 3, purpose=PURPOSE), seen("go", T + 4)])
    assert life.actions[2].content["body"] == "Hello you"
    assert b"Addie" not in (life.blob or b"")


@pytest.mark.parametrize("spelled", ["pet_name", "petName", "PetName", "Pet Name"])
def test_a_trait_for_a_purpose_is_not_kept_under_another_spelling_either(spelled: str) -> None:
    found = book(mail(), {**GRANT, "traits": {"pet_name": PURPOSE}})
    life = Life(Engine(found)).live([seen("go", T, traits={spelled: "Addie", "city": "Rome"})])
    assert decode(life.blob or b"").traits == {"city": "Rome"}


def test_a_history_that_is_taken_over_brings_nothing_along_that_is_not_allowed() -> None:
    found = book(features(limited({"name": "views", "event": "product_viewed", "aggregate": "count"})), {**GRANT, "traits": {"nickname": PURPOSE}})
    engine = Engine(found)
    agreed = seen("consent_given", T, user="web-1", purpose=PURPOSE, traits={"nickname": "Addie"})
    web = Life(engine, "web-1").live([agreed, viewed(T + 1, user="web-1")])
    kim = Life(engine, "kim").live([seen("consent_withdrawn", T + 2, user="kim", purpose=PURPOSE)])
    _, handed_over = engine.on_leave(web.blob, "web-1", T + 3, web.kept)
    merged: Profile = decode(engine.on_join(kim.blob, "kim", handed_over, kim.kept).blob)
    assert (merged.features, merged.traits) == ({}, {})


def test_what_customers_say_about_the_purpose_of_a_trait_is_never_forgotten() -> None:
    assert PURPOSE in book({**GRANT, "traits": {"nickname": PURPOSE}}).known_purposes


@pytest.mark.parametrize(
    ("definition", "wrong"),
    [
        ({"name": "a", "event": "page", "aggregate": "count", "without_consent": "forgotten"}, "without_consent"),
        ({"name": "a", "event": "page", "aggregate": "count", "purpose": PURPOSE, "without_consent": "gone"}, "without_consent"),
        ({"name": "a", "expression": "1", "purpose": PURPOSE, "without_consent": "forgotten"}, "without_consent"),
    ],
)
def test_what_cannot_be_forgotten_so_is_refused(definition: dict[str, Any], wrong: str) -> None:
    with pytest.raises(DocumentError) as refused:
        compile_features(features(definition))
    assert wrong in str(refused.value)


@pytest.mark.parametrize("told", [{"traits": ["birthday"]}, {"traits": {"birthday": "Personalization"}}, {"traits": {"birthday": None}}])
def test_a_trait_without_a_purpose_is_refused(told: dict[str, Any]) -> None:
    with pytest.raises(DocumentError):
        compile_policy(told)


def test_what_was_counted_before_a_consent_ended_does_not_come_back_with_the_next_one() -> None:
    found = book(features(limited({"name": "views", "event": "product_viewed", "aggregate": "count"})), GRANT)
    agreed = seen("consent_given", T, purpose=PURPOSE, expires_in="1h")
    life = Life(Engine(found)).live([agreed, viewed(T + 1), viewed(T + 2), seen("consent_given", T + DAY, purpose=PURPOSE), viewed(T + DAY + 1)])
    assert vector(found, life, T + DAY + 2) == {"views": 1}


@pytest.mark.parametrize("default", ["grant", "deny"])
def test_of_two_histories_only_what_was_surely_allowed_is_added_up(default: str) -> None:
    """Kim had said no; on the browser somebody agreed later. Where nobody had to agree, the browser may have counted before."""
    rules = {**GRANT, "consent": {"default": {"marketing": "grant", PURPOSE: default}}}
    found = book(features(limited({"name": "views", "event": "product_viewed", "aggregate": "count"})), rules)
    engine = Engine(found)
    web = Life(engine, "web-1").live([viewed(T + 5, user="web-1"), seen("consent_given", T + 9, user="web-1", purpose=PURPOSE)])
    web.live([viewed(T + 10, user="web-1")])
    kim = Life(engine, "kim").live([viewed(T, user="kim"), seen("consent_withdrawn", T + 2, user="kim", purpose=PURPOSE)])
    _, handed_over = engine.on_leave(web.blob, "web-1", T + 11, web.kept)
    kim.blob = engine.on_join(kim.blob, "kim", handed_over, kim.kept).blob
    assert vector(found, kim, T + 12) == {"views": 0 if default == "grant" else 1}
    kim.live([viewed(T + 13, user="kim")])
    assert vector(found, kim, T + 14) == {"views": 1 if default == "grant" else 2}


def test_of_somebody_who_is_silent_it_goes_when_the_consent_ends() -> None:
    rules = {"consent": {"default": {"marketing": "grant", PURPOSE: "deny", "play": "deny"}}, "traits": {"nickname": "play"}}
    found = book(features(limited({"name": "views", "event": "product_viewed", "aggregate": "count"})), rules)
    said = [seen("consent_given", T, purpose=PURPOSE, expires_in="1h"), seen("consent_given", T + 1, purpose="play", expires_in="3h")]
    life = Life(Engine(found)).live([*said, seen("page", T + 2, traits={"nickname": "Addie"}), viewed(T + 3)])
    assert len(sums(life, found)) == 1
    life.wait(T + HOUR)
    assert (sums(life, found), decode(life.blob or b"").traits) == ({}, {"nickname": "Addie"})
    life.wait(T + 3 * HOUR + 1)
    assert b"Addie" not in (life.blob or b"")
    assert not decode(life.blob or b"").due


def test_segments_are_looked_at_as_ever_where_a_consent_ends_later() -> None:
    rules = {"segments": [{"segment": "lookers", "when": "seen('product_viewed', '2h')"}]}
    counted = features(limited({"name": "views", "event": "product_viewed", "aggregate": "count"}))
    told = []
    for ending in ({}, {"expires_in": "30d"}):
        life = Life(Engine(book(rules, counted, GRANT))).live([seen("consent_given", T, purpose=PURPOSE, **ending), viewed(T + 1)]).wait(T + DAY)
        told.append([(each.change, each.at) for each in life.records if isinstance(each, Segment)])
    assert told[0] == told[1]
    assert [change for change, _ in told[0]] == ["entered", "left"]


def test_of_somebody_who_is_silent_all_of_it_goes_when_the_consent_to_storage_ends() -> None:
    found = book({"consent": {"default": {"storage": "deny"}}})
    life = Life(Engine(found)).live([seen("consent_given", T, purpose="storage", expires_in="1h"), seen("page", T + 2, traits={"city": "Rome"})])
    assert decode(life.blob or b"").traits == {"city": "Rome"}
    life.wait(T + HOUR)
    assert b"Rome" not in (life.blob or b"")
