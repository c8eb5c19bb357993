"""One person with several ids, at the keys of the job: who hands over, who waits, and who points to somebody else."""

import json
from typing import Any

from services.replay.records import Record
from tests.builders import DAY, MINUTE, MONDAY, book, campaign
from tests.identity.test_in_one_process import alias, login, said
from tests.operators.linking import Cluster
from udfs.codecs.handover import taken
from udfs.codecs.stamped import HANDED, STAMPED, Stamp, stamped
from udfs.core.identity import ties
from udfs.core.identity.ties import EARLY_MS, MAX_PARKED, PATIENCE_MS
from udfs.core.profile.stored import decode
from udfs.operators.linked import POINTS_FOR
from udfs.operators.stored import is_tied, read

CART = campaign(when="cart.value > 40")
TENT: dict[str, Any] = {"product_id": "tent", "price": 60, "quantity": 1}
BOOK = book(CART)


def played(*records: Record, **told: Any) -> Cluster:
    cluster = Cluster(BOOK, **told)
    cluster.run(*records, drain=2 * DAY)
    return cluster


def decided(cluster: Cluster) -> list[tuple[str, float, str]]:
    return [(each["user_id"], (each["at"] - MONDAY) / MINUTE, each["outcome"]) for each in cluster.told("decisions")]


def halfway(*records: Record, **told: Any) -> Cluster:
    """All records have arrived, and no answer has."""
    cluster = Cluster(BOOK, **told)
    for record in records:
        cluster.fire(record.at - 1)
        cluster.take(record)
        for wire in [wire for wire, rows in cluster.wires.items() if rows]:
            while cluster.wires[wire]:
                cluster.deliver(wire)
    cluster.commit()
    return cluster


def counts(cluster: Cluster, what: str) -> int:
    return sum({str(name): count for name, count in operator._metrics.own.items()}[what] for operator, _ in cluster.keys.values())


# A link.


def test_a_cart_is_reminded_once_under_the_id_of_the_person() -> None:
    cluster = played(said(0, "product_added", web="web-1", **TENT), login(3, "kim", "web-1"))
    assert decided(cluster) == [("kim", 30, "acted")]
    assert counts(cluster, "ids_linked") == 1


def test_a_purchase_after_the_login_cancels_the_cart_of_before_it() -> None:
    story = [said(0, "product_added", web="web-1", **TENT), login(3, "kim", "web-1"), said(3.01, "order_completed", user="kim", order_id="o1")]
    assert decided(played(*story)) == []


def test_an_order_that_comes_while_she_waits_cancels_the_cart_that_is_on_its_way() -> None:
    story = [said(0, "product_added", web="web-1", **TENT), login(3, "kim", "web-1"), said(3.01, "order_completed", user="kim", order_id="o1")]
    cluster = halfway(*story)
    assert cluster.key("kim")[1].timers == []
    cluster.settle()
    cluster.fire(MONDAY + 2 * DAY)
    cluster.commit()
    assert decided(cluster) == []


def test_what_comes_for_the_old_id_later_is_the_persons() -> None:
    story = [login(0, "kim", "web-1"), said(1, "product_added", web="web-1", **TENT)]
    assert decided(played(*story)) == [("kim", 31, "acted")]


def test_the_old_id_says_nothing_at_or_after_the_record_time_of_the_link() -> None:
    cart = said(0, "product_added", web="web-1", **TENT)
    for minute, who in ((29.99, "kim"), (30, "kim"), (30.01, "web-1")):
        assert [each[0] for each in decided(played(cart, login(minute, "kim", "web-1")))] == [who]


def test_an_id_of_which_nothing_is_known_answers_too() -> None:
    cluster = halfway(login(0, "kim", "web-1"))
    ((to, value),) = cluster.identity
    answer = taken(value)
    assert (to, answer.from_id, answer.content, answer.at) == ("kim", "web-1", "history", MONDAY)
    assert is_tied(cluster.key("kim")[1].state.held)
    cluster.settle()
    assert not is_tied(cluster.key("kim")[1].state.held)


def test_the_decision_keeps_the_id_that_it_would_have_had() -> None:
    cart = said(0, "product_added", web="web-1", **TENT)
    alone, linked = played(cart), played(cart, login(3, "kim", "web-1"))
    assert [each["decision_id"] for each in alone.told("decisions")] == [each["decision_id"] for each in linked.told("decisions")]


def test_a_link_that_is_told_again_hands_nothing_over() -> None:
    cluster = played(login(0, "kim", "web-1"), login(1, "kim", "web-1"), said(2, "page", user="kim", web="web-1"))
    assert len(cluster.identity) == 1


def test_whoever_is_linked_to_nobody_has_no_second_state_and_is_not_marked() -> None:
    cluster = played(said(0, "product_added", user="ann", **TENT))
    context = cluster.key("ann")[1]
    assert (context.ties.writes, context.ties.held, is_tied(context.state.held)) == (0, None, False)


def test_a_pointer_is_less_than_two_hundred_bytes() -> None:
    cluster = Cluster(BOOK)
    cluster.run(said(0, "product_added", web="web-1", **TENT), login(3, "kim", "web-1"), drain=DAY)
    context = cluster.key("web-1")[1]
    assert context.state.held is not None
    assert context.ties.held is not None
    assert len(context.state.held) + len(context.ties.held) < 200
    assert context.kept_ids.held is None


# Waiting.


def test_nothing_falls_due_for_somebody_who_waits_and_all_of_it_afterwards() -> None:
    cluster = halfway(said(0, "product_added", user="kim", **TENT), login(3, "kim", "web-1"))
    cluster.fire(MONDAY + 40 * MINUTE)
    cluster.commit()
    assert decided(cluster) == []
    cluster.settle()
    assert decided(cluster) == [("kim", 30, "acted")], "without another step of time: a replay ends with one"


def test_what_waits_is_decided_in_its_order_and_counted() -> None:
    cluster = halfway(login(0, "kim", "web-1"), said(1, "product_added", user="kim", **TENT), said(2, "order_completed", user="kim", order_id="o"))
    assert counts(cluster, "records_parked") == 3
    cluster.settle()
    cluster.fire(MONDAY + DAY)
    assert decided(cluster) == []
    (_, context) = cluster.key("kim")
    assert decode(read(context.state.held)[1] or b"").now == MONDAY + 2 * MINUTE


def test_two_devices_at_once_are_both_waited_for() -> None:
    cluster = halfway(login(0, "kim", "web-1"), login(0.1, "kim", "app-2"))
    cluster.answer()
    assert is_tied(cluster.key("kim")[1].state.held)
    cluster.settle()
    assert not is_tied(cluster.key("kim")[1].state.held)
    assert counts(cluster, "ids_linked") == 2


def test_a_person_who_loses_patience_goes_on_and_merges_the_history_when_it_comes() -> None:
    cluster = halfway(said(0, "product_added", web="web-1", **TENT), login(3, "kim", "web-1"))
    cluster.wait("kim", PATIENCE_MS - 1)
    assert is_tied(cluster.key("kim")[1].state.held)
    cluster.wait("kim", 1)
    assert not is_tied(cluster.key("kim")[1].state.held)
    assert counts(cluster, "histories_overdue") == 1
    cluster.settle()
    cluster.fire(MONDAY + DAY)
    cluster.commit()
    assert decided(cluster) == [("kim", 30, "acted")]
    assert counts(cluster, "ids_linked") == 1


def test_who_has_lost_patience_is_reminded_of_what_fell_due_meanwhile() -> None:
    broken = Record(MONDAY + 3 * MINUTE, b"kim", b'{"type": "track", "userId": "kim", "anonymousId": "web-1"}')
    cluster = halfway(said(0, "product_added", user="kim", **TENT), broken)
    cluster.fire(MONDAY + 40 * MINUTE)
    cluster.wait("kim", PATIENCE_MS)
    cluster.fire(MONDAY + 40 * MINUTE)
    cluster.commit()
    assert decided(cluster) == [("kim", 30, "acted")]


def test_after_an_outage_she_has_the_whole_patience_once_more() -> None:
    cluster = halfway(login(3, "kim", "web-1"))
    cluster.wait("kim", PATIENCE_MS + 60_000)
    assert is_tied(cluster.key("kim")[1].state.held)
    cluster.wait("kim", PATIENCE_MS)
    assert not is_tied(cluster.key("kim")[1].state.held)


def test_more_records_than_there_is_room_for_end_the_waiting() -> None:
    login_first = [login(0, "kim", "web-1")]
    cluster = halfway(*login_first, *(said(1 + number / 1000, "page", user="kim") for number in range(MAX_PARKED - 1)))
    assert is_tied(cluster.key("kim")[1].state.held)
    late = Cluster(BOOK)
    late = halfway(*login_first, *(said(1 + number / 1000, "page", user="kim") for number in range(MAX_PARKED)))
    assert not is_tied(late.key("kim")[1].state.held)
    late.settle()
    assert (counts(late, "histories_overdue"), counts(late, "ids_linked")) == (1, 1)


def test_a_history_that_comes_before_its_link_is_kept_until_the_link_comes() -> None:
    cluster = Cluster(BOOK)
    cluster.run(said(0, "product_added", web="web-1", **TENT), drain=0)
    cluster.take(login(3, "kim", "web-1"))
    cluster.deliver(("web-1", "web-1"))
    cluster.commit()
    cluster.answer()
    assert not is_tied(cluster.key("kim")[1].state.held)
    cluster.settle()
    cluster.fire(MONDAY + DAY)
    cluster.commit()
    assert decided(cluster) == [("kim", 30, "acted")]
    assert counts(cluster, "records_parked") == 0


def test_a_history_that_nobody_asks_for_is_dropped_in_the_end() -> None:
    cluster = Cluster(BOOK)
    cluster.take(login(3, "kim", "web-1"))
    cluster.deliver(("web-1", "web-1"))
    cluster.commit()
    cluster.answer()
    assert ties.read(cluster.key("kim")[1].ties.held).early
    cluster.wait("kim", EARLY_MS)
    assert cluster.key("kim")[1].ties.held is None
    assert counts(cluster, "histories_dropped") == 1


def test_an_answer_that_comes_twice_is_merged_once() -> None:
    cluster = halfway(said(0, "product_added", web="web-1", **TENT), login(3, "kim", "web-1"))
    cluster.identity *= 2
    cluster.settle()
    cluster.fire(MONDAY + DAY)
    cluster.commit()
    assert decided(cluster) == [("kim", 30, "acted")]
    assert counts(cluster, "ids_linked") == 1
    assert ties.read(cluster.key("kim")[1].ties.held).early == {}


def test_an_event_that_the_old_id_had_and_the_person_gets_again_counts_once() -> None:
    cart = said(0, "product_added", web="web-1", **TENT)
    again = Record(cart.at + 4 * MINUTE, cart.key, cart.value)
    cluster = Cluster(book(campaign(when="cart.value > 100")))
    cluster.run(cart, login(3, "kim", "web-1"), again, drain=DAY)
    assert decided(cluster) == []
    assert sum(operator._engine.counts["duplicates"] for operator, _ in cluster.keys.values() if operator._engine) == 1


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
