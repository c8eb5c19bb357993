"""From maturity to a decision that is drawn by it: which decision that is, is found from records alone."""

from typing import Any

from bench.evidence.outcomes_seconds import lags_of
from bench.evidence.watch import Seen


def seen(topic: str, at: int, **value: Any) -> Seen:
    return Seen(topic=topic, partition=0, key=b"", value=value, written_at=at, seen_at=at)


def outcome(name: str, ends: int, *, status: str = "final", revision: int = 0) -> Seen:
    return seen("outcomes", ends + 100, decision_id=name, status=status, revision=revision, ends=ends)


def test_an_outcome_is_followed_to_the_first_decision_whose_epoch_has_counted_it() -> None:
    outcomes = [outcome("a", 1_000), outcome("b", 2_000), outcome("c", 3_000)]
    arms = [seen("arms", 2_500, exposures=1, epoch=2_500), seen("arms", 4_500, exposures=3, epoch=4_500)]
    drawn = [(0, 2_400), (2_500, 2_700), (2_500, 2_800), (4_500, 4_900)]
    decisions = [seen("decisions", at, choice={"epoch": epoch}, decided_at=at) for epoch, at in drawn]
    assert lags_of(outcomes, arms, decisions) == [1_700, 2_900, 1_900]


def test_provisional_records_and_revisions_are_no_outcomes_of_their_own() -> None:
    outcomes = [outcome("a", 1_000, status="provisional"), outcome("a", 1_000, revision=1), outcome("a", 1_000, revision=2)]
    arms = [seen("arms", 2_000, exposures=1, epoch=2_000)]
    decisions = [seen("decisions", 2_200, choice={"epoch": 2_000}, decided_at=2_200)]
    assert lags_of(outcomes, arms, decisions) == [1_200]


def test_what_no_decision_was_drawn_by_is_left_out() -> None:
    arms = [seen("arms", 2_000, exposures=1, epoch=2_000)]
    assert lags_of([outcome("a", 1_000)], arms, [seen("decisions", 1_500, decided_at=1_500)]) == []
    assert lags_of([outcome("a", 1_000)], [], []) == []
