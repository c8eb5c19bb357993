"""Engine and oracle over random histories, record by record; and that an engine which has lost a rule is caught."""

from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.outcome_oracle.compare import differences
from tests.outcome_oracle.play import again
from tests.outcome_oracle.worlds import world
from udfs.core.decision import credit, figures, reached
from udfs.core.profile import receipts

pytestmark = pytest.mark.slow

HISTORIES = 400


def test_engine_and_oracle_write_the_same_outcomes() -> None:
    for seed in range(HISTORIES):
        found = differences(world(seed))
        assert not found, f"history {seed}: {found}"


@settings(max_examples=100, deadline=None, derandomize=True)
@given(seed=st.integers(10_000, 10_000_000), firing=st.integers(0, 2**30))
def test_it_does_not_matter_when_timers_fire(seed: int, firing: int) -> None:
    """The same outcomes in the same order, and the same profile, byte for byte."""
    made = world(seed)
    in_time, never = again(made, lambda _: True), again(made, lambda _: False)
    now_and_then = again(made, lambda place: bool(firing >> place % 30 & 1))
    assert in_time.world.told == never.world.told == now_and_then.world.told == made.told
    assert in_time.blob == never.blob == now_and_then.blob


def test_revisions_count_up_and_the_last_word_is_final_or_cut() -> None:
    for seed in range(HISTORIES):
        made = world(seed)
        by_decision: dict[str, list[tuple[int, str]]] = {}
        for record in made.told:
            by_decision.setdefault(record["decision_id"], []).append((record["revision"], record["status"]))
        for said in by_decision.values():
            assert [revision for revision, _ in said] == list(range(len(said)))
            assert said[-1][1] in ("final", "cut")
            assert "provisional" not in [status for _, status in said[said.index(next(each for each in said if each[1] != "provisional")) :]]
        goals = {document["campaign"] for document in made.campaigns if "goal" in document}
        assert by_decision.keys() == {each.decision_id for each in made.decisions if each.campaign in goals}


def test_the_credit_of_all_messages_is_at_most_one_a_conversion() -> None:
    """And what is credited in the end does not depend on the model, only to whom."""
    for seed in range(HISTORIES):
        made = world(seed)
        last = {record["decision_id"]: record for record in made.told if record["status"] == "final"}
        if any(record["status"] == "cut" for record in made.told):
            continue
        totals = {round(sum(record["credit"][model] for record in last.values()), 3) for model in credit.MODELS}
        assert len(totals) == 1
        assert all(record["credit"][model] <= record["conversions"] + 1e-6 for record in last.values() for model in credit.MODELS)


def test_histories_are_eventful() -> None:
    """Everything that outcomes can say is said by some."""
    found: Counter[str] = Counter()
    for seed in range(HISTORIES):
        for record in world(seed).told:
            found.update([record["status"], record["outcome"], *record["engagement"], f"{record['basis']} credited" * any(record["credit"].values())])
            found["revised"] += record["status"] == "final" and record["revision"] > 1
            found["several"] += record["conversions"] > 1
            found["unvalued"] += record["unvalued"] > 0
            found["shared"] += 0 < record["credit"]["linear"] < 1
    rare = {word for word in (*_WORDS, *receipts.OUTCOMES.values()) if found[word] < 3}
    assert not rare, found


_WORDS = (
    *("provisional", "final", "cut", "acted", "held_out", "control", "revised", "several", "unvalued", "shared", "recalled", "unsubscribed"),
    *("machine_opened", "decision credited", "delivered credited", "opened credited", "clicked credited"),
)


@pytest.mark.parametrize(
    ("module", "name", "broken"),
    [
        (reached, "LATE", 0),
        (reached, "LATE", 10**12),
        (reached, "is_in", lambda turn, window, at: window.at <= at <= window.ends and turn.now <= window.ends + reached.LATE),
        (reached, "_denied", lambda *_: None),
        (reached, "refresh", lambda *_: frozenset()),
        (receipts, "MACHINE", "robot"),
        (reached, "REVISED_FOR", 10**12),
        (figures, "ACTED", "control"),
        (figures, "_ARRIVED", frozenset()),
        (credit, "ENDS", 0.3),
        (receipts, "is_soft", lambda *_: False),
    ],
)
def test_an_engine_without_a_rule_is_caught(monkeypatch: pytest.MonkeyPatch, module: object, name: str, broken: object) -> None:
    monkeypatch.setattr(module, name, broken)
    assert any(differences(world(seed)) for seed in range(600))
