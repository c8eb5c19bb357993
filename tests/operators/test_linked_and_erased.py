"""Somebody who is known by several ids is erased in the job: each id at its own key, and none points to another any more."""

import json

import pytest

from services.replay.records import Record
from tests.builders import DAY, MONDAY, book, campaign, mail
from tests.core.policy.test_caps import GRANT
from tests.identity.test_in_one_process import TENT, alias, login, said
from tests.operators.linking import Cluster
from udfs.core.identity import ties
from udfs.core.profile.tombstone import is_tombstone
from udfs.operators.stored import read

BOOK = book(campaign(when="cart.value > 40"))


def played(*records: Record) -> Cluster:
    cluster = Cluster(BOOK)
    cluster.run(*records, drain=2 * DAY)
    return cluster


def erased(minute: float, user: str) -> Record:
    return said(minute, "user_erased", user=user)


def left(cluster: Cluster) -> dict[str, tuple[bool, bytes | None]]:
    """Key -> whether a tombstone is all that is stored of the customer, and what is known of links."""
    return {name: (is_tombstone(read(context.state.held)[1] or b""), context.ties.held) for name, (_, context) in cluster.keys.items()}


def notices(cluster: Cluster) -> list[tuple[str, list[str]]]:
    return [(each["user_id"], each["linked"]) for each in cluster.told("erasures")]


def test_each_id_is_erased_at_its_key_and_points_to_nobody() -> None:
    cluster = played(said(0, "product_added", web="web-1", **TENT), login(1, "kim", "web-1"), erased(2, "kim"), erased(3, "web-1"))
    assert notices(cluster) == [("kim", ["web-1"]), ("web-1", ["kim"])]
    assert left(cluster) == {"kim": (True, None), "web-1": (True, None)}
    assert cluster.stage.known["web-1"][0] == "web-1"
    assert cluster.told("decisions") == []


def test_who_begins_with_an_anonymous_id_hears_whose_it_was() -> None:
    cluster = played(said(0, "page", web="web-1"), login(1, "kim", "web-1"), erased(2, "web-1"), erased(3, "kim"))
    assert notices(cluster) == [("web-1", ["kim"]), ("kim", ["web-1"])]
    assert left(cluster) == {"kim": (True, None), "web-1": (True, None)}


def test_a_chain_is_erased_id_by_id() -> None:
    story = [said(0, "page", web="web-1"), login(1, "kim", "web-1"), alias(2, "kim@new", "kim")]
    cluster = played(*story, erased(3, "kim@new"), erased(4, "kim"), erased(5, "web-1"))
    assert {user for user, _ in notices(cluster)} == {"kim@new", "kim", "web-1"}
    assert notices(cluster)[0][1] == ["kim", "web-1"]
    assert set(left(cluster).values()) == {(True, None)}


@pytest.mark.parametrize("late", [login(4, "kim", "web-1"), said(4, "page", web="web-1"), said(4, "product_added", user="kim", web="web-1", **TENT)])
def test_what_is_in_flight_brings_nobody_back_and_makes_no_pointer(late: Record) -> None:
    story = [said(0, "product_added", web="web-1", **TENT), login(1, "kim", "web-1"), erased(2, "kim"), erased(3, "web-1"), late]
    cluster = played(*story)
    assert all(is_tombstone_ for is_tombstone_, _ in left(cluster).values())
    assert not ties.read(left(cluster)["web-1"][1]).person
    assert cluster.told("decisions") == []


def test_a_history_that_is_on_its_way_when_she_is_erased_goes_with_her() -> None:
    cluster = Cluster(BOOK)
    for record in (said(0, "product_added", web="web-1", **TENT), login(1, "kim", "web-1"), erased(2, "kim")):
        cluster.take(record)
        for wire in [wire for wire, rows in cluster.wires.items() if rows]:
            while cluster.wires[wire]:
                cluster.deliver(wire)
    cluster.commit()
    assert notices(cluster) == [], "she waits for what she has been promised, and is erased with it"
    cluster.settle()
    cluster.fire(MONDAY + 2 * DAY)
    cluster.commit()
    assert notices(cluster) == [("kim", ["web-1"])]
    assert left(cluster)["kim"] == (True, None)
    assert cluster.told("decisions") == []


def test_a_question_about_an_id_that_points_to_somebody_is_answered_about_her_and_moves_nothing() -> None:
    asked = said(2, "profile_requested", web="web-1", request_id="r")
    cluster = played(said(0, "product_added", web="web-1", **TENT), login(1, "kim", "web-1"), asked)
    (answer,) = cluster.told("responses")
    assert (answer["user_id"], answer["status"]) == ("kim", "known")
    assert json.loads(answer["profile"])["other_ids"]["linked"].keys() == {"web-1"}
    assert cluster.stage.known["web-1"][0] == "kim"


def test_an_id_that_had_nothing_to_hand_over_is_named_in_the_notice_too() -> None:
    assert notices(played(login(0, "kim", "web-1"), erased(1, "kim"))) == [("kim", ["web-1"])]


def test_at_the_end_of_the_time_nothing_is_left_at_any_key() -> None:
    cluster = played(said(0, "page", web="web-1"), login(1, "kim", "web-1"), erased(2, "kim"), erased(3, "web-1"))
    cluster.fire(MONDAY + 31 * DAY)
    for _, context in cluster.keys.values():
        assert (context.state.held, context.ties.held, context.kept_ids.held, context.timers) == (None, None, None, [])


@pytest.mark.parametrize("begun", ["product_added", "go"])
def test_an_id_of_which_only_a_late_event_says_that_it_is_hers_goes_with_her(begun: str) -> None:
    rules = book(campaign(when="cart.value > 40"), mail(), GRANT)
    cluster = Cluster(rules)
    first = said(0, begun, web="web-2", **(TENT if begun == "product_added" else {}))
    late = [login(3, "kim", "web-2"), said(4, "product_added", web="web-2", **TENT)]
    cluster.run(first, login(1, "kim", "web-1"), erased(2, "kim"), *late, drain=2 * DAY)
    sent = [each["decision_id"] for each in cluster.told("actions.email") if "channel" in each and "content" in each]
    assert len(sent) == (begun == "go")
    assert [each["decision_id"] for each in cluster.told("actions.email") if "content" not in each] == sent, "and is recalled"
    assert left(cluster)["kim"][0]


def test_a_new_account_brings_what_its_browser_has_done_since_and_what_that_denied() -> None:
    story = [login(0, "kim", "web-1"), erased(1, "kim"), said(2, "unsubscribed", web="web-9"), said(3, "product_added", web="web-9", **TENT)]
    cluster = Cluster(book(campaign(when="cart.value > 40"), GRANT))
    cluster.run(*story, said(4, "signed_up", user="kim", web="web-9"), drain=2 * DAY)
    assert [(each["user_id"], each["reason"]) for each in cluster.told("decisions")] == [("kim", "UNSUBSCRIBED")]
