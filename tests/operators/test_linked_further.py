"""Ids that lead to each other, links that come late, and what cannot be read: at the keys of the job."""

import json
from typing import Any

from services.replay.records import Record
from tests.builders import DAY, MINUTE, MONDAY
from tests.identity.test_in_one_process import alias, login, said
from tests.operators.linking import BOOK, TENT, Cluster, counts, decided, halfway, played
from udfs.codecs.stamped import HANDED, STAMPED, Stamp, stamped
from udfs.core.identity import ties
from udfs.core.identity.ties import PATIENCE_MS
from udfs.operators.linked import POINTS_FOR
from udfs.operators.stored import is_tied

# Who else an id may be.


def test_a_device_that_changes_hands_takes_no_history_along() -> None:
    story = [
        said(0, "product_added", web="web-1", **TENT),
        login(1, "kim", "web-1"),
        login(2, "ann", "web-1"),
        said(3, "product_added", web="web-1", **TENT),
    ]
    assert sorted(decided(played(*story))) == [("ann", 33, "acted"), ("kim", 30, "acted")]


def test_a_chain_passes_on_what_comes_for_an_id_that_was_changed() -> None:
    story = [login(0, "kim", "web-1"), alias(1, "kim@new", "kim"), said(2, "product_added", user="kim", **TENT)]
    cluster = played(*story)
    assert decided(cluster) == [("kim@new", 32, "acted")]
    assert counts(cluster, "records_passed_on") == 1


def test_a_login_under_an_id_that_was_changed_hands_over_to_the_new_one() -> None:
    story = [alias(0, "kim@new", "kim"), said(1, "product_added", web="web-1", **TENT), login(2, "kim", "web-1")]
    assert decided(played(*story)) == [("kim@new", 31, "acted")]


def test_who_is_changed_while_she_waits_hands_over_what_she_was_waiting_for() -> None:
    cluster = halfway(said(0, "product_added", web="web-1", **TENT), login(1, "kim", "web-1"), alias(2, "kim@new", "kim"))
    cluster.settle()
    cluster.fire(MONDAY + DAY)
    cluster.commit()
    assert decided(cluster) == [("kim@new", 30, "acted")]


def test_a_history_that_comes_after_patience_and_a_change_of_id_reaches_the_new_id() -> None:
    cluster = halfway(said(0, "product_added", web="web-1", **TENT), login(1, "kim", "web-1"))
    cluster.wait("kim", PATIENCE_MS)
    cluster.take(alias(2, "kim@new", "kim"))
    cluster.settle()
    cluster.fire(MONDAY + DAY)
    cluster.commit()
    assert decided(cluster) == [("kim@new", 30, "acted")]


def test_a_cycle_says_nothing_new() -> None:
    story = [said(0, "product_added", web="a", **TENT), alias(1, "b", "a"), alias(2, "a", "b")]
    cluster = played(*story)
    assert decided(cluster) == [("b", 30, "acted")]


def test_two_ids_that_become_each_other_at_once_still_are_somebody() -> None:
    cluster = halfway(alias(1, "b", "a"), alias(1, "a", "b"), said(2, "product_added", user="a", **TENT))
    cluster.settle()
    cluster.fire(MONDAY + DAY)
    cluster.commit()
    assert [each[1:] for each in decided(cluster)] == [(32, "acted")]


def test_two_people_who_are_known_are_not_made_one_by_a_slip() -> None:
    story = [
        said(0, "product_added", user="lee", **TENT),
        said(1, "product_added", user="kim", web="lee", product_id="peg", price=70, quantity=1),
        said(2, "product_viewed", user="lee", product_id="tent"),
    ]
    cluster = played(*story)
    assert sorted(decided(cluster)) == [("kim", 31, "acted"), ("lee", 30, "acted")]
    assert counts(cluster, "links_refused") == 1


def test_two_people_who_are_known_become_one_where_an_option_says_so() -> None:
    story = [said(0, "product_added", user="lee", **TENT), said(1, "page", user="kim", web="lee")]
    assert decided(played(*story, joins_known=True)) == [("kim", 30, "acted")]


def test_an_alias_makes_one_person_of_two_who_are_known() -> None:
    story = [said(0, "product_added", user="lee", **TENT), said(1, "page", user="kim"), alias(2, "kim", "lee")]
    assert decided(played(*story)) == [("kim", 30, "acted")]


def test_what_was_passed_on_by_a_link_that_a_crash_has_undone_is_not_counted() -> None:
    cluster = Cluster(BOOK, is_committed=False)
    cluster.checkpoint([])
    cluster.take(alias(0, "kim@new", "kim"))
    cluster.take(said(1, "product_added", user="kim", **TENT))
    cluster.settle()
    assert counts(cluster, "records_passed_on") == 1
    cluster.crash()
    cluster.settle()
    cluster.fire(MONDAY + DAY)
    assert decided(cluster) == []
    assert len(ties.read(cluster.key("kim@new")[1].ties.held).early) == 1


def test_what_was_passed_on_before_its_link_has_come_is_decided_after_it() -> None:
    cluster = Cluster(BOOK, is_committed=False)
    cluster.take(alias(0, "kim@new", "kim"))
    cluster.take(said(1, "product_added", user="kim", **TENT))
    cluster.deliver(("kim", "kim"))
    cluster.deliver(("kim", "kim"))
    cluster.answer()
    cluster.answer()
    assert cluster.key("kim@new")[1].timers == []
    cluster.settle()
    cluster.fire(MONDAY + DAY)
    assert decided(cluster) == [("kim@new", 31, "acted")]


# What cannot be read, and what fails.


def test_what_is_no_record_of_identity_and_what_has_no_header_is_refused() -> None:
    cluster = Cluster(BOOK)
    operator, context = cluster.key("kim")
    for first, value in ((HANDED, b"garbage"), (HANDED, b"{}"), (HANDED, b'{"user_id": 1}'), (HANDED, b"\xff"), (STAMPED, b"x"), (STAMPED, b"x\n{}")):
        (row,) = operator.process_element(bytes([first]) + value, context) or ()
        assert (row[0], json.loads(row[2])["reason"]) == ("rejected", "MALFORMED")
    assert context.state.held is None


def test_a_history_that_the_engine_cannot_merge_is_reported_and_she_goes_on(monkeypatch: Any) -> None:
    monkeypatch.setattr("udfs.core.identity.carts.join", lambda *_, **__: 1 / 0)
    cluster = played(said(0, "product_added", web="web-1", **TENT), said(1, "product_added", user="kim", web="web-1", **TENT))
    assert [each["reason"] for each in cluster.told("rejected")] == ["ENGINE_ERROR"]
    assert decided(cluster) == [("kim", 31, "acted")]


def test_an_id_that_cannot_hand_over_says_so_and_lets_nothing_out(monkeypatch: Any) -> None:
    monkeypatch.setattr("udfs.core.decision.linking.left_by", lambda *_: 1 / 0)
    cluster = played(said(0, "product_added", web="web-1", **TENT), login(1, "kim", "web-1"))
    assert [each["reason"] for each in cluster.told("rejected")] == ["ENGINE_ERROR"]
    assert decided(cluster) == []
    assert not is_tied(cluster.key("kim")[1].state.held)


def test_a_record_that_cannot_be_read_is_refused_once_though_it_has_waited() -> None:
    broken = Record(MONDAY + MINUTE, b"kim", b'{"userId": "kim", "type": "track"}')
    cluster = played(login(0, "kim", "web-1"), broken)
    assert [each["reason"] for each in cluster.told("rejected")] == ["MISSING_FIELD"]
    waiting = halfway(login(0, "kim", "web-1"), broken)
    waiting.settle()
    assert [each["reason"] for each in waiting.told("rejected")] == ["MISSING_FIELD"]


def test_a_record_of_another_key_is_held_against_the_key_that_it_was_sent_with() -> None:
    cluster = Cluster(BOOK)
    operator, context = cluster.key("kim")
    context.at = MONDAY
    record = said(0, "product_added", web="web-1", **TENT)
    (row,) = operator.process_element(stamped(Stamp(own="web-2"), record.value), context) or ()
    assert json.loads(row[2])["reason"] == "KEY_MISMATCH"
    assert list(operator.process_element(stamped(Stamp(own="web-1"), record.value), context) or ()) == []
    assert context.timers == [MONDAY + 30 * MINUTE]


def test_a_header_is_one_line_before_the_record() -> None:
    assert stamped(Stamp(own="a\nb"), b"{}")[0] == STAMPED
    assert stamped(Stamp(own="a\nb"), b"{}").split(b"\n")[1] == b"{}"


def test_a_customers_own_heartbeat_moves_nothing_while_she_waits() -> None:
    cluster = halfway(said(0, "product_added", user="kim", **TENT), login(3, "kim", "web-1"))
    operator, context = cluster.key("kim")
    context.at = MONDAY + DAY
    assert list(operator.process_element(b"heartbeat", context) or ()) == []
    assert is_tied(context.state.held)


def test_a_pointer_is_forgotten_long_after_the_last_record_for_it() -> None:
    cluster = Cluster(BOOK)
    cluster.run(login(0, "kim", "web-1"), drain=DAY)
    cluster.fire(MONDAY + POINTS_FOR)
    context = cluster.key("web-1")[1]
    assert (context.state.held, context.ties.held) == (None, None)


# More than there is room for.


def test_what_is_passed_on_beyond_the_room_for_it_is_decided_at_once_and_nothing_is_lost(monkeypatch: Any) -> None:
    monkeypatch.setattr(ties, "MAX_PARKED", 1)
    cluster = Cluster(BOOK, is_committed=False)
    cluster.take(alias(0, "kim@new", "kim"))
    for minute in (1, 2):
        cluster.take(said(minute, "product_added", user="kim", **TENT))
    for _ in range(3):
        cluster.deliver(("kim", "kim"))
    for _ in range(3):
        cluster.answer()
    assert len(ties.read(cluster.key("kim@new")[1].ties.held).early) == 1
    assert len(cluster.key("kim@new")[1].timers) == 1, "the second is decided"
    cluster.settle()
    cluster.fire(MONDAY + DAY)
    assert len(decided(cluster)) == 1
