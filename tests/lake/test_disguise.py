"""Decisions with pseudonyms instead of ids: who they are about is found by the keys alone, and they still join with what belongs to them."""

import json
from typing import Any

import pytest

from services.local.job import LocalJob
from tests.builders import MONDAY, book, mail, words
from tests.core.policy.test_caps import GRANT
from tests.identity.test_in_one_process import login, run, said
from tests.lake.filled import KNOWN
from tests.marked.marks import Mark, found_in, mark
from udfs.codecs.encode import encode, encode_all
from udfs.codecs.topics import Topics
from udfs.core.goal_outcome import GoalOutcome
from udfs.core.records import Action, Against, Decision, Facts, Reason
from udfs.core.values import chance
from udfs.lake.disguise import Disguise
from udfs.lake.tables import BY_NAME, Rules

RULES = Rules(pseudonyms=KNOWN)
DISGUISE = Disguise(KNOWN)
GOAL = {"event": "order_completed", "within": "1d"}
VARIANTS = {name: words() for name in ("a", "b")}
BOOK = book(mail(variants=VARIANTS, control_group="20%", goal=GOAL), {**GRANT, "holdout": {"share": "10%", "epoch": "2026"}})


def decided(people: int, *, logs_draws: bool = True) -> list[Any]:
    job = LocalJob(BOOK)
    job.engine.logs_draws = logs_draws
    return run(job, *(said(number / 100, "go", user=f"user-{number}") for number in range(people)))


def wire(record: Any, *, disguise: Disguise | None = DISGUISE) -> tuple[bytes, dict[str, Any]]:
    _, key, value = encode(record, decided_at=MONDAY, topics=Topics(), disguise=disguise)
    return key, json.loads(value)


def row(table: str, record: Any, *, disguise: Disguise | None) -> dict[str, Any]:
    _, key, value = encode(record, decided_at=MONDAY, topics=Topics(), disguise=disguise)
    return dict(zip((name for name, _ in BY_NAME[table].read_columns), next(BY_NAME[table].rows(key, value, MONDAY, RULES)), strict=True))


def of(kind: type[Any], records: list[Any]) -> list[Any]:
    return [each for each in records if isinstance(each, kind)]


def test_a_decision_and_its_outcome_hold_pseudonyms_that_agree_and_the_action_holds_the_id() -> None:
    records = decided(40)
    decision = next(each for each in of(Decision, records) if each.outcome == "acted")
    outcome = next(each for each in of(GoalOutcome, records) if each.decision_id == decision.decision_id)
    action = next(each for each in of(Action, records) if each.decision_id == decision.decision_id)
    (key, told), (_, came), (sent, delivered) = wire(decision), wire(outcome), wire(action)
    assert key == KNOWN.of(decision.user_id).encode()
    assert (told["user_id"], told["decision_id"]) == (came["user_id"], came["decision_id"])
    assert told["user_id"] == KNOWN.of(decision.user_id)
    assert told["trigger_event_id"] == KNOWN.record(decision.trigger_event_id)
    assert (told["key_epoch"], came["key_epoch"]) == (KNOWN.epoch, KNOWN.epoch)
    assert (sent.decode(), delivered["user_id"], delivered["decision_id"]) == (decision.user_id, decision.user_id, decision.decision_id)
    for text in (json.dumps(told), json.dumps(came)):
        assert decision.user_id not in text
        assert decision.decision_id not in text


def test_the_lake_makes_the_same_of_a_decision_whether_it_comes_with_ids_or_with_pseudonyms() -> None:
    for table, kind in (("decisions", Decision), ("outcomes", GoalOutcome)):
        for each in of(kind, decided(20)):
            plain, disguised = row(table, each, disguise=None), row(table, each, disguise=DISGUISE)
            assert disguised.pop("key_epoch") == KNOWN.epoch
            assert plain.pop("key_epoch") is None
            assert disguised == plain


def test_whatever_it_is_drawn_for_the_draws_say_how_it_came_out() -> None:
    seen = set()
    for each in of(Decision, decided(300)):
        draws = each.draws
        assert set(draws) == {"holdout", "control", "variant"}
        group = "held_out" if draws["holdout"] < 0.1 else "control" if draws["control"] < 0.2 else "acted"
        assert each.outcome == group
        assert each.variant == ("a" if draws["variant"] < 0.5 else "b")
        seen.add((group, each.variant))
    assert len(seen) == 6


def test_who_logs_in_is_drawn_for_by_the_id_that_was_assigned_first() -> None:
    job = LocalJob(BOOK)
    job.engine.logs_draws = True
    before, after = of(Decision, run(job, said(0, "go", web="web-7"), login(1, "kim", "web-7"), said(2, "go", user="kim")))
    assert before.draws == after.draws
    assert after.draws["variant"] == chance.lot("news", "web-7") != chance.lot("news", "kim")


def test_a_bandits_draw_is_logged_in_the_place_of_the_variants() -> None:
    job = LocalJob(book(mail(variants=VARIANTS, choose="bandit", goal=GOAL), GRANT))
    job.engine.logs_draws = True
    (decision,) = of(Decision, run(job, said(0, "go", user="kim")))
    assert decision.draws == {"bandit": chance.fraction("bandit:news", decision.decision_id)}


def test_without_the_option_a_decision_holds_ids_and_no_draws() -> None:
    for each in of(Decision, decided(5, logs_draws=False)):
        _, told = wire(each, disguise=None)
        assert (told["draws"], told["key_epoch"], told["user_id"]) == ({}, None, each.user_id)


def test_ids_are_nowhere_in_it_whatever_a_reason_or_a_feature_quotes() -> None:
    user, mailed = mark(Mark.USER, 1), mark(Mark.EMAIL, 1)
    facts: Facts = ({"who": user, "to": mailed, "count": 3},)
    (base,) = of(Decision, run(LocalJob(book(mail(), GRANT)), said(0, "go", user=user)))
    base.features = {"last": f"/account/{user}/orders", "email": mailed, "opens_email": 3, "path": f"{user}"}
    base.detail, base.facts = f"{user} has bounced", facts
    base.against = [Against(channel="email", reason=Reason.UNREACHABLE, detail=f"no {mailed}", facts=facts)]
    key, told = wire(base)
    assert found_in(key + json.dumps(told).encode()) == set()
    assert told["features"]["opens_email"] == 3
    assert told["facts"][0]["count"] == 3


def test_a_decision_whose_action_cannot_be_sent_is_withheld_under_its_pseudonym() -> None:
    records = run(LocalJob(book(mail(), GRANT)), said(0, "go", user="kim"))
    sent = encode_all(records, decided_at=MONDAY, topics=Topics(channels=["push"]), disguise=DISGUISE)
    (told,) = [json.loads(value) for topic, _, value in sent if topic == "decisions"]
    assert (told["user_id"], told["reason"]) == (KNOWN.of("kim"), "ENGINE_FAILED")


@pytest.mark.parametrize("name", ["", "1-" + "0" * 32, "kim", "zoë", "\ud800"])
def test_any_id_has_a_pseudonym(name: str) -> None:
    (base,) = of(Decision, run(LocalJob(book(mail(), GRANT)), said(0, "go", user="kim")))
    base.user_id = name
    assert wire(base)[1]["user_id"] == KNOWN.of(name)
