"""Throughput: one after the other, all customers together, and nobody twice."""

from collections import Counter
from typing import Any

import msgspec
import pytest

from tests.builders import HOUR, MINUTE, MONDAY, Life, book, control, event, mail, switch
from udfs.core.campaigns.compile_book import apply
from udfs.core.engine import Engine
from udfs.core.policy.rules import SPREAD, Rate
from udfs.core.policy.throughput import Throughput
from udfs.core.profile.state import Profile
from udfs.core.records import Outcome, Reason
from udfs.core.values import chance

T = MONDAY + 10 * HOUR
CONSENT = {"consent": {"default": {"marketing": "grant"}}}
POLICY = {**CONSENT, "throughput": {"email": "10 per minute"}}
ONE = {**CONSENT, "throughput": {"email": "1 per minute"}}


def person(engine: Engine, number: int, at: int, name: str = "go") -> Life:
    """A customer to whom something happens."""
    return Life(engine, f"u{number}").live([event(name, at, user=f"u{number}", thing={"an": "object"})])


def sent_by_minute(people: list[Life]) -> Counter[int]:
    """Minutes after T, and how many messages went out."""
    return Counter((at - T) // MINUTE for each in people for at in each.acted_at)


def pass_time(people: list[Life], until: int | None = None) -> None:
    """What falls due, in order of time."""
    while waiting := [each for each in people if each.due is not None and (until is None or each.due <= until)]:
        first = min(waiting, key=lambda each: each.due or 0)
        first.wait(first.due)


def test_what_is_more_than_a_minute_takes_waits_for_the_next_that_has_room() -> None:
    engine = Engine(book(mail(), mail("receipt", trigger={"event": "paid"}, purpose="transactional"), POLICY))
    people = [person(engine, number, T) for number in range(35)]
    waiting = [each for each in people if each.decisions[0].outcome is Outcome.DEFERRED]
    assert {each.decisions[0].reason for each in waiting} == {Reason.THROTTLED}
    pass_time(people)
    assert sent_by_minute(people) == {0: 10, 1: 10, 2: 10, 3: 5}
    assert Life(engine).live([event("paid", T)]).actions, "transactional passes by"


@pytest.mark.slow
@pytest.mark.parametrize("factor", [2, 10])
def test_under_overload_it_sends_at_its_full_rate_and_says_at_once_what_would_be_too_late(factor: int) -> None:
    engine = Engine(book(mail(send={"expires": "30m"}), ONE))
    people: list[Life] = []
    for number in range(240 * factor):
        at = T + number * MINUTE // factor
        pass_time([each for each in people if each.due is not None], at)
        people.append(person(engine, number, at))
    pass_time(people)
    by_minute = sent_by_minute(people)
    assert [by_minute[minute] for minute in range(240)] == [1] * 240
    withheld = [each.decisions[0] for each in people if each.decisions[0].outcome is Outcome.WITHHELD]
    assert len(withheld) > 200 * (factor - 1)
    assert {(each.reason, each.detail) for each in withheld} == {
        (Reason.THROTTLED, "email: 1 per 60000 ms are in use for longer than the message lives, 1800000 ms")
    }
    assert not any(decision.reason is Reason.EXPIRED for each in people for decision in each.decisions)
    assert len(engine.throughput) < 1_000


@pytest.mark.parametrize(
    ("why", "changes", "happens", "reason"),
    [
        ("exit", {"trigger": {"event": "go", "unless": ["bought"]}}, "bought", Reason.EXITED),
        ("condition", {"when": 'not seen("bought")'}, "bought", Reason.ELIGIBILITY),
        ("opt-out", {}, "unsubscribed", Reason.UNSUBSCRIBED),
        ("storage", {}, "consent_withdrawn storage", Reason.NO_CONSENT),
        ("killed", {}, "control switch/campaign/news off", Reason.SWITCHED_OFF),
        ("paused", {}, "control campaign/news paused", Reason.SWITCHED_OFF),
        ("rendering", {"variants": {"mail": {"channel": "email", "content": {"body": "{{ event.thing }}"}}}}, "", Reason.RENDER_FAILED),
    ],
)
def test_the_place_of_what_does_not_go_out_passes_on(why: str, changes: dict[str, Any], happens: str, reason: Reason) -> None:
    engine = Engine(book(mail(**changes), mail("other", trigger={"event": "come"}), ONE))
    assert person(engine, 1, T, "come").acted_at == [T]
    second = person(engine, 2, T)
    assert second.told == [("deferred", "THROTTLED", T)]
    until = second.decisions[0].deferred_until
    assert until is not None
    name, _, more = happens.partition(" ")
    if name == "control":
        key, status = more.split(" ")
        _change(engine, key, status)
    elif name:
        second.live([event(name, T + 1, user="u2", **({"purpose": more} if more else {}))])
    second.wait()
    assert second.told[-1][:2] == ("withheld", reason)
    third = person(engine, 3, until, "come")
    assert third.acted_at == [until], why


def test_a_place_that_is_given_back_early_goes_to_who_comes_next() -> None:
    engine = Engine(book(mail(trigger={"event": "go", "unless": ["bought"]}), ONE))
    people = [person(engine, number, T) for number in range(5)]
    people[2].live([event("bought", T + 1, user="u2")])
    people += [person(engine, number, T + 2) for number in (5, 6)]
    pass_time(people)
    assert sent_by_minute(people) == {0: 1, 1: 1, 2: 1, 3: 1, 4: 1, 5: 1}
    assert (people[5].acted_at[0] - T) // MINUTE == 2


def test_what_fails_to_render_at_once_takes_no_place() -> None:
    broken = {"channel": "email", "content": {"body": "{{ event.thing }}"}}
    engine = Engine(book(mail(variants={"mail": broken}), mail("other", trigger={"event": "come"}), ONE))
    assert person(engine, 1, T).told == [("withheld", "RENDER_FAILED", T)]
    assert person(engine, 2, T, "come").acted_at == [T]


def test_a_candidate_on_which_the_engine_fails_takes_no_place(monkeypatch: pytest.MonkeyPatch) -> None:
    engine = Engine(book(mail(), ONE))
    with monkeypatch.context() as patched:
        patched.setattr("udfs.core.decision.commit._message", _fail)
        assert person(engine, 1, T).told == [("withheld", "ENGINE_FAILED", T)]
    assert person(engine, 2, T).acted_at == [T]


def test_an_exception_leaves_no_trace(monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither of a place taken at once, nor of one kept, nor of one given back."""
    engine = Engine(book(mail(), ONE))
    first, second = event("go", T, user="u1"), Life(engine, "u2")
    with monkeypatch.context() as patched:
        patched.setattr("udfs.core.engine.encode", _fail)
        with pytest.raises(ArithmeticError):
            engine.on_event(None, first)
    assert len(engine.throughput) == 0
    assert Life(engine, "u1").live([first]).acted_at == [T]
    with monkeypatch.context() as patched:
        patched.setattr("udfs.core.engine.encode", _fail)
        with pytest.raises(ArithmeticError):
            engine.on_event(None, event("go", T, user="u2"))
    second.live([event("go", T, user="u2")])
    assert second.due is not None
    assert (second.due - T) // MINUTE == 1, "the place of the attempt that failed was free again"
    with monkeypatch.context() as patched:
        patched.setattr("udfs.core.engine.encode", _fail)
        with pytest.raises(ArithmeticError):
            engine.on_time(second.blob, "u2", second.due)
    third = person(engine, 3, T + MINUTE)
    assert third.acted_at == [], "the place is still kept for her"
    assert second.wait().acted_at == [second.decisions[0].deferred_until]


def test_after_a_start_what_waited_keeps_to_the_rate() -> None:
    documents = (mail(send={"expires": "20m"}), ONE)
    before = Engine(book(*documents))
    people = [person(before, number, T) for number in range(10)]
    after = Engine(book(*documents))
    for each in people:
        each.engine = after
    for number in range(10, 40):
        at = T + MINUTE // 2 + (number - 10) * MINUTE // 3
        pass_time(people, at)
        people.append(person(after, number, at))
    pass_time(people)
    by_minute = sent_by_minute(people)
    assert max(by_minute[minute] for minute in range(1, 30)) == 1
    assert [by_minute[minute] for minute in range(1, 20)] == [1] * 19
    again = [each for each in people[:10] if [told[1] for told in each.told].count("THROTTLED") == 2]
    assert again, "a place that the start has forgotten is no turn used up"


def test_what_an_older_savepoint_has_deferred_asks_for_a_place() -> None:
    engine = Engine(book(mail(), ONE))
    person(engine, 1, T)
    second = person(engine, 2, T)
    assert second.blob is not None
    fields = msgspec.msgpack.decode(second.blob)
    (due,) = fields[1 + Profile.__struct_fields__.index("due")]
    del due[-4:]  # start, told_by, born_as and drawn, which older savepoints do not have either
    assert due.pop() == ["email", MINUTE, T // MINUTE + 1, False], "its place, a field that older savepoints do not have"
    second.blob, second.engine = msgspec.msgpack.encode(fields), Engine(book(mail(), ONE))
    until = second.due
    assert until is not None
    assert person(second.engine, 3, until).acted_at == [until]
    assert second.wait(until).told[-1] == ("deferred", "THROTTLED", until)
    assert second.wait().told[-1][:2] == ("acted", "ELIGIBLE")


def test_a_place_that_lies_in_the_night_is_for_others() -> None:
    policy = {**CONSENT, "throughput": {"email": "1 per hour"}, "quiet_hours": {"from": "22:00", "to": "08:00", "exempt": ["urgent"]}}
    engine = Engine(book(mail(), mail("urgent", trigger={"event": "come"}, tags=["urgent"]), policy))
    evening = MONDAY + 21 * HOUR + 30 * MINUTE
    person(engine, 1, evening)
    second = person(engine, 2, evening)
    assert second.due is not None
    assert second.due >= MONDAY + 32 * HOUR
    third = person(engine, 3, evening, "come").wait()
    assert [at // HOUR - MONDAY // HOUR for at in third.acted_at] == [22]


@pytest.mark.parametrize("rate", ["1 per minute", "4 per hour", "10 per second"])
def test_another_rate_holds_for_those_who_wait_already(rate: str) -> None:
    engine = Engine(book(mail(), {**CONSENT, "throughput": {"email": "4 per minute"}}))
    people = [person(engine, number, T) for number in range(20)]
    most, unit = rate.split(" per ")
    engine.book = apply(engine.book, control({**CONSENT, "throughput": {"email": rate}}, offset=9))
    pass_time(people)
    length = {"second": 1000, "minute": MINUTE, "hour": HOUR}[unit]
    later = [at for each in people for at in each.acted_at if at >= T + MINUTE]
    assert len(later) == 16
    assert max(Counter(at // length for at in later).values()) <= int(most)


def test_each_part_of_the_job_takes_its_part() -> None:
    counted = Throughput(parts=2)
    assert [_take(counted, Rate(most=4, period=MINUTE), T) for _ in range(3)] == [T, T, T + MINUTE]


def test_where_there_are_fewer_places_than_parts_each_part_has_one_in_so_many_periods() -> None:
    counted = Throughput(parts=16)
    start = T // (16 * MINUTE) * 16 * MINUTE
    places = [_take(counted, Rate(most=10, period=MINUTE), start) for _ in range(3)]
    assert places == [start, start + 2 * MINUTE, start + 4 * MINUTE], "16 parts, one each in two minutes: eight a minute"


def test_members_of_the_holdout_see_the_places_that_are_taken_and_take_none_away() -> None:
    counted, rate = Throughput(), Rate(most=2, period=MINUTE)
    assert [_take(counted, rate, T, in_holdout=True) for _ in range(3)] == [T, T, T + MINUTE]
    assert [_take(counted, rate, T) for _ in range(3)] == [T, T, T + MINUTE]
    assert _take(Throughput(), rate, T) == T
    assert _take(counted, rate, T, in_holdout=True) == T + 2 * MINUTE, "both its own and what went out"


def test_a_member_of_the_holdout_has_the_place_that_was_kept_whatever_went_out_meanwhile() -> None:
    counted, rate = Throughput(), Rate(most=1, period=MINUTE)
    _take(counted, rate, T, in_holdout=True)
    kept = counted.first_free("email", rate, T, in_holdout=True)
    counted.take(kept, now=T, waiting=True)
    assert _take(counted, rate, T + MINUTE) == T + MINUTE
    assert counted.first_free("email", rate, T + MINUTE, in_holdout=True, kept=kept) == kept
    assert counted.give_back(kept)
    assert not counted.give_back(kept), "once"


def test_who_comes_back_last_in_a_period_is_still_within_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chance, "lot", lambda *_: 1 - 2**-40)
    engine = Engine(book(mail(), ONE))
    person(engine, 1, T)
    assert person(engine, 2, T).due == T + 2 * MINUTE - 1
    assert SPREAD > MINUTE


def _take(counted: Throughput, rate: Rate, now: int, *, in_holdout: bool = False) -> int:
    place = counted.first_free("email", rate, now, in_holdout=in_holdout)
    begins = place.period * place.length
    counted.take(place, now=now, waiting=begins > now)
    return max(begins, now)


def _fail(*_: object, **__: object) -> None:
    raise ArithmeticError


def _change(engine: Engine, key: str, status: str) -> None:
    kind, _, name = key.partition("/")
    entry = switch(name, offset=9, status=status) if kind == "switch" else control(mail(name), offset=9, status=status)
    engine.book = apply(engine.book, entry)
