"""Which ids are one person, by what events say: links, chains, cycles, devices that change hands, and two people who are known."""

from tests.builders import MONDAY, event
from udfs.core.identity.links import Link, Links, Result, told_by
from udfs.core.records import Event

KNOWN = {"lee"}.__contains__


def said(user: str, *, anonymous: str | None = None, previous: str | None = None) -> Event:
    fields = {} if previous is None else {"previous_id": previous}
    kind = "identify" if previous is None else "alias"
    return event(kind, MONDAY, user=user, type=kind, anonymous_id=anonymous, **fields)


def test_an_event_with_both_ids_links_them() -> None:
    assert told_by(said("kim", anonymous="web-1")) == [Link("web-1", "kim")]


def test_an_event_with_one_id_links_nothing() -> None:
    assert told_by(said("kim")) == []
    assert told_by(said("web-1", anonymous="web-1")) == []


def test_an_alias_links_its_previous_id_and_the_one_of_the_browser() -> None:
    assert told_by(said("kim", anonymous="web-1", previous="old")) == [Link("old", "kim", is_change=True), Link("web-1", "kim")]
    assert told_by(said("kim", anonymous="web-1", previous="web-1")) == [Link("web-1", "kim", is_change=True)]
    assert told_by(said("kim", previous="kim")) == []


def test_an_alias_between_two_anonymous_ids_links_them() -> None:
    assert told_by(said("web-2", anonymous="web-2", previous="web-1")) == [Link("web-1", "web-2", is_change=True)]


def test_a_track_call_that_happens_to_have_a_previous_id_links_nothing() -> None:
    assert told_by(event("product_viewed", MONDAY, user="kim", previous_id="web-1")) == []


def test_a_link_that_is_told_again_says_nothing_new() -> None:
    links = Links()
    assert [links.take(Link("web-1", "kim"), KNOWN) for _ in range(2)] == [Result.JOINED, Result.KNOWN]
    assert links.person("web-1") == "kim"


def test_a_device_that_changes_hands_takes_no_history_along() -> None:
    links = Links()
    told = [links.take(Link("web-1", person), KNOWN) for person in ("kim", "ann", "kim")]
    assert told == [Result.JOINED, Result.MOVED, Result.MOVED]
    assert links.person("web-1") == "kim"


def test_a_chain_ends_at_the_latest_id() -> None:
    links = Links()
    links.take(Link("web-1", "kim"), KNOWN)
    assert links.take(Link("kim", "kim@new", is_change=True), KNOWN) is Result.JOINED
    assert links.person("web-1") == "kim@new"
    assert links.all_of("kim") == {"web-1", "kim", "kim@new"}


def test_a_cycle_says_nothing_new() -> None:
    links = Links()
    links.take(Link("a", "b", is_change=True), KNOWN)
    assert links.take(Link("b", "a", is_change=True), KNOWN) is Result.KNOWN
    assert links.person("a") == links.person("b") == "b"


def test_no_series_of_links_leads_in_a_circle() -> None:
    links = Links()
    for old, new in (("a", "b"), ("b", "c"), ("c", "a"), ("a", "d"), ("d", "b"), ("b", "a")):
        links.take(Link(old, new, is_change=True), KNOWN)
    assert {links.person(each) for each in "abcd"} <= set("abcd")


def test_the_story_of_somebody_needs_all_ids_that_were_ever_linked() -> None:
    links = Links()
    for person in ("kim", "lee"):
        links.take(Link("web-1", person), KNOWN)
    links.take(Link("app-2", "kim"), KNOWN)
    assert links.all_of("lee") == {"lee", "web-1"}
    assert links.around("lee") == {"lee", "web-1", "kim", "app-2"}


def test_two_people_who_are_known_are_not_made_one_by_a_slip_but_by_an_alias() -> None:
    links = Links()
    assert links.take(Link("lee", "kim"), {"lee"}.__contains__) is Result.REFUSED
    assert links.person("lee") == "lee"
    assert links.take(Link("lee", "kim", is_change=True), KNOWN) is Result.JOINED
