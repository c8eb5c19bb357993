"""Assessing is pure, and one candidate's failure leaves no trace: the two promises of assess, choose, commit."""

from typing import Any

import msgspec
import pytest

from tests.builders import HOUR, MINUTE, MONDAY, Life, book, event, mail, words
from udfs.core.campaigns.campaign import Variant
from udfs.core.counts import ByCampaign, Counts, fresh
from udfs.core.decision.assess import Assessed, assess
from udfs.core.decision.candidates import Candidate
from udfs.core.decision.choose import assign, choose
from udfs.core.decision.commit import commit
from udfs.core.decision.scores import NoScorer
from udfs.core.decision.turn import Turn
from udfs.core.engine import Engine
from udfs.core.policy.throughput import Throughput
from udfs.core.profile.state import Profile
from udfs.core.profile.stored import decode, encode
from udfs.core.records import Decision, Outcome, Reason

T = MONDAY + 12 * HOUR
POLICY = {
    "consent": {"default": {"marketing": "grant"}},
    "caps": [{"id": "one-a-day", "channel": "email", "max": 1, "within": "24h", "then": "next_channel"}],
    "throughput": {"sms": "1 per minute"},
}
TWO = {"a": {**words(["email", "sms"]), "weight": 1}, "b": {**words("push"), "weight": 1}}


def turn_of(*documents: dict[str, Any], profile: Profile | None = None) -> Turn:
    return Turn(
        user_id="ada",
        profile=profile or Profile(born=T, now=T),
        now=T,
        book=book(*documents),
        scorer=NoScorer(),
        throughput=Throughput(),
        counts=ByCampaign(),
    )


def candidate_of(turn: Turn, name: str = "news", **changes: Any) -> Candidate:
    return Candidate(**{"campaign": turn.book.campaigns[name], "at": T, "origin": T, "event_id": f"m-{name}", **changes})


def variants(assessed: Assessed) -> dict[str, Variant]:
    return {variant.name: variant for variant in assessed.candidate.campaign.variants}


def state_of(turn: Turn) -> tuple[bytes, int, Counts]:
    return encode(turn.profile), len(turn.throughput), dict(turn.counts)


def test_every_variant_and_channel_can_be_asked_and_nothing_changes() -> None:
    turn = turn_of(mail(variants=TWO), POLICY)
    before = state_of(turn)
    assessed = assess(turn, candidate_of(turn))
    assert assessed.is_eligible()
    assert not assessed.is_blocked
    assert {name: assessed.verdict(variant).channel for name, variant in variants(assessed).items()} == {"a": "email", "b": "push"}
    assert [assessed.closed(channel) for channel in (None, "email", "sms", "push")] == [None] * 4
    assert (assessed.scores, assessed.features) == ({}, {})
    assert state_of(turn) == before


def test_a_commit_is_seen_by_what_is_assessed_after_it_and_by_what_was_before() -> None:
    turn = turn_of(mail(variants=TWO), mail("other", variants=TWO), POLICY)
    first, second = assess(turn, candidate_of(turn)), assess(turn, candidate_of(turn, "other"))
    variant = variants(second)["a"]
    assert second.verdict(variant).channel == "email"
    commit(turn, assign(first)._replace(variant=variants(first)["a"]))
    assert second.verdict(variant).channel == "sms"
    ((channel, closed),) = second.verdict(variant).against
    assert (channel, closed.reason) == ("email", Reason.CAP_REACHED)
    assert closed.facts == ({"cap": "one-a-day", "counted": 1, "max": 1, "window": "within 1d", "within": 24 * HOUR, "last": T},)


def test_asking_for_a_place_in_the_throughput_takes_none_and_committing_takes_one() -> None:
    turn = turn_of(mail(channel="sms"), mail("other", channel="sms"), POLICY)
    first, second = assess(turn, candidate_of(turn)), assess(turn, candidate_of(turn, "other"))
    assert all(each.closed("sms") is None for each in (first, second, first))
    assert len(turn.throughput) == 0
    commit(turn, assign(first))
    closed = second.closed("sms")
    assert closed is not None
    assert (closed.reason, closed.then, closed.opens) == (Reason.THROTTLED, "defer", T + MINUTE)
    assert closed.keeps is not None


def test_a_place_that_is_kept_for_a_candidate_is_free_for_it_and_for_nobody_else() -> None:
    turn = turn_of(mail(channel="sms"), mail("other", channel="sms"), POLICY)
    rate = turn.book.policy.throughput["sms"]
    place = turn.throughput.first_free("sms", rate, T)
    turn.throughput.take(place, now=T, waiting=True)
    assert assess(turn, candidate_of(turn, place=place)).closed("sms") is None
    other = assess(turn, candidate_of(turn, "other")).closed("sms")
    assert other is not None and other.reason is Reason.THROTTLED


def test_candidates_are_chosen_by_priority_and_each_campaign_draws_by_its_split() -> None:
    turn = turn_of(mail("low", priority=1), mail("high", priority=9), mail("middle", variants=TWO, priority=5))
    waiting = [assess(turn, candidate_of(turn, name)) for name in ("low", "high", "middle")]
    chosen = list(choose(turn, waiting))
    assert [each.candidate.campaign.name for each in chosen] == ["high", "middle", "low"]
    assert [assign(each).probability for each in chosen] == [1.0, 0.5, 1.0]
    settled = assess(turn, candidate_of(turn, "middle", variant="b"))
    assert assign(settled).variant.name == "b"


STAGES = (
    "udfs.core.decision.decide.assess",
    "udfs.core.decision.assess.Assessed.is_eligible",
    "udfs.core.decision.decide.assign",
    "udfs.core.campaigns.entries.key_of",
    "udfs.core.campaigns.entries.is_blocked",
    "udfs.core.decision.assess.first_against",
    "udfs.core.policy.throughput.Throughput.first_free",
    "udfs.core.decision.scores.Question.scores",
    "udfs.core.decision.scores.Question.remember",
    "udfs.core.decision.commit.offer_of",
    "udfs.core.decision.commit.render",
    "udfs.core.decision.commit._message",
    "udfs.core.policy.throughput.Throughput.take",
    "udfs.core.campaigns.entries.reserve",
    "udfs.core.profile.state.Profile.keep",
    "udfs.core.decision.commit.Action",
)
SMS = {"consent": {"default": {"marketing": "grant"}}, "throughput": {"sms": "1 per hour"}}


@pytest.mark.parametrize("stage", STAGES)
@pytest.mark.parametrize("late", [False, True], ids=["before", "after"])
def test_a_failure_at_any_stage_leaves_no_trace_of_its_candidate(monkeypatch: pytest.MonkeyPatch, stage: str, *, late: bool) -> None:
    """It raises before its work is done, or after: either way the other candidates of the instant are decided as if this one had not been."""
    documents = mail("first", channel="sms", priority=9, entry={"again": "7d"}), mail("second", channel="sms", priority=5), SMS
    alone = Life(Engine(book(mail("first", trigger={"event": "never"}), *documents[1:]))).live([event("go", T, message_id="m")])
    engine = Engine(book(*documents))
    engine.counts = ByCampaign()
    with monkeypatch.context() as patched:
        _raise_once(patched, stage, late=late)
        both = Life(engine).live([event("go", T, message_id="m")])
    failed = [each for each in both.decisions if each.reason is Reason.ENGINE_FAILED]
    rest = [record for record in both.records if record not in failed]
    assert [(each.campaign, each.outcome) for each in failed] == [("first", Outcome.WITHHELD)]
    assert rest == alone.records
    assert both.blob == alone.blob
    assert engine.throughput.first_free("sms", engine.book.policy.throughput["sms"], T).period == T // HOUR + 1, "one place is used, not two"
    expected = {**alone.engine.counts, "triggers": 2, "failures": 1}
    assert dict(engine.counts) == expected
    assert ("actions", "first") not in engine.counts.latest


@pytest.mark.parametrize("stage", ["udfs.core.decision.pending.put", "udfs.core.decision.candidates.Candidate.deferred"])
@pytest.mark.parametrize("late", [False, True], ids=["before", "after"])
def test_a_failure_while_it_is_deferred_leaves_no_trace(monkeypatch: pytest.MonkeyPatch, stage: str, *, late: bool) -> None:
    documents = mail("first", channel="sms"), SMS
    engine = Engine(book(*documents))
    Life(engine, "u1").live([event("go", T, user="u1")])
    taken = len(engine.throughput)
    with monkeypatch.context() as patched:
        _raise_once(patched, stage, late=late)
        lived = Life(engine).live([event("go", T)])
    assert lived.told == [("withheld", "ENGINE_FAILED", T)]
    assert decode(lived.blob or b"").due == []
    assert len(engine.throughput) == taken


@pytest.mark.parametrize("stage", ["udfs.core.campaigns.entries.reserve", "udfs.core.decision.pending.put", "udfs.core.decision.journeys.go_on"])
@pytest.mark.parametrize("late", [False, True], ids=["before", "after"])
def test_a_failure_while_a_journey_is_entered_leaves_no_trace(monkeypatch: pytest.MonkeyPatch, stage: str, *, late: bool) -> None:
    tour = mail("tour", variants={"hello": words()}, steps=[{"wait": "1h"}, {"send": "hello"}], entry={"again": "30d"})
    lived = Life(Engine(book(tour)))
    with monkeypatch.context() as patched:
        _raise_once(patched, stage, late=late)
        lived.live([event("go", T)])
    assert lived.told == [("withheld", "ENGINE_FAILED", T)]
    assert lived.due is None
    assert lived.blob is not None
    assert decode(lived.blob).entered == {}
    assert lived.engine.counts["journeys_entered"] == 0
    lived.live([event("go", T + 1)]).wait()
    assert len(lived.actions) == 1, "the entry was not used up"


def test_what_was_kept_for_a_candidate_that_fails_passes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    engine = Engine(book(mail(channel="sms"), SMS))
    Life(engine, "u1").live([event("go", T, user="u1")])
    second = Life(engine, "u2").live([event("go", T, user="u2")])
    with monkeypatch.context() as patched:
        _raise_once(patched, "udfs.core.decision.commit.render", late=False)
        second.wait()
    assert second.told[-1][:2] == ("withheld", "ENGINE_FAILED")
    until = second.told[-1][2]
    assert Life(engine, "u3").live([event("go", until, user="u3")]).acted_at == [until]


def test_what_a_turn_goes_back_to_is_all_that_a_candidate_may_change() -> None:
    """A commit that acts, undone: profile, throughput and counts are as they were."""
    turn = turn_of(mail(channel="sms", entry={"again": "7d"}), POLICY)
    before, mark = state_of(turn), turn.mark("news")
    (decision, _) = commit(turn, assign(assess(turn, candidate_of(turn))))
    assert isinstance(decision, Decision) and decision.outcome is Outcome.ACTED
    assert state_of(turn) != before
    turn.restore(mark)
    assert state_of(turn) == before
    assert dict(turn.counts) == fresh()
    again = commit(turn, assign(assess(turn, candidate_of(turn))))
    assert msgspec.json.encode(again[0]) == msgspec.json.encode(decision)


def _raise_once(patched: pytest.MonkeyPatch, name: str, *, late: bool) -> None:
    """Replace a function by one that raises at its first call, `late`: after it has done its work; later calls are as ever."""
    module, _, attribute = name.rpartition(".")
    owner = _find(module)
    real, calls = getattr(owner, attribute), []

    def broken(*args: Any, **kwargs: Any) -> Any:
        calls.append(name)
        result = real(*args, **kwargs) if late or len(calls) > 1 else None
        if len(calls) == 1:
            raise ArithmeticError(name)
        return result

    patched.setattr(owner, attribute, broken)


def _find(path: str) -> Any:
    import importlib

    try:
        return importlib.import_module(path)
    except ModuleNotFoundError:
        module, _, attribute = path.rpartition(".")
        return getattr(importlib.import_module(module), attribute)
