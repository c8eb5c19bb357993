"""What somebody is not interested in gets no message, by campaign, topic, product and category, and what is under way is recalled."""

from typing import Any

import msgspec
import pytest

from tests.builders import DAY, HOUR, MINUTE, MONDAY, Life, add, book, campaign, event, mail
from udfs.core.engine import Engine
from udfs.core.profile import interests
from udfs.core.profile.state import Profile
from udfs.core.profile.stored import decode
from udfs.core.profile.stub import is_stub
from udfs.core.records import Event, Reason, Recall

T = MONDAY + 10 * HOUR
GRANT: dict[str, Any] = {"consent": {"default": {"marketing": "grant"}}}
NEWS = mail(tags=["Sale"])


def seen(name: str, at: int, /, **more: Any) -> Event:
    return event(name, at, received=at, **more)


def somebody(*documents: dict[str, Any]) -> Life:
    return Life(Engine(book(*(documents or (NEWS, GRANT)))))


def declined(at: int, **which: Any) -> Event:
    return seen("not_interested", at, **which)


@pytest.mark.parametrize(
    "which",
    [
        {"campaign": "news"},
        {"campaign": "News "},
        {"topic": "sale"},
        {"topic": ["trips", "SALE"]},
    ],
)
def test_a_campaign_or_its_topic_is_withheld_however_it_is_written(which: dict[str, Any]) -> None:
    life = somebody().live([declined(T, **which), seen("go", T + 1)])
    assert life.told == [("withheld", "NOT_INTERESTED", T + 1)]
    life.live([seen("interested", T + 2, **which), seen("go", T + 3)])
    assert life.told[-1][0] == "acted"


@pytest.mark.parametrize("which", [{}, {"campaign": ""}, {"campaign": {"a": 1}}, {"topic": True}, {"campaign": "other"}])
def test_what_does_not_say_which_one_is_meant_says_nothing(which: dict[str, Any]) -> None:
    life = somebody().live([declined(T, **which), seen("go", T + 1)])
    assert life.told[-1][0] == "acted"


def test_a_message_names_its_campaign_by_its_decision() -> None:
    life = somebody().live([seen("go", T)])
    life.live([declined(T + 1, decision_id=life.actions[0].decision_id), seen("go", T + 2)])
    assert life.told[-1][1] == "NOT_INTERESTED"


def test_what_is_under_way_about_it_is_called_back_and_other_things_are_not() -> None:
    other = mail("other", trigger={"event": "look"})
    life = somebody(NEWS, other, GRANT).live([seen("go", T), seen("look", T + 1), declined(T + 2, topic="sale")])
    recalls = [each for each in life.records if isinstance(each, Recall)]
    assert [(each.campaign, each.reason) for each in recalls] == [("news", Reason.NOT_INTERESTED)]


def test_a_cart_is_spoken_of_unless_nothing_in_it_is_of_interest() -> None:
    for products, outcome in ((("tent",), "withheld"), (("tent", "stove"), "acted")):
        life = somebody(campaign(), GRANT).live([declined(T, product_id="tent")])
        life.live([add(T + 1 + number, received=T + 1 + number, product_id=product) for number, product in enumerate(products)]).wait(T + DAY)
        assert [told[0] for told in life.told] == [outcome]


@pytest.mark.parametrize(
    ("which", "outcome"), [({"product_id": "tent"}, "withheld"), ({"category": "Tents"}, "withheld"), ({"category": "stoves"}, "acted")]
)
def test_a_message_about_a_product_is_withheld_by_the_product_or_its_category(which: dict[str, Any], outcome: str) -> None:
    watched = mail(
        trigger={"event": "product_viewed"},
        variants={"mail": {"channel": "email", "content": {"body": "{{ event.product_id }} {{ event.category }}"}}},
    )
    life = somebody(watched, GRANT).live([declined(T, **which), seen("product_viewed", T + 1, product_id="tent", category="tents")])
    assert [told[0] for told in life.told] == [outcome]


@pytest.mark.parametrize(
    ("told", "path", "outcome"),
    [
        ("Tents", "Outdoor > Tents", "withheld"),
        ("outdoor", "Outdoor > Tents", "withheld"),
        ("outdoor/tents", "Outdoor > Tents", "withheld"),
        ("Outdoor > Tents", "outdoor/tents/domes", "withheld"),
        ("Tents | Domes", "Outdoor > Tents > Domes", "withheld"),
        ("Outdoor > Stoves", "Outdoor > Tents", "acted"),
        ("Tent", "Outdoor > Tents", "acted"),
        ("Outdoor > Tents > Domes", "Outdoor > Tents", "acted"),
    ],
)
def test_a_category_is_meant_with_all_that_is_below_it_however_its_path_is_written(told: str, path: str, outcome: str) -> None:
    watched = mail(trigger={"event": "product_viewed"})
    life = somebody(watched, GRANT).live([declined(T, category=told), seen("product_viewed", T + 1, product_id="tent", category=path)])
    assert [each[0] for each in life.told] == [outcome]
    life.live([seen("interested", T + 2, category=told), seen("product_viewed", T + 3, product_id="tent", category=path)])
    assert life.told[-1][0] == "acted"


def test_it_outlives_the_profile_as_other_denials_do() -> None:
    life = somebody().live([declined(T, campaign="news")]).wait(T + 500 * DAY)
    life.blob = life.engine.on_time(life.blob, "ada", T + 500 * DAY).blob
    assert is_stub(life.blob)
    life.live([seen("go", T + 501 * DAY)])
    assert life.told[-1][1] == "NOT_INTERESTED"


def test_two_histories_share_the_latest_word() -> None:
    engine = Engine(book(NEWS, GRANT))
    web = Life(engine, "web-1").live([seen("interested", T, user="web-1", campaign="news"), declined(T + 5, user="web-1", topic="sale")])
    kim = Life(engine, "kim").live([declined(T + 1, user="kim", campaign="news"), seen("interested", T + 2, user="kim", topic="sale")])
    _, handed_over = engine.on_leave(web.blob, "web-1", T + 6, web.kept)
    merged = decode(engine.on_join(kim.blob, "kim", handed_over, kim.kept).blob)
    assert merged.declined == {"campaign/news": T + 1, "topic/sale": T + 5}


def test_of_two_words_at_one_instant_the_one_that_declines_counts() -> None:
    for words in (("not_interested", "interested"), ("interested", "not_interested")):
        life = somebody().live([*(seen(word, T, campaign="news") for word in words), seen("go", T + MINUTE)])
        assert life.told[-1][1] == "NOT_INTERESTED"


def test_only_so_many_words_are_kept_and_what_declines_is_kept_longest() -> None:
    profile = Profile(born=1, now=1)
    interests.take(profile, declined(T, campaign="first"))
    for number in range(interests.MAX_WORDS):
        interests.take(profile, seen("interested", T + number + 1, campaign=f"c{number}"))
    assert len(profile.declined) == interests.MAX_WORDS
    assert interests.is_declined(profile, "campaign", "first") == T


@pytest.mark.parametrize("kind", sorted(interests.FIELDS))
def test_where_a_word_that_declines_finds_no_room_its_whole_kind_is_declined_and_none_is_lost(kind: str) -> None:
    profile, field = Profile(born=1, now=1), interests.FIELDS[kind]
    for number in range(interests.MAX_WORDS + 20):
        interests.take(profile, declined(T + number, **{field: f"x{number}"}))
    assert len(profile.declined) == interests.MAX_WORDS + 1
    assert all(interests.is_declined(profile, kind, f"x{number}") for number in range(interests.MAX_WORDS + 20))
    interests.take(profile, seen("interested", T + 1_000, **{field: "x0"}))
    assert interests.is_declined(profile, kind, "x0") is None
    assert interests.is_declined(profile, kind, "never mentioned") == T + 20  # the latest that gave way
    others = set(interests.FIELDS) - {kind}
    assert not any(interests.is_declined(profile, other, "x1") for other in others)


def test_many_topics_in_one_set_of_preferences_stop_each_of_them() -> None:
    topics = {f"topic {number}": False for number in range(200)} | {"sale": False}
    for order in (topics, dict(reversed(topics.items()))):
        life = somebody(NEWS, GRANT).live([seen("preferences_set", T, topics=order), seen("go", T + 1)])
        assert life.told[-1][1] == "NOT_INTERESTED"


def test_an_event_with_very_many_words_stops_all_that_it_names_and_gives_back_what_was_declined() -> None:
    profile = Profile(born=1, now=1)
    interests.take(profile, declined(T, topic="sale"))
    interests.take(profile, declined(T, topic="trips"))
    many = {f"topic {number}": True for number in range(50_000)}
    interests.take(profile, seen("preferences_set", T + 1, topics={**many, "Sale": True}))
    assert interests.is_declined(profile, "topic", "sale") is None
    assert interests.is_declined(profile, "topic", "trips") == T
    interests.take(profile, declined(T + 2, topic=[*many, "sale"], campaign="news"))
    assert all(interests.is_declined(profile, "topic", each) for each in ("topic 1", "topic 49999", "sale", "trips"))
    assert interests.is_declined(profile, "campaign", "news") == T + 2
    assert interests.is_declined(profile, "campaign", "other") is None
    interests.take(profile, seen("preferences_set", T + 3, topics={"sale": True, **many}))
    assert interests.is_declined(profile, "topic", "sale") is None, "what is named first finds room"
    assert len(profile.declined) <= interests.MAX_WORDS + len(interests.FIELDS)


def test_what_an_older_version_left_of_somebody_is_still_read() -> None:
    older = msgspec.msgpack.encode([3, {"marketing": [False, T, "form"]}, {"sms": T}, ["email"], {}])
    profile = decode(older)
    assert (profile.declined, profile.unreachable, profile.consents["marketing"].granted) == ({}, {"sms": T}, False)
