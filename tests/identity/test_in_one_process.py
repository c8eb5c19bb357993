"""A visitor logs in, and everything that was known of her is known of the person: in the job that runs in one process."""

import json
from typing import Any

import pytest

from services.local.again import decide_again
from services.local.job import LocalJob, Output
from services.replay.records import Record
from tests.builders import DAY, MINUTE, MONDAY, Life, book, campaign, event, mail, words
from tests.core.policy.test_caps import GRANT
from tests.field.playing import needs_cases, played
from udfs.core.directory import Forgotten, Person
from udfs.core.engine import Engine
from udfs.core.profile.stored import decode
from udfs.core.records import Action, Decision, Recall, Rejection, Segment

CART = campaign(when="cart.value > 40")
TENT: dict[str, Any] = {"product_id": "tent", "price": 60, "quantity": 1}


def said(minute: float, name: str, *, user: str | None = None, web: str | None = None, kind: str = "track", **fields: Any) -> Record:
    at = MONDAY + int(minute * MINUTE)
    payload: dict[str, Any] = {"type": kind, "messageId": f"{name}-{user}-{web}-{minute}", "timestamp": at, "properties": fields, "event": name}
    payload |= {key: value for key, value in {"userId": user, "anonymousId": web}.items() if value}
    if kind == "alias":
        payload["previousId"] = fields.pop("previous")
    return Record(at, (user or web or "").encode(), json.dumps(payload).encode())


def login(minute: float, user: str, web: str) -> Record:
    return said(minute, "", user=user, web=web, kind="identify")


def alias(minute: float, user: str, previous: str) -> Record:
    return said(minute, "", user=user, kind="alias", previous=previous)


def run(job: LocalJob, *records: Record) -> list[Output]:
    return [each for outputs in job.run(records, drain=2 * DAY) for each in outputs]


def told(outputs: list[Output]) -> list[tuple[str, float, str]]:
    decided = [each for each in outputs if isinstance(each, Decision)]
    return [(each.user_id, (each.at - MONDAY) / MINUTE, each.outcome.value) for each in decided]


def test_a_cart_is_reminded_once_under_the_id_of_the_person() -> None:
    assert told(run(LocalJob(book(CART)), said(0, "product_added", web="web-1", **TENT), login(3, "kim", "web-1"))) == [("kim", 30, "acted")]


def test_a_purchase_after_the_login_cancels_the_cart_of_before_it() -> None:
    story = [said(0, "product_added", web="web-1", **TENT), login(3, "kim", "web-1"), said(3.01, "order_completed", user="kim", order_id="o1")]
    assert told(run(LocalJob(book(CART)), *story)) == []


def test_the_order_that_says_for_the_first_time_who_it_is_cancels_the_cart() -> None:
    story = [said(0, "product_added", web="web-1", **TENT), said(5, "order_completed", user="kim", web="web-1", order_id="o1")]
    assert told(run(LocalJob(book(CART)), *story)) == []


def test_a_purchase_before_the_link_cancels_the_cart_too() -> None:
    story = [said(0, "product_added", web="web-1", **TENT), said(5, "order_completed", user="kim", order_id="o1"), alias(6, "kim", "web-1")]
    assert told(run(LocalJob(book(CART)), *story)) == []


def test_a_cart_of_after_the_purchase_is_another_one() -> None:
    story = [said(0, "order_completed", user="kim", order_id="o1"), said(9, "product_added", web="web-1", **TENT), alias(12, "kim", "web-1")]
    assert told(run(LocalJob(book(CART)), *story)) == [("kim", 39, "acted")]


def test_a_message_that_is_under_way_is_recalled_when_it_turns_out_that_she_had_bought() -> None:
    story = [said(0, "product_added", web="web-1", **TENT), said(29, "order_completed", user="kim", order_id="o1"), alias(31, "kim", "web-1")]
    outputs = run(LocalJob(book(CART)), *story)
    assert [(each.user_id, each.reason.value) for each in outputs if isinstance(each, Recall)] == [("kim", "EXITED")]


def test_what_falls_due_at_the_record_time_of_the_link_is_the_persons() -> None:
    decided = [login(30, "kim", "web-1"), login(29.99, "kim", "web-1"), login(30.01, "kim", "web-1")]
    found = [told(run(LocalJob(book(CART)), said(0, "product_added", web="web-1", **TENT), each))[0][0] for each in decided]
    assert found == ["kim", "kim", "web-1"]


def test_a_decision_keeps_the_id_that_it_would_have_had() -> None:
    first = run(LocalJob(book(CART)), said(0, "product_added", web="web-1", **TENT))
    later = run(LocalJob(book(CART)), said(0, "product_added", web="web-1", **TENT), login(3, "kim", "web-1"))
    ids = [[each.decision_id for each in outputs if isinstance(each, Decision)] for outputs in (first, later)]
    assert ids[0] == ids[1]
    assert len(ids[0]) == 1


def test_a_cart_that_was_spoken_of_before_the_login_is_not_spoken_of_again() -> None:
    story = [said(0, "product_added", web="web-1", **TENT), login(40, "kim", "web-1"), said(41, "cart_viewed", user="kim")]
    assert told(run(LocalJob(book(CART)), *story)) == [("web-1", 30, "acted")]


def test_the_carts_of_both_are_one_cart() -> None:
    rule = campaign(when="cart.value == 120")
    peg: dict[str, Any] = {"product_id": "peg", "price": 60, "quantity": 1}
    story = [said(0, "product_added", user="kim", **peg), said(5, "product_added", web="web-1", **TENT), login(9, "kim", "web-1")]
    assert told(run(LocalJob(book(rule)), *story)) == [("kim", 35, "acted")]


def test_who_left_before_the_login_gets_nothing_after_it() -> None:
    story = [said(0, "unsubscribed", web="web-2"), login(1, "lee", "web-2"), said(2, "product_added", user="lee", **TENT)]
    assert told(run(LocalJob(book(CART)), *story)) == [("lee", 32, "withheld")]


def test_a_cap_counts_the_messages_of_both() -> None:
    policy = {**GRANT, "caps": [{"id": "daily", "channel": "any", "max": 1, "within": "24h"}]}
    story = [said(0, "go", web="web-1"), login(1, "kim", "web-1"), said(2, "go", user="kim")]
    assert [outcome for _, _, outcome in told(run(LocalJob(book(mail(), policy)), *story))] == ["acted", "withheld"]


def test_nobody_changes_variant_or_group_at_the_login() -> None:
    variants = {name: words() for name in ("a", "b", "c")}
    documents = book(mail(variants=variants, control_group="20%"), {**GRANT, "holdout": {"share": "10%", "epoch": "2026"}})
    changed = []
    for number in range(300):
        story = [said(0, "go", web=f"web-{number}"), login(1, f"kim-{number}", f"web-{number}"), said(2, "go", user=f"kim-{number}")]
        before, after = (each for each in run(LocalJob(documents), *story) if isinstance(each, Decision))
        assert (before.user_id, after.user_id) == (f"web-{number}", f"kim-{number}")
        if (before.variant, before.outcome) != (after.variant, after.outcome):
            changed.append(number)
    assert changed == []


def test_of_two_that_were_assigned_both_the_earlier_stays() -> None:
    documents = book(mail(variants={name: words() for name in ("a", "b", "c", "d")}))
    kept = 0
    for number in range(60):
        web, kim = f"web-{number}", f"kim-{number}"
        story = [said(0, "go", user=kim), said(1, "go", web=web), login(2, kim, web), said(3, "go", user=kim)]
        variants = [each.variant for each in run(LocalJob(documents), *story) if isinstance(each, Decision)]
        assert variants[2] == variants[0]
        kept += variants[1] != variants[0]
    assert kept > 20  # the rule had something to decide


def test_the_run_of_a_journey_goes_on_and_is_not_begun_twice() -> None:
    journey = {
        "campaign": "welcome",
        "trigger": {"event": "go"},
        "entry": {"once_per": "event.plan"},
        "variants": {"second": words()},
        "steps": [{"wait": "1h"}, {"send": "second"}],
    }
    story = [said(0, "go", web="web-1", plan="gold"), said(5, "go", user="kim", plan="gold"), login(9, "kim", "web-1")]
    assert told(run(LocalJob(book(journey)), *story)) == [("kim", 60, "acted")]


def test_a_device_that_changes_hands_leaves_its_cart_with_the_first() -> None:
    story = [said(0, "product_added", web="web-1", **TENT), login(1, "kim", "web-1"), login(2, "lee", "web-1")]
    outputs = run(LocalJob(book(CART)), *story, said(3, "product_added", web="web-1", **TENT))
    assert sorted(told(outputs)) == [("kim", 30, "acted"), ("lee", 33, "acted")]


def test_an_event_of_the_old_id_that_comes_after_the_link_is_the_persons() -> None:
    job = LocalJob(book(CART))
    assert told(run(job, login(0, "kim", "web-1"), said(1, "product_added", web="web-1", **TENT))) == [("kim", 31, "acted")]
    assert [*job.profiles] == ["kim"]


def test_two_known_people_stay_two_unless_an_alias_makes_them_one() -> None:
    both = [said(0, "product_added", user="lee", **TENT), said(1, "page", user="kim", web="lee")]
    assert told(run(LocalJob(book(CART)), *both)) == [("lee", 30, "acted")]
    assert told(run(LocalJob(book(CART)), *both, alias(2, "kim", "lee"))) == [("kim", 30, "acted")]


def test_a_repeat_that_comes_after_the_login_is_known() -> None:
    job = LocalJob(book(CART))
    first = said(0, "product_added", web="web-1", **TENT)
    run(job, first, login(1, "kim", "web-1"), first._replace(at=first.at + 2 * MINUTE))
    assert job.engine.counts["duplicates"] == 1


def test_a_member_of_a_segment_is_a_member_still_and_no_new_one() -> None:
    segments = {"segments": [{"segment": "browsers", "when": "seen('go', '7d')"}]}
    greeting = mail("hello", trigger={"enters": "browsers"})
    outputs = run(LocalJob(book(segments, greeting)), said(0, "go", web="web-1"), login(1, "kim", "web-1"))
    changes = [(each.user_id, each.change) for each in outputs if isinstance(each, Segment)]
    assert changes == [("web-1", "entered"), ("web-1", "left"), ("kim", "entered")]
    assert len([each for each in outputs if isinstance(each, Action)]) == 1


def test_who_forbade_to_store_anything_is_forgotten_under_both_ids() -> None:
    job = LocalJob(book(CART))
    story = [said(0, "product_added", user="kim", **TENT), said(1, "consent_withdrawn", web="web-1", purpose="storage"), alias(2, "kim", "web-1")]
    assert told(run(job, *story)) == []
    assert decode(job.profiles["kim"]).carts == {}


def test_the_directory_of_people_lists_the_person_and_not_her_old_id() -> None:
    outputs = run(LocalJob(book(CART), people=True), said(0, "page", web="web-1"), login(1, "kim", "web-1"))
    listed = [(type(each).__name__, each.user_id) for each in outputs if isinstance(each, Person | Forgotten)]
    assert listed == [("Person", "web-1"), ("Forgotten", "web-1"), ("Person", "kim")]


def test_the_directory_of_people_hears_of_what_a_history_denied_though_no_event_follows() -> None:
    engine = Engine(book(CART), people=True)
    kim = Life(engine, "kim").live([event("subscribed", MONDAY, user="kim", received=MONDAY)])
    web = Life(engine, "web-1").live([event("unsubscribed", MONDAY + 1, user="web-1", received=MONDAY + 1)])
    _, handed_over = engine.on_leave(web.blob, "web-1", MONDAY + 2, web.kept)
    told = [each for each in engine.on_join(kim.blob, "kim", handed_over, kim.kept).records if isinstance(each, Person)]
    assert [(each.user_id, each.opted_in) for each in told] == [("kim", [])]
    assert [each.opted_in for each in kim.records if isinstance(each, Person)] == [["marketing"]]


def test_a_link_that_the_engine_fails_on_is_reported_and_the_event_is_decided(monkeypatch: pytest.MonkeyPatch) -> None:
    job = LocalJob(book(CART))
    monkeypatch.setattr("udfs.core.identity.carts.join", lambda *_, **__: 1 / 0)
    outputs = run(job, said(0, "product_added", web="web-1", **TENT), said(1, "product_added", user="kim", web="web-1", **TENT))
    assert [str(each.reason) for each in outputs if isinstance(each, Rejection)] == ["ENGINE_ERROR"]
    assert told(outputs) == [("kim", 31, "acted")], "and nothing goes out of the old id, whose stops are said under the new one"


def test_a_job_that_links_no_ids_decides_as_the_cluster_does_today() -> None:
    job = LocalJob(book(CART), links_ids=False)
    assert told(run(job, said(0, "product_added", web="web-1", **TENT), login(3, "kim", "web-1"))) == [("web-1", 30, "acted")]


def test_why_somebody_got_something_is_told_with_what_happened_under_her_other_id() -> None:
    job, records = LocalJob(book(CART)), [said(0, "product_added", web="web-1", **TENT), login(3, "kim", "web-1")]
    run(job, *records)
    for name in ("kim", "web-1"):
        trace = decide_again(book(CART), records, user=name, drain=DAY, links=job.links)
        assert (trace.user, [each.event.name for each in trace.arrived]) == ("kim", ["product_added", "identify"])
        assert [each.outcome.value for each in trace.decisions] == ["acted"]


def test_the_person_knows_which_ids_she_had() -> None:
    job = LocalJob(book(CART))
    run(job, said(0, "page", web="web-1"), login(1, "kim", "web-1"), alias(2, "kim@new", "kim"))
    identity = decode(job.profiles["kim@new"]).identity
    assert identity is not None
    assert {*identity.linked} == {"web-1", "kim"}
    assert job.links.all_of("web-1") == {"web-1", "kim", "kim@new"}


@needs_cases
def test_a_guest_who_registers_and_buys_gets_nothing_and_neither_does_who_left() -> None:
    outputs = played("guest-cart-then-account-then-order")
    assert [each for each in outputs if isinstance(each, Action)] == []
    assert [(each.user_id, each.reason.value) for each in outputs if isinstance(each, Decision)] == [("lee", "UNSUBSCRIBED")]
