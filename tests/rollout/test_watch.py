"""The monitor moves a version through its steps, takes it back with the reason, and goes on after a restart where it was."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import pytest

from services.control.listing import Published
from services.control.rollouts import Plan, begun, rollout_of
from services.documents.findings import BadFile
from services.model_versions.folder import Registry
from services.rollout.plan import plan_of, read_plan
from services.rollout.watch import Watch
from tests.core.features.test_models import compiled, document, manifest
from udfs.core.features.models import MAX_VERSIONS
from udfs.core.values.errors import InvalidInput

PLAN = Plan(steps=("shadow", 0.1, 1.0), hold_ms=1_000, sample=100, shadow_ms_per_s=20, errors=0.01, latency_ms=10, shift=0.5)
OLD, NEW = "a" * 12, "b" * 12
T = 1_000_000


class FakeControl:
    def __init__(self, found: dict[str, Any], status: str = "live") -> None:
        self.document, self.status = found, status
        self.campaign: dict[str, Any] = {"campaign": "news", "when": "cart.value > 50"}
        self.said: list[tuple[str, str]] = []

    def models(self) -> list[Published]:
        told = {"kind": "model", "name": "propensity", "version": "v", "status": self.status, "published_at": 0, "published_by": "cli"}
        return [Published(key="model/propensity", value={"document": self.document}, **told)]  # type: ignore[arg-type]

    def campaigns(self) -> list[Published]:
        told = {"kind": "campaign", "name": "news", "version": "v", "status": "live", "published_at": 0, "published_by": "cli"}
        return [Published(key="campaign/news", value={"document": self.campaign}, **told)]  # type: ignore[arg-type]

    def write(self, published: Published, document: Mapping[str, Any], *, act: Any, why: str) -> None:
        compiled(dict(document))  # the job takes it
        self.document = dict(document)
        self.said.append((act, why))


class FakeDecisions:
    """A topic: `all` is what is on it, `place` where the reader stands."""

    def __init__(self) -> None:
        self.all: list[dict[str, Any]] = []
        self.place = 0

    def since(self, at: int) -> None:
        self.place = 0

    def read(self) -> Iterable[Mapping[str, Any]]:
        found, self.place = self.all[self.place :], len(self.all)
        return found


def decided(user: str, at: int, **score: Any) -> dict[str, Any]:
    usual = {"score": 0.2, "model": f"propensity:{OLD}", "reason": "SCORED", "role": "champion", "took_us": 40, "instead_of": None, "shadow": None}
    told = {"decision_id": f"{user}-{at}", "campaign": "news", "outcome": "acted", "reason": "ELIGIBLE"}
    return {**told, "user_id": user, "decided_at": at, "scores": {"propensity": {**usual, **score}}}


def shadowed(user: str, at: int) -> dict[str, Any]:
    return decided(user, at, shadow={"model": f"propensity:{NEW}", "score": 0.2, "reason": "SCORED", "took_us": 40})


def challenged(user: str, at: int, **score: Any) -> dict[str, Any]:
    return decided(user, at, role="challenger", **{"model": f"propensity:{NEW}", **score})


def started(plan: Plan = PLAN) -> tuple[FakeControl, FakeDecisions, Watch]:
    control, decisions = FakeControl(begun(document(manifest("a")), manifest("b"), plan, at=T)), FakeDecisions()
    return control, decisions, Watch(control, decisions, FakeDecisions())


def test_a_version_goes_from_the_shadow_to_the_champion() -> None:
    control, decisions, watch = started()
    assert control.document["shadow"] == {"version": NEW, "ms_per_s": 20}
    decisions.all += [shadowed(f"u{n}", T + 1) for n in range(100)]
    watch.round(now=T + 500)
    assert control.said == []
    watch.round(now=T + 1_000)
    assert control.document["challenger"] == {"version": NEW, "share": 0.1}
    assert "shadow" not in control.document
    decisions.all += [challenged(f"u{n}", T + 1_100) for n in range(100)]
    watch.round(now=T + 2_000)
    assert len(control.said) == 1, "nobody of the champion to compare with"
    decisions.all += [decided(f"v{n}", T + 1_100) for n in range(100)]
    watch.round(now=T + 2_000)
    assert control.document["challenger"] == {"version": NEW, "share": 1.0}
    decisions.all += [challenged(f"u{n}", T + 2_100) for n in range(100)]
    watch.round(now=T + 3_000)
    assert (control.document["current"], [each["version"] for each in control.document["versions"]]) == (NEW, [NEW, OLD])
    assert not {"challenger", "shadow", "rollout"} & control.document.keys()
    assert [act for act, _ in control.said] == ["rolled_out", "rolled_out", "used"]
    watch.round(now=T + 9_000)
    assert watch.running == {}


def test_decisions_of_the_step_before_do_not_count_for_this_one() -> None:
    control, decisions, watch = started()
    decisions.all += [shadowed(f"u{n}", T - 1) for n in range(900)]
    watch.round(now=T + 5_000)
    assert control.said == []


def test_one_that_fails_is_taken_back_with_the_reason_and_unloaded() -> None:
    control, decisions, watch = started()
    failed = {"model": f"propensity:{NEW}", "score": None, "reason": "REFUSED", "took_us": None}
    decisions.all += [decided(f"u{n}", T + 1, shadow=failed) for n in range(100)]
    watch.round(now=T + 2)
    ((act, why),) = control.said
    assert (act, "100 of 100 answers failed (the last: REFUSED)" in why) == ("rolled_back", True)
    assert [each["version"] for each in control.document["versions"]] == [OLD]


def test_after_a_restart_it_goes_on_where_it_was() -> None:
    control, decisions, watch = started()
    decisions.all += [shadowed(f"u{n}", T + 1) for n in range(99)]
    watch.round(now=T + 1_500)
    again = Watch(control, decisions, FakeDecisions())
    decisions.all += [shadowed("u99", T + 1_600)]
    again.round(now=T + 1_700)
    assert control.document["challenger"]["share"] == 0.1
    third = Watch(control, decisions, FakeDecisions())
    third.round(now=T + 1_701)
    assert third.running["propensity"].rollout.step == 1


def test_a_paused_model_is_not_moved() -> None:
    control, decisions, watch = started()
    control.status = "paused"
    decisions.all += [shadowed(f"u{n}", T + 1) for n in range(100)]
    watch.round(now=T + 5_000)
    assert control.said == []


def test_what_somebody_ended_meanwhile_stays_ended() -> None:
    control, decisions, watch = started()
    decisions.all += [shadowed(f"u{n}", T + 1) for n in range(100)]
    found, changed = control.models, iter([False, True])

    def models() -> list[Published]:
        if next(changed):
            control.document = document(manifest("a"))
        return found()

    control.models = models  # type: ignore[method-assign]
    watch.round(now=T + 5_000)
    assert control.said == []


def test_a_rollout_that_cannot_be_read_stops_no_other() -> None:
    control, _, watch = started()
    control.document["rollout"] = {"version": 7}
    watch.round(now=T)
    assert watch.running == {}


def test_aliases_follow(tmp_path: Path) -> None:
    registry = Registry(tmp_path)
    for digit, role in (("a", "champion"), ("b", "shadow")):
        registry.add("propensity", manifest(digit), {}, {"at": 1})
        registry.promote("propensity", digit * 12, role, at=1)
    control, decisions, _ = started()
    watch = Watch(control, decisions, FakeDecisions(), registry=registry)
    decisions.all += [shadowed(f"u{n}", T + 1) for n in range(100)]
    watch.round(now=T + 1_000)
    assert registry.version("propensity", NEW).aliases == ("challenger",)
    failed = {"model": f"propensity:{NEW}", "score": None, "reason": "TRIPPED", "took_us": None}
    decisions.all += [decided(f"u{n}", T + 1_100, role="challenger", instead_of=failed) for n in range(100)]
    watch.round(now=T + 1_200)
    assert registry.version("propensity", NEW).aliases == ()


def test_the_champion_cannot_be_on_trial_and_a_new_rollout_ends_the_one_before() -> None:
    held = document(manifest("a"))
    with pytest.raises(InvalidInput, match="is the champion already"):
        begun(held, manifest("a"), PLAN, at=T)
    first = begun(held, manifest("b"), PLAN, at=T)
    second = begun(first, manifest("c"), Plan(**{**{f: getattr(PLAN, f) for f in PLAN.__struct_fields__}, "steps": (0.1,)}), at=T)
    found = rollout_of(second)
    assert (found and found.version, second.get("shadow")) == ("c" * 12, None)


def test_the_champion_stays_loaded_however_many_versions_there_were() -> None:
    held = document(*(manifest(digit) for digit in "bcdea"))
    assert len(held["versions"]) == MAX_VERSIONS
    made = begun(held, manifest("f"), PLAN, at=T)
    assert [each["version"][0] for each in made["versions"]] == ["f", "b", "c", "d", "a"]


def test_a_plan_has_the_usual_steps_and_what_makes_no_sense_is_refused(tmp_path: Path) -> None:
    plan = plan_of({"rollout": "propensity"})
    assert plan.steps == ("shadow", 0.01, 0.05, 0.1, 0.25, 0.5, 1.0)
    assert (plan.hold_ms, plan.sample, plan.errors) == (3_600_000, 200, 0.01)
    file = tmp_path / "rollout.yaml"
    for text, why in (
        ("steps: [5%, shadow]", "shadow is the first step"),
        ("steps: [10%, 5%]", "no more than the step before"),
        ("steps: [0%]", "no more than the step before"),
        ("hold: soon", "is not a value of hold"),
        ("guardrails: {rewards: 5%}", "unknown key 'rewards'"),
    ):
        file.write_text(f"rollout: propensity\n{text}\n")
        with pytest.raises(BadFile, match=why):
            read_plan(file)
    file.write_text("rollout: propensity\nsteps: [shadow, 5%]\nguardrails: {errors: 5%}\n")
    assert read_plan(file)[1].steps == ("shadow", 0.05)


def test_the_example_is_read() -> None:
    name, plan = read_plan(Path(__file__).parents[2] / "docs" / "examples" / "rollout" / "churn.yaml")
    assert (name, plan.steps, plan.sample, plan.shift) == ("churn", ("shadow", 0.05, 0.25, 1.0), 500, 0.5)
