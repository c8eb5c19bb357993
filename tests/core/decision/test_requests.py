"""A request is answered with what came before it, as often as it is asked, and changes nothing."""

import json
import random
from typing import Any

import pytest

from tests.builders import DAY, HOUR, MINUTE, MONDAY, Life, add, book, campaign, event, mail
from udfs.core.engine import Engine
from udfs.core.personal_data import Response, Status
from udfs.core.records import Action, Event

T = MONDAY + 10 * HOUR
GRANT: dict[str, Any] = {"consent": {"default": {"marketing": "grant"}}}


def seen(name: str, at: int, /, **more: Any) -> Event:
    return event(name, at, received=at, **more)


def asked(at: int, request_id: str | None = "r1", **more: Any) -> Event:
    return seen("profile_requested", at, **({} if request_id is None else {"request_id": request_id}), **more)


def somebody() -> Life:
    return Life(Engine(book(campaign(), mail(), GRANT), people=True))


def answers(life: Life) -> list[Response]:
    return [each for each in life.records if isinstance(each, Response)]


def told(answer: Response) -> Any:
    return json.loads(answer.profile or "null")


def test_the_answer_knows_everything_that_came_before() -> None:
    life = somebody().live([seen("identify", T, traits={"city": "Rome"}), add(T + 1, received=T + 1), asked(T + 2)])
    (answer,) = answers(life)
    assert (answer.request_id, answer.request, answer.user_id, answer.status, answer.at) == ("r1", "profile_requested", "ada", Status.KNOWN, T + 2)
    assert told(answer)["traits"] == {"city": "Rome"}
    assert [item["product_id"] for item in told(answer)["carts"][0]["items"]] == ["tent"]
    assert told(answer)["last_times"].keys() == {"identify", "product_added"}


def test_nobody_has_done_anything_by_a_request() -> None:
    with_it, without = somebody(), somebody()
    for life, requests in ((with_it, [asked(T + 20 * MINUTE), asked(T + 25 * MINUTE, "r2")]), (without, [])):
        life.live([seen("page", T), add(T + 1, received=T + 1, message_id="a1"), *requests])
    assert with_it.due == without.due
    assert len(answers(with_it)) == 2
    assert told(answers(with_it)[1])["visit"]["events"] == 2


def test_a_request_leaves_the_bytes_of_the_profile_as_they_were() -> None:
    life = somebody().live([seen("page", T), add(T + 1, received=T + 1)])
    before = life.blob
    life.live([asked(T + 2)])
    assert life.blob is before


def test_a_repeated_request_is_answered_again() -> None:
    first = asked(T + 1)
    life = somebody().live([seen("page", T), first, first, seen("page", T + 2), first])
    assert [each.request_id for each in answers(life)] == ["r1", "r1", "r1"]
    assert told(answers(life)[2])["visit"]["events"] == 2


def test_without_a_request_id_the_message_id_stands_in() -> None:
    (answer,) = answers(somebody().live([asked(T, None, message_id="m-1")]))
    assert answer.request_id == "m-1"


def test_a_request_id_that_is_no_text_is_not_one() -> None:
    (answer,) = answers(somebody().live([seen("profile_requested", T, request_id=["x"], message_id="m-2")]))
    assert answer.request_id == "m-2"


def test_of_somebody_unknown_nothing_is_made() -> None:
    life = somebody().live([asked(T)])
    (answer,) = answers(life)
    assert (answer.status, answer.profile, answer.ends) == (Status.UNKNOWN, None, None)
    assert not life.blob
    assert [each for each in life.records if not isinstance(each, Response)] == []


def test_what_was_due_before_the_request_is_settled_first_and_what_is_due_then_is_not() -> None:
    early, late = somebody(), somebody()
    for life, at in ((early, T + 30 * MINUTE), (late, T + 30 * MINUTE + 1)):
        life.live([add(T, received=T), asked(at)])
    assert [isinstance(each, Action) for each in early.records].count(True) == 0
    assert [isinstance(each, Action) for each in late.records].count(True) == 1
    assert isinstance(late.records[-1], Response)
    assert len(told(answers(late)[0])["messages"]) == 1


def test_somebody_who_was_forgotten_is_unknown_or_only_what_was_denied_is_known() -> None:
    life = somebody().live([seen("page", T), asked(T + 500 * DAY)])
    assert (answers(life)[0].status, life.blob, life.kept) == (Status.UNKNOWN, b"", b"")
    life = somebody().live([seen("unsubscribed", T), asked(T + 500 * DAY)])
    (answer,) = answers(life)
    assert answer.status is Status.DENIALS
    assert [each["granted"] for each in told(answer)["consents"]] == [False]


def test_it_says_when_somebody_will_be_forgotten() -> None:
    (answer,) = answers(somebody().live([seen("page", T), asked(T + DAY)]))
    assert answer.ends == T + 400 * DAY


def test_only_the_status_is_told_where_only_that_is_asked_for() -> None:
    (answer,) = answers(somebody().live([seen("page", T), asked(T + 1, detail="Status ")]))
    assert (answer.status, answer.profile) == (Status.KNOWN, None)


def test_a_late_request_is_answered_as_of_the_newest_record() -> None:
    (answer,) = answers(somebody().live([seen("page", T + HOUR), asked(T)]))
    assert answer.at == T + HOUR


@pytest.mark.slow
def test_requests_at_any_moment_change_no_decision_of_random_histories() -> None:
    names = ("product_added", "product_removed", "order_completed", "cart_cleared", "go", "page", "unsubscribed", "subscribed", "identify")
    for seed in range(150):
        chance = random.Random(seed)
        plain, with_requests, at = somebody(), somebody(), T
        for number in range(20):
            at += chance.choice((1, MINUTE, 29 * MINUTE, 31 * MINUTE, 5 * HOUR, 3 * DAY, 500 * DAY))
            fields = {"product_id": chance.choice(("tent", "peg")), "price": chance.choice((60, 120)), "quantity": 1}
            happened = seen(chance.choice(names), at, message_id=f"h{number}", traits={"n": number}, **fields)
            for moment in (at, at - 1):
                if chance.random() < 0.4:
                    with_requests.live([asked(moment, f"q{number}")])
            plain.live([happened])
            with_requests.live([happened])
            assert with_requests.blob == plain.blob, seed
        assert [each for each in with_requests.records if not isinstance(each, Response)] == plain.records, seed
