"""Engine and oracle over random histories, decision by decision, and the laws that no history may break."""

import itertools
from collections import Counter
from dataclasses import replace

import pytest

from tests.oracles.candidate import Verdict
from tests.oracles.laws import breaches
from tests.oracles.play import World, as_verdict, by_engine, by_oracle, differences, learns
from tests.oracles.shrink import smallest, story
from tests.oracles.worlds import crowded, held_out, world
from udfs.core.policy import caps, consent, interest, quiet
from udfs.core.profile import receipts

pytestmark = pytest.mark.slow

HISTORIES = 400


def test_engine_and_oracle_decide_alike() -> None:
    for seed in range(HISTORIES):
        made, told = world(seed)
        if any(differences(made, [decision for _, decisions in told for decision in decisions])):
            pytest.fail(f"history {seed}\n{story(smallest(made))}")


def test_engine_and_oracle_decide_alike_where_channels_are_crowded() -> None:
    found: Counter[tuple[str, str, int]] = Counter()
    for seed in range(HISTORIES):
        made, told = crowded(seed)
        decided = [decision for _, decisions in told for decision in decisions]
        if any(differences(made, decided)):
            pytest.fail(f"crowded history {seed}\n{story(smallest(made))}")
        throttled = {each.decision_id for each in decided if each.reason == "THROTTLED"}
        found.update((str(each.outcome), str(each.reason), min(each.attempt, 1)) for each in decided if each.decision_id in throttled)
    for ending in (
        ("deferred", "THROTTLED", 0),
        ("deferred", "THROTTLED", 1),
        ("withheld", "THROTTLED", 0),
        ("acted", "ELIGIBLE", 1),
        ("withheld", "EXITED", 1),
    ):
        assert found[ending] > 2, f"{ending}: {found}"


def test_it_does_not_matter_when_timers_fire() -> None:
    for seed in range(0, HISTORIES, 5):
        made, told = world(seed)
        assert by_engine(made) == [decision for _, decisions in told for decision in decisions]


def test_no_history_breaks_a_law() -> None:
    broken = {seed: found for seed in range(HISTORIES) if (found := breaches(*world(seed)))}
    assert not broken


def test_ghosts_of_the_holdout_are_decided_about_like_the_treated(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same people, held out and not: every decision the same, except for its outcome.

    But for places that recalls give back: to those who are held out nothing goes, so nothing is recalled, and the place stays taken. And but for
    what is learned from answers: they have given none.
    """
    monkeypatch.setattr(receipts, "give_back", lambda *_: None)
    ghosts = 0
    for seed in range(HISTORIES):
        ghostly = held_out(seed)
        if learns(ghostly):
            continue
        treated = replace(ghostly, policy={rule: told for rule, told in (ghostly.policy or {}).items() if rule != "holdout"})
        as_if = [
            replace(verdict, outcome="held_out", reason="GLOBAL_HOLDOUT") if verdict.outcome == "acted" else verdict for verdict in _decided(treated)
        ]
        assert _decided(ghostly) == as_if
        ghosts += sum(verdict.outcome == "held_out" for verdict in as_if)
    assert ghosts > HISTORIES // 2


def _decided(made: World) -> list[Verdict]:
    return [as_verdict(decision) for decision in by_engine(made)]


@pytest.mark.parametrize(
    ("module", "name", "answer", "law"),
    [
        (caps, "against", None, "caps_hold"),
        (quiet, "is_quiet", False, "nobody_is_woken"),
        (consent, "against", None, "no_send_after_opting_out"),
        (consent, "against", None, "no_send_without_consent"),
        (consent, "against", None, "nothing_without_storage"),
    ],
)
def test_an_engine_without_a_rule_is_caught(monkeypatch: pytest.MonkeyPatch, module: object, name: str, answer: object, law: str) -> None:
    """Laws and oracle can fail: an engine that has lost a rule does not pass."""
    monkeypatch.setattr(module, name, lambda *_, **__: answer)
    found = itertools.chain.from_iterable(breaches(*world(seed)) for seed in range(600))
    assert any(breach.startswith(law) for breach in found)
    assert any(any(differences(world(seed)[0])) for seed in range(150))


def test_an_engine_that_speaks_of_what_nobody_wants_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(interest, "against", lambda *_, **__: None)
    assert any(any(differences(world(seed)[0])) for seed in range(150))


def test_histories_are_eventful() -> None:
    """Every outcome and every reason that random histories can have does occur in them."""
    found = {(verdict.outcome, verdict.reason) for seed in range(HISTORIES) for verdict in by_oracle(world(seed)[0])}
    assert {reason for _, reason in found} >= {
        "ELIGIBLE",
        "ENTRY_BLOCKED",
        "EXITED",
        "NO_CONSENT",
        "UNSUBSCRIBED",
        "UNREACHABLE",
        "NOT_INTERESTED",
        "SUPPRESSED",
        "CAP_REACHED",
        "QUIET_HOURS",
        "THROTTLED",
        "GLOBAL_HOLDOUT",
        "EXPERIMENT_CONTROL",
        "STALE_TRIGGER",
        "EXPIRED",
        "SWITCHED_OFF",
        "ELIGIBILITY",
        "ANOMALY_HELD",
    }
    assert {outcome for outcome, _ in found} == {"acted", "withheld", "held_out", "control", "deferred"}
