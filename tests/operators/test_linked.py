"""One person with several ids, at the keys of the job: who hands over, who waits, and what is merged."""

from services.replay.records import Record
from tests.builders import DAY, MINUTE, MONDAY, book, campaign
from tests.identity.test_in_one_process import login, said
from tests.operators.linking import BOOK, TENT, Cluster, counts, decided, halfway, played
from udfs.codecs.handover import taken
from udfs.core.identity import ties
from udfs.core.identity.ties import EARLY_MS, MAX_PARKED, PATIENCE_MS
from udfs.core.profile.stored import decode
from udfs.operators.stored import is_tied, read

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
