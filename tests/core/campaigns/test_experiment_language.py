"""What an experiment may say, and what is said of each mistake."""

from typing import Any

import pytest

from tests.builders import DAY, campaign
from udfs.core.campaigns.experiment import Experiment
from udfs.core.campaigns.language.campaign import compile_campaign
from udfs.core.features.features import EMPTY
from udfs.core.values.problems import DocumentError

MAIL = {"channel": "email", "content": {"body": "x"}}
GOAL = {"event": "order_completed", "value": "revenue"}
USUAL = {"hypothesis": "A discount brings orders", "minimum_effect": "15%"}
FOUR = dict.fromkeys(("a-5", "a-15", "b-5", "b-15"), MAIL)


def compiled(experiment: Any, **changes: Any) -> Experiment:
    made = compile_campaign(campaign(**{"experiment": experiment, "goal": GOAL, "control_group": "10%", **changes}), features=EMPTY).experiment
    assert made is not None
    return made


def test_an_experiment_needs_a_hypothesis_and_an_effect_and_the_rest_has_a_usual_value() -> None:
    found = compiled(USUAL)
    assert (found.metric, found.unit, found.minimum_effect) == ("reached", "person", 0.15)
    assert (found.against, found.arms) == ("control", ("mail",))
    assert (found.sample, found.at_most, found.early) == (None, 28 * DAY, "harm")


def test_an_experiment_says_everything() -> None:
    factors = {"timing": {"b": ["b-5", "b-15"], "a": ["a-5", "a-15"]}, "percentage": {"5": ["a-5", "b-5"], "15": ["a-15", "b-15"]}}
    found = compiled(
        {
            **USUAL,
            "unit": "session",
            "metric": "value_per_conversion",
            "minimum_effect": "-4.5 %",
            "factors": factors,
            "sample": 10_000,
            "stop": {"at_most": "14d", "early": "both"},
            "expected": {"rate": "8%", "mean": 60, "deviation": 45, "people_a_day": 700, "sessions_a_person": 1.5, "alike": 0},
        },
        variants=FOUR,
    )
    assert (found.unit, found.metric, found.minimum_effect, found.sample) == ("session", "value_per_conversion", -0.045, 10_000)
    assert (found.at_most, found.early) == (14 * DAY, "both")
    assert found.factors["timing"] == {"b": ("b-5", "b-15"), "a": ("a-5", "a-15")}
    assert (found.expected.rate, found.expected.mean, found.expected.sessions_a_person, found.expected.alike) == (0.08, 60.0, 1.5, 0.0)


def test_without_a_control_group_the_first_variant_is_the_comparison() -> None:
    found = compiled(USUAL, control_group=None, variants={"plain": MAIL, "loud": MAIL})
    assert (found.against, found.arms) == ("plain", ("loud",))
    assert compiled({**USUAL, "against": "loud"}, variants={"plain": MAIL, "loud": MAIL}).arms == ("plain",)


MISTAKES: list[tuple[str, Any, dict[str, Any], str, str]] = [
    ("a sentence alone", "It helps", {}, "experiment", "experiment is a mapping"),
    ("no hypothesis", {"minimum_effect": "15%"}, {}, "experiment", "hypothesis, a sentence"),
    ("an empty hypothesis", {**USUAL, "hypothesis": " "}, {}, "experiment.hypothesis", "hypothesis, a sentence"),
    ("no effect", {"hypothesis": "x"}, {}, "experiment", "minimum_effect: 15%"),
    ("a number", {**USUAL, "minimum_effect": 15}, {}, "experiment.minimum_effect", "write 15%"),
    ("a share of one", {**USUAL, "minimum_effect": 0.15}, {}, "experiment.minimum_effect", "such as 15%"),
    ("no effect at all", {**USUAL, "minimum_effect": "0%"}, {}, "experiment.minimum_effect", "at any size of the sample"),
    ("less than nothing", {**USUAL, "minimum_effect": "-100%"}, {}, "experiment.minimum_effect", "falls by more than all"),
    ("a slip", {**USUAL, "metrik": "value"}, {}, "experiment.metrik", "did you mean 'metric'?"),
    ("an unknown metric", {**USUAL, "metric": "revenue"}, {}, "experiment.metric", "one of reached, conversions, value"),
    ("no goal", USUAL, {"goal": None}, "experiment", "goal: {event: order_completed"),
    ("a goal without value", {**USUAL, "metric": "value"}, {"goal": {"event": "page"}}, "experiment.metric", "write value: revenue at goal"),
    ("nothing to compare with", USUAL, {"control_group": None}, "experiment", "compares two things, and there is one"),
    ("no control group", {**USUAL, "against": "control"}, {"control_group": None}, "experiment.against", "control_group: 10%"),
    ("an unknown arm", {**USUAL, "against": "mial"}, {"variants": {"mail": MAIL, "b": MAIL}}, "experiment.against", "did you mean 'mail'?"),
    ("one level", {**USUAL, "factors": {"size": {"a": ["mail"]}}}, {}, "experiment.factors.size", "two levels or more"),
    ("a variant twice", {**USUAL, "factors": {"size": {"a": ["mail"], "b": ["mail"]}}}, {}, "experiment.factors.size", "mail has two"),
    (
        "a variant of no level",
        {**USUAL, "factors": {"size": {"a": ["a-5"], "b": ["b-5", "b-15"]}}},
        {"variants": FOUR},
        "experiment.factors.size",
        "a-15 has none",
    ),
    ("an unknown variant", {**USUAL, "factors": {"size": {"a": ["mail"], "b": ["male"]}}}, {}, "experiment.factors.size", "no variant 'male'"),
    ("a sample of a few", {**USUAL, "sample": 5}, {}, "experiment.sample", "a whole number from 20"),
    ("words for an end", {**USUAL, "stop": "soon"}, {}, "experiment.stop", "stop is a mapping"),
    ("an unknown end", {**USUAL, "stop": {"early": "always"}}, {}, "experiment.stop.early", "one of never, harm, both"),
    ("a rate of nothing", {**USUAL, "expected": {"rate": "0%"}}, {}, "experiment.expected.rate", "nothing to find"),
    ("no people", {**USUAL, "expected": {"people_a_day": 0}}, {}, "experiment.expected.people_a_day", "a number above 0"),
    ("a mean alone", {**USUAL, "metric": "value", "expected": {"mean": 60}}, {}, "experiment.expected", "mean: 60, deviation: 45"),
    ("sessions of people", {**USUAL, "expected": {"alike": 0.1}}, {}, "experiment.expected", "go with unit: session"),
    ("more than alike", {**USUAL, "unit": "session", "expected": {"alike": 2}}, {}, "experiment.expected.alike", "from 0 to 1"),
]


@pytest.mark.parametrize(("experiment", "changes", "path", "told"), [each[1:] for each in MISTAKES], ids=[each[0] for each in MISTAKES])
def test_each_mistake_is_told_where_it_is_with_the_cure(experiment: Any, changes: dict[str, Any], path: str, told: str) -> None:
    with pytest.raises(DocumentError) as raised:
        compiled(experiment, **changes)
    problems = raised.value.problems
    assert [".".join(map(str, each.path)) for each in problems] == [path]
    assert told in f"{problems[0].message} {problems[0].suggestion}"


def test_the_messages_of_a_journey_are_no_arms() -> None:
    journey = {"steps": [{"send": "mail"}], "entry": None}
    assert compiled(USUAL, **journey).against == "control"
    with pytest.raises(DocumentError, match="the messages of a journey are no arms"):
        compiled(USUAL, control_group=None, **journey)
