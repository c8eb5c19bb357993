"""Somebody is erased: what is known goes in one step, nothing that was pending leaves, and what the world does all the same changes nothing."""

from typing import Any

import pytest

from tests.builders import DAY, HOUR, MINUTE, MONDAY, Life, add, book, campaign, event, mail
from udfs.core.decision import erase, requests
from udfs.core.directory import Forgotten
from udfs.core.engine import Engine
from udfs.core.goal_outcome import GoalOutcome, OutcomeStatus
from udfs.core.personal_data import Erasure, Response, Status
from udfs.core.policy.language.policy import compile_policy
from udfs.core.profile.stored import decode
from udfs.core.profile.tombstone import is_tombstone, opened, tombstone
from udfs.core.records import Action, Event, Reason, Recall, Segment
from udfs.core.values.problems import DocumentError

T = MONDAY + 10 * HOUR
GRANT: dict[str, Any] = {"consent": {"default": {"marketing": "grant"}}}
QUIET: dict[str, Any] = {**GRANT, "quiet_hours": {"from": "09:00", "to": "20:00", "spread": "0m"}}


def seen(name: str, at: int, /, **more: Any) -> Event:
    return event(name, at, received=at, **more)


def erased(at: int, **more: Any) -> Event:
    return seen("user_erased", at, **more)


def somebody(*documents: dict[str, Any]) -> Life:
    return Life(Engine(book(*(documents or (campaign(), mail(), GRANT))), people=True))


def notices(life: Life) -> list[Erasure]:
    return [each for each in life.records if isinstance(each, Erasure)]


def recalls(life: Life) -> list[Recall]:
    return [each for each in life.records if isinstance(each, Recall)]


def test_nothing_is_left_but_two_times() -> None:
    life = somebody().live([seen("identify", T, traits={"email": "ada@example.com"}), add(T + 1, received=T + 1), erased(T + 2, message_id="e1")])
    assert is_tombstone(life.blob or b"")
    assert len(life.blob or b"") == 20
    assert (life.kept, life.due) == (b"", T + 2 + 30 * DAY)
    assert notices(life) == [
        Erasure(erasure_id="e1", user_id="ada", linked=[], at=T + 2, was_known=True, recalled=0, until=T + 2 + 30 * DAY),
    ]
    assert life.records[-2] == Forgotten(user_id="ada")
    assert "example" not in repr(life.records)


def test_somebody_unknown_is_erased_as_well_since_others_may_know_of_them() -> None:
    life = somebody().live([erased(T)])
    assert [type(each) for each in life.records] == [Forgotten, Erasure]
    assert not notices(life)[0].was_known
    assert is_tombstone(life.blob or b"")


def test_a_silence_that_is_pending_never_ends() -> None:
    life = somebody().live([add(T, received=T), erased(T + 30 * MINUTE)]).wait(T + 365 * DAY)
    assert not life.actions


def test_what_had_fallen_due_before_without_a_timer_has_left_and_is_called_back_at_once() -> None:
    with_timer, without = somebody(), somebody()
    for life in (with_timer, without):
        life.live([add(T, received=T, message_id="a")])
    with_timer.wait(T + HOUR)
    for life in (with_timer, without):
        life.live([erased(T + HOUR, message_id="e")])
        assert [each.decision_id for each in life.actions] == [each.decision_id for each in recalls(life)]
        assert recalls(life)[0].reason is Reason.ERASED
        assert notices(life)[0].recalled == 1
    assert with_timer.records == without.records
    assert with_timer.blob == without.blob


def test_a_transactional_message_is_called_back_too() -> None:
    life = somebody(mail(purpose="transactional"), GRANT).live([seen("go", T), erased(T + 1)])
    assert [each.reason for each in recalls(life)] == [Reason.ERASED]


def test_what_was_delivered_is_not_called_back() -> None:
    life = somebody().live([seen("go", T)])
    life.live([seen("message_sent", T + 1, decision_id=life.actions[0].decision_id), erased(T + 2)])
    assert recalls(life) == []


def test_a_message_that_was_put_off_ends_with_a_decision_and_gives_its_place_back() -> None:
    life = somebody(mail(), QUIET).live([seen("go", T), erased(T + MINUTE)]).wait(T + 60 * DAY)
    assert life.told == [("deferred", "QUIET_HOURS", T), ("withheld", "ERASED", T + MINUTE)]
    limited = Engine(book(mail(), {**GRANT, "throughput": {"email": "1 per minute"}}))
    Life(limited, "bob").live([seen("go", T, user="bob")])
    queued = Life(limited).live([seen("go", T)])
    assert queued.told[-1][1] == "THROTTLED"
    queued.live([erased(T + 1)])
    third = Life(limited, "cleo").live([seen("go", T + 2, user="cleo")])
    third.wait(T + DAY)
    assert [each.at // MINUTE for each in third.actions] == [T // MINUTE + 1]


def test_segments_are_left_and_outcomes_are_said_for_the_last_time() -> None:
    goal = mail(goal={"event": "order_completed", "within": "3d"})
    life = somebody(goal, {"segments": [{"segment": "lookers", "when": "seen('page')"}]}, GRANT)
    life.live([seen("page", T), seen("go", T + 1), erased(T + 2)])
    assert [(each.segment, each.change) for each in life.records if isinstance(each, Segment)] == [("lookers", "entered"), ("lookers", "left")]
    assert [each.status for each in life.records if isinstance(each, GoalOutcome)] == [OutcomeStatus.CUT]


def test_an_event_in_flight_makes_no_new_profile_and_is_counted() -> None:
    life = somebody().live([add(T, received=T), erased(T + 1)])
    made = len(life.records)
    before = life.blob
    life.live([event("go", T - HOUR, received=T + 2), seen("go", T + 29 * DAY), seen("unsubscribed", T + 29 * DAY, message_id="u")])
    assert (life.blob, life.due) == (before, opened(before or b"").until)
    assert life.records[made:] == []
    assert life.engine.counts["events_of_erased"] == 3


def test_who_comes_back_after_the_time_is_somebody_new_with_or_without_a_timer() -> None:
    story = [seen("unsubscribed", T), seen("go", T + 1), erased(T + 2)]
    back = T + 2 + 30 * DAY
    with_timer, without = somebody().live(story), somebody().live(story)
    with_timer.wait(back)
    assert (with_timer.blob, with_timer.due) == (b"", None)
    fresh = somebody()
    for life in (with_timer, without, fresh):
        life.live([seen("go", back, message_id="g")])
    assert with_timer.blob == without.blob == fresh.blob
    assert without.told[-1][:2] == ("acted", "ELIGIBLE")


def test_a_timer_that_comes_early_leaves_the_tombstone() -> None:
    life = somebody().live([add(T, received=T), erased(T + 1)])
    step = life.engine.on_time(life.blob, "ada", T + HOUR)
    assert (step.blob, step.due, step.records) == (life.blob, life.due, [])


def test_who_makes_a_new_account_comes_back_at_once() -> None:
    life = somebody().live([seen("go", T), erased(T + 1), seen("signed_up", T + HOUR), seen("go", T + HOUR + 1)])
    assert decode(life.blob or b"").born == T + HOUR
    assert len(life.actions) == 2


@pytest.mark.parametrize(
    "late",
    [
        event("signed_up", T - DAY, received=T + HOUR),
        Event(**{**{name: getattr(seen("signed_up", T + HOUR), name) for name in Event.__struct_fields__}, "counted_back": True}),
        event("signed_up", T + HOUR, received=T + HOUR, clamped=True),
    ],
    ids=["it happened before the erasure", "nobody knows when it happened", "its clock is wrong"],
)
def test_a_sign_up_that_may_be_an_old_one_brings_nobody_back(late: Event) -> None:
    life = somebody().live([erased(T), late])
    assert is_tombstone(life.blob or b"")


def test_whoever_is_erased_twice_is_erased_once_more_and_the_time_begins_anew() -> None:
    life = somebody().live([seen("page", T), erased(T + 1), erased(T + DAY, message_id="e2")])
    assert [(each.was_known, each.until) for each in notices(life)] == [(True, T + 1 + 30 * DAY), (False, T + 31 * DAY)]
    assert opened(life.blob or b"").until == life.due == T + 31 * DAY


def test_the_same_erasure_that_is_delivered_again_is_answered_again_and_changes_nothing() -> None:
    first = erased(T + 1, message_id="e1")
    life = somebody().live([seen("page", T), first])
    before = life.blob
    life.live([first])
    assert (life.blob, [each.erasure_id for each in notices(life)]) == (before, ["e1", "e1"])


def test_an_erasure_that_is_older_than_what_is_known_erases_all_the_same() -> None:
    life = somebody().live([seen("page", T + HOUR), erased(T)])
    assert opened(life.blob or b"").at == T + HOUR
    assert notices(life)[0].was_known


def test_what_somebody_had_denied_goes_as_well() -> None:
    life = somebody().live([seen("unsubscribed", T)])
    life.wait(T + 500 * DAY)
    step = life.engine.on_time(life.blob, "ada", T + 500 * DAY)
    life.blob = step.blob
    life.live([erased(T + 501 * DAY)])
    assert (is_tombstone(life.blob or b""), notices(life)[-1].was_known) == (True, True)


def test_what_cannot_be_read_is_erased_too() -> None:
    life = somebody()
    life.blob = b"\x93\x02\xff nonsense"
    life.live([erased(T)])
    assert is_tombstone(life.blob)
    assert notices(life)[0].was_known
    assert life.engine.counts["failures"] == 1


def test_a_mistake_in_what_is_to_be_said_at_the_end_keeps_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: Any) -> list[Any]:
        message = "a mistake"
        raise KeyError(message)

    life = somebody().live([seen("go", T)])
    monkeypatch.setattr(erase, "leave", fails)
    life.live([erased(T + 1)])
    assert is_tombstone(life.blob or b"")
    assert [type(each) for each in life.records[-2:]] == [Forgotten, Erasure]


@pytest.mark.parametrize("user", ["ada 'or' 1=1; --", "Zoë/😀", "a\u0000b", "a\n{}", "x" * 256, "..", "ada@example.com"])
def test_an_odd_id_is_erased_like_any_other(user: str) -> None:
    life = Life(Engine(book(mail(), GRANT), people=True), user).live([seen("go", T, user=user), erased(T + 1, user=user)])
    assert notices(life)[0].user_id == user
    assert is_tombstone(life.blob or b"")
    assert life.engine.on_event(life.blob, seen("go", T + 2, user=user)).records == []


def test_a_request_about_somebody_who_was_erased_says_so() -> None:
    life = somebody().live([seen("page", T), erased(T + 1), seen(requests.PROFILE, T + 2, request_id="r")])
    answer = life.records[-1]
    assert isinstance(answer, Response)
    assert (answer.status, answer.profile, answer.ends) == (Status.ERASED, None, T + 1 + 30 * DAY)


def test_the_policy_says_for_how_long_what_arrives_is_dropped() -> None:
    life = somebody(mail(), {**GRANT, "retention": {"erased": "10d"}}).live([erased(T)])
    assert notices(life)[0].until == T + 10 * DAY
    kept = compile_policy({"retention": {"erased": "10d"}}).retention
    assert kept is not None
    assert (kept.known, kept.erased) == (400 * DAY, 10 * DAY)
    with pytest.raises(DocumentError):
        compile_policy({"retention": {"erased": "1d"}})


def test_without_a_policy_it_is_thirty_days() -> None:
    assert notices(somebody(mail()).live([erased(T)]))[0].until == T + 30 * DAY


def test_what_another_id_hands_over_after_the_erasure_goes_the_same_way() -> None:
    engine = Engine(book(campaign(), GRANT))
    web = Life(engine, "web-1").live([add(T, received=T, user="web-1")])
    kim = Life(engine, "kim").live([erased(T + 1, user="kim")])
    _, handed_over = engine.on_leave(web.blob, "web-1", T + 2, web.kept)
    step = engine.on_join(kim.blob, "kim", handed_over, kim.kept)
    assert (step.blob, step.due, step.records, step.kept) == (kim.blob, kim.due, [], None)


def test_an_erased_id_that_turns_out_to_be_somebody_hands_over_nothing() -> None:
    engine = Engine(book(campaign(), GRANT))
    web = Life(engine, "web-1").live([add(T, received=T, user="web-1"), erased(T + 1, user="web-1")])
    left, handed_over = engine.on_leave(web.blob, "web-1", T + 2, web.kept)
    assert (left.blob, left.records) == (b"", [])
    kim = decode(engine.on_join(None, "kim", handed_over).blob)
    assert (kim.born, kim.carts, kim.seen) == (0, {}, {}), "that the browser is hers is all that she learns"


def test_a_tombstone_is_told_from_profiles_and_stubs() -> None:
    assert is_tombstone(tombstone(at=T, until=T + 1))
    life = somebody().live([seen("unsubscribed", T)])
    stub = life.engine.on_time(life.blob, "ada", T + 500 * DAY).blob
    assert not is_tombstone(life.blob or b"")
    assert not is_tombstone(stub)
    assert not is_tombstone(b"")
    assert not is_tombstone(b"\x90")


def test_an_action_after_an_erasure_is_for_somebody_new() -> None:
    life = somebody().live([seen("go", T), erased(T + 1), seen("signed_up", T + 2), seen("go", T + 3)])
    assert [isinstance(each, Action) for each in life.records].count(True) == 2
    assert len(decode(life.blob or b"").messages) == 1
