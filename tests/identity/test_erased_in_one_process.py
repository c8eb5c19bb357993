"""Somebody who is known by several ids is erased: each of them is, and nobody is known any longer to have been her."""

import pytest

from services.local.job import LocalJob, Output
from services.replay.records import Record
from tests.builders import DAY, MINUTE, book, campaign, mail
from tests.core.policy.test_caps import GRANT
from tests.identity.test_in_one_process import TENT, alias, login, run, said
from udfs.core.personal_data import Erasure, Response, Status
from udfs.core.profile.tombstone import is_tombstone
from udfs.core.records import Action, Decision, Recall

BOOK = book(campaign(when="cart.value > 40"), mail(), GRANT)


def erased(minute: float, *, user: str | None = None, web: str | None = None) -> Record:
    return said(minute, "user_erased", user=user, web=web)


def notices(outputs: list[Output]) -> list[tuple[str, list[str]]]:
    return [(each.user_id, each.linked) for each in outputs if isinstance(each, Erasure)]


def test_her_anonymous_ids_are_erased_with_her_and_point_to_nobody() -> None:
    job = LocalJob(BOOK)
    outputs = run(job, said(0, "product_added", web="web-1", **TENT), login(1, "kim", "web-1"), erased(2, user="kim"))
    assert notices(outputs) == [("kim", ["web-1"]), ("web-1", [])]
    assert {user: is_tombstone(blob) for user, blob in job.profiles.items()} == {"kim": True, "web-1": True}
    assert len(job.links) == 0
    assert job.links.all_of("kim") == {"kim"}
    assert not [each for each in outputs if isinstance(each, Action)]


def test_who_is_erased_by_an_id_that_turned_out_to_be_hers_is_erased_as_a_whole() -> None:
    job = LocalJob(BOOK)
    outputs = run(job, said(0, "page", web="web-1"), login(1, "kim", "web-1"), erased(2, web="web-1"))
    assert [user for user, _ in notices(outputs)] == ["kim", "web-1"]


def test_a_chain_of_ids_is_erased_to_its_end() -> None:
    job = LocalJob(BOOK)
    outputs = run(job, said(0, "page", web="web-1"), login(1, "kim", "web-1"), alias(2, "kim@new", "kim"), erased(3, user="kim@new"))
    assert sorted(user for user, _ in notices(outputs)) == ["kim", "kim@new", "web-1"]
    assert all(is_tombstone(blob) for blob in job.profiles.values() if blob)


@pytest.mark.parametrize("late", ["login", "page of the browser", "page of both", "alias"])
def test_an_event_in_flight_brings_neither_her_nor_the_link_back(late: str) -> None:
    job = LocalJob(BOOK)
    told = {
        "login": login(3, "kim", "web-1"),
        "page of the browser": said(3, "page", web="web-1"),
        "page of both": said(3, "page", user="kim", web="web-1"),
        "alias": alias(3, "kim", "web-2"),
    }[late]
    outputs = run(job, said(0, "product_added", web="web-1", **TENT), login(1, "kim", "web-1"), erased(2, user="kim"), told)
    assert job.links.person("web-1") == "web-1"
    assert all(is_tombstone(blob) for blob in job.profiles.values() if blob)
    assert not [each for each in outputs if isinstance(each, Action)]


@pytest.mark.parametrize("begun", ["cart", "message"])
def test_an_id_of_which_only_a_late_event_says_that_it_is_hers_goes_with_her(begun: str) -> None:
    """Nobody knew of web-2 when she was erased: what it knew goes, what is under way is recalled, and what still comes is dropped as hers."""
    job = LocalJob(BOOK)
    first = said(0, "go", web="web-2") if begun == "message" else said(0, "product_added", web="web-2", **TENT)
    late = [login(3, "kim", "web-2"), said(4, "product_added", web="web-2", **TENT)]
    outputs = run(job, first, login(1, "kim", "web-1"), erased(2, user="kim"), *late)
    actions, recalls = ([each for each in outputs if isinstance(each, kind)] for kind in (Action, Recall))
    assert [each.decision_id for each in actions] == [each.decision_id for each in recalls]
    assert len(actions) == (begun == "message")
    assert all(is_tombstone(blob) for blob in job.profiles.values() if blob)


@pytest.mark.parametrize("web", ["web-1", "web-9"])
def test_a_new_account_brings_what_its_browser_has_done_since_and_what_that_denied(web: str) -> None:
    job = LocalJob(BOOK)
    story = [login(0, "kim", "web-1"), erased(1, user="kim"), said(2, "unsubscribed", web="web-9"), said(3, "product_added", web="web-9", **TENT)]
    outputs = run(job, *story, said(4, "signed_up", user="kim", web=web), login(5, "kim", "web-9"))
    decided = [each for each in outputs if isinstance(each, Decision)]
    assert [(each.user_id, each.outcome.value, each.reason.value) for each in decided] == [("kim", "withheld", "UNSUBSCRIBED")]


def test_somebody_else_who_logs_in_on_her_device_is_somebody_else() -> None:
    job = LocalJob(BOOK)
    run(job, login(0, "kim", "web-1"), erased(1, user="kim"), said(2, "product_added", user="lee", web="web-1", **TENT))
    assert is_tombstone(job.profiles["kim"])
    assert job.links.person("web-1") == "lee"
    assert not is_tombstone(job.profiles["lee"])


def test_what_was_under_way_under_both_ids_is_called_back() -> None:
    job = LocalJob(BOOK)
    outputs = run(job, said(0, "go", web="web-1"), login(1, "kim", "web-1"), said(2, "go", user="kim"), erased(3, user="kim"))
    actions = {each.decision_id for each in outputs if isinstance(each, Action)}
    assert len(actions) == 2
    assert {each.decision_id for each in outputs if isinstance(each, Recall)} == actions


def test_after_the_time_she_is_somebody_new_and_may_be_linked_again() -> None:
    job = LocalJob(BOOK)
    back = 31 * DAY // MINUTE
    run(job, login(0, "kim", "web-1"), erased(1, user="kim"), login(back, "kim", "web-1"))
    assert job.links.person("web-1") == "kim"
    assert not is_tombstone(job.profiles["kim"])


def test_a_request_under_an_old_id_is_answered_about_the_person() -> None:
    job = LocalJob(BOOK)
    outputs = run(job, said(0, "page", web="web-1"), login(1, "kim", "web-1"), said(2, "profile_requested", web="web-1", request_id="r"))
    (answer,) = [each for each in outputs if isinstance(each, Response)]
    assert (answer.user_id, answer.status, answer.request_id) == ("kim", Status.KNOWN, "r")


def test_a_question_about_somebody_unknown_makes_nobody() -> None:
    job = LocalJob(BOOK)
    run(job, said(0, "profile_requested", user="nobody-1", request_id="r"))
    assert job.profiles == {}
