"""An experiment is compared as it was planned: the questions of a factorial, its sample, its share of false alarms, and its sessions."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner

from cli.main import kairos
from services.documents.files import shipped_folder
from services.lift.advice import Rule, advise
from services.lift.measure import measure
from services.lift.words import lines
from tests.lift.builders import START, Records
from tests.lift.dumps import decision, outcome, write

ARMS = ("soon-5", "soon-15", "later-5", "later-15", "control")
HALVES = """\
campaign: cart
trigger: {event: product_added}
variants:
  plain: {channel: email, content: {subject: Hello, body: x}}
  loud: {channel: email, content: {subject: HELLO, body: x}}
goal: {event: order_completed, within: 3d, value: revenue}
experiment: {hypothesis: Loud words sell, minimum_effect: 20%, unit: UNIT, expected: {rate: 20%MORE}}
"""


def compared(*words: str | Path) -> dict[str, Any]:
    ran = CliRunner().invoke(kairos, ["lift", *map(str, words), "--json"])
    assert ran.exit_code == 0, ran.output
    return dict(json.loads(ran.stdout))


def factorial_records(*, each: int) -> Any:
    """Of those whose discount came soon 10 % more order, with 15 % off 5 % more, of the others 10 %."""
    for number in range(5 * each):
        arm, place = ARMS[number % 5], number // 5 % 100
        rate = 10 + (arm != "control") * 10 * arm.startswith("soon") + 5 * arm.endswith("15")
        group = {"outcome": "control", "variant": "soon-5"} if arm == "control" else {"outcome": "acted", "variant": arm}
        told = decision(number, f"u{number}", at=START + number * 60_000, campaign="discount-timing", **group)
        yield "decisions", told
        yield "outcomes", outcome(told, int(place < rate))


def test_each_question_of_the_factorial_that_ships_is_answered_by_all_people(tmp_path: Path) -> None:
    file = write(tmp_path / "records.jsonl", factorial_records(each=1_000))
    found = compared("discount-timing", "--from", file, "--campaigns", shipped_folder() / "experiments" / "discount-timing.yaml")
    assert list(found) == ["discount-timing, timing: soon", "discount-timing, percentage: 15", "discount-timing, any"]
    timing, percentage, whole = found.values()
    assert [each["groups"] for each in found.values()] == [["soon", "later"], ["15", "5"], ["any", "control"]]
    assert [each["people"] for each in found.values()] == [[2_000, 2_000], [2_000, 2_000], [4_000, 1_000]]
    assert timing["effects"]["reached"]["effect"] == pytest.approx(0.1)
    assert percentage["effects"]["reached"]["effect"] == pytest.approx(0.05)
    assert whole["effects"]["reached"]["effect"] == pytest.approx(0.075)
    assert whole["sample_ratio"]["expected"] == pytest.approx([4_000, 1_000])
    assert [each["alpha"] for each in found.values()] == pytest.approx([0.05 / 3] * 3), "one false alarm in twenty, of all three together"


def test_arms_of_a_factorial_are_still_compared_by_themselves_on_demand(tmp_path: Path) -> None:
    file = write(tmp_path / "records.jsonl", factorial_records(each=200))
    campaigns = shipped_folder() / "experiments" / "discount-timing.yaml"
    (found,) = compared("discount-timing", "--from", file, "--campaigns", campaigns, "--variant", "soon-15", "--against", "later-15").values()
    assert (found["people"], found["alpha"], found["sessions_a_person"]) == ([200, 200], 0.05, None)


def halves(*, people: int) -> Any:
    """Half see plain and half loud, each person twice; of either 20 % order."""
    for number in range(2 * people):
        person, variant = number % people, ("plain", "loud")[number % people % 2]
        told = decision(number, f"u{person}", "acted", START + number * 60_000, variant=variant)
        yield "decisions", told
        yield "outcomes", outcome(told, int(person // 2 % 5 == 0))
    yield "decisions", decision(999_999, "late", "withheld", START + 30 * 86_400_000)


@pytest.mark.slow
@pytest.mark.parametrize(("unit", "word"), [("person", "wait"), ("session", "stop")])
def test_without_a_sample_of_its_own_the_plan_says_when_one_look_decides_in_its_unit(tmp_path: Path, unit: str, word: str) -> None:
    """The plan needs some 1,680 units an arm: 900 people are too few, their 1,800 sessions are enough."""
    file = write(tmp_path / "records.jsonl", halves(people=1_800))
    (tmp_path / "cart.yaml").write_text(HALVES.replace("UNIT", unit).replace("MORE", ", sessions_a_person: 2, alike: 0" if unit == "session" else ""))
    (found,) = compared("cart", "--from", file, "--campaigns", tmp_path / "cart.yaml").values()
    assert found["people"] == [900, 900]
    assert found["sessions_a_person"] == (2.0 if unit == "session" else None)
    assert found["advice"]["word"] == word, found["advice"]
    assert found["planned"] == pytest.approx(1_682 if unit == "session" else 3_364, abs=4)


def sessions(chance: np.random.Generator, *, people: int) -> Records:
    """Each person has one to five sessions that are much alike; chance has drawn the person, and no arm is better."""
    records = Records()
    for number in range(people):
        rate, group = float(chance.beta(0.5, 1.5)), "acted" if chance.random() < 0.5 else "control"
        for each in range(int(chance.integers(1, 6))):
            records.person(f"u{number}", group, int(chance.random() < rate), day=float(each))
    return records


@pytest.mark.slow
def test_intervals_of_sessions_are_those_of_people_since_chance_has_drawn_people() -> None:
    chance, covered, naive = np.random.default_rng(16), 0, 0
    for _ in range(300):
        records = sessions(chance, people=120)
        lift = measure(records.people(unit="session"))
        fixed = lift.effect("reached").fixed
        assert fixed is not None
        covered += fixed.low < 0 < fixed.high
        groups = [[told.conversions for told in records.log.told.values() if told.group == group] for group in ("acted", "control")]
        spread = sum(np.var(each) / len(each) for each in groups) ** 0.5
        naive += abs(np.mean(groups[0]) - np.mean(groups[1])) < 1.96 * spread
    assert covered / 300 > 0.91
    assert naive / 300 < 0.85, "sessions as if they were independent say too much"


def test_a_mean_of_sessions_is_of_all_sessions_whose_time_is_over_and_is_said_to_be() -> None:
    records = Records(until=10)
    for number in range(100):
        group = "acted" if number % 2 else "control"
        records.person(f"u{number}", group, int(number < 40), day=0)
        records.person(f"u{number}", group, 0, day=4)
        records.decided(f"u{number}", group, day=9)
    lift = measure(records.people(unit="session"))
    effect = lift.effect("reached")
    assert effect.plain.treated.mean == pytest.approx(0.2)
    assert (effect.plain.treated.people, lift.people.sessions) == (50, 2.0)
    assert effect.incremental is None
    told = list(lines(lift, advise(lift, "reached", Rule(sample=100)), title="cart", groups=("a", "b"), metric="reached"))
    assert any(line.startswith("counted by session, 2.00 of each person") for line in told)
    assert "the sample is complete" in told[-1]


def test_a_ratio_of_hardly_any_orders_has_no_interval() -> None:
    """Two orders in each group, of many people: what they vary by says nothing yet."""
    records = Records()
    for number in range(200):
        records.person(f"u{number}", "acted" if number % 2 else "control", int(number < 4), value=10.0 * (number + 1) if number < 4 else 0.0)
    assert records.lift().effect("value_per_conversion").fixed is None


@pytest.mark.parametrize("value", [1e308, -1e308, float("inf"), float("nan"), 2e15])
def test_a_value_that_no_order_has_is_unknown_and_said(value: float) -> None:
    """The job writes none: a file may hold anything."""
    records = Records()
    for number in range(200):
        records.person(f"u{number}", "acted" if number % 2 else "control", int(number % 4 < 2), value=value if number < 2 else 20.0)
    lift = records.lift()
    assert abs(lift.effect("value").plain.effect) < 40
    assert any("conversions of which nobody knows the value" in note for note in lift.people.notes)
