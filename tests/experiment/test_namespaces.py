"""Experiments that must not meet: each has a part of a namespace, and nobody is in two of them."""

from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from cli.main import kairos
from services.control.doubts import before_publishing
from services.documents.files import load_campaign_files
from services.experiment.plan import plan
from services.lift.membership import groups_of
from services.statistics.normal import chi_square_tail
from tests.builders import DAY, HOUR, MONDAY, Life, book, event, life, mail, words
from tests.core.campaigns.test_experiment_language import USUAL, compiled
from tests.core.decision.test_journeys import GRANT
from tests.documents.writing import write
from udfs.core.campaigns.experiment import Experiment, Namespace
from udfs.core.campaigns.language.campaign import compile_campaign
from udfs.core.engine import Engine
from udfs.core.features.features import EMPTY
from udfs.core.profile.identity import Identity
from udfs.core.records import Reason
from udfs.core.values.problems import DocumentError

PEOPLE = [f"u{number}" for number in range(2_000)]
GOAL = {"event": "order_completed", "within": "3d"}


def tried(name: str, part: dict[str, Any], **changes: Any) -> dict[str, Any]:
    two = {each: words(weight=1) for each in ("a", "b")}
    return mail(name, **{"variants": two, "goal": GOAL, "experiment": {**USUAL, "namespace": part}, **changes})


LEFT, RIGHT = {"name": "checkout", "to": "40%"}, {"name": "checkout", "from": "40%"}


@pytest.mark.slow
def test_each_customer_gets_something_of_one_of_two_and_all_are_shared_out() -> None:
    engine = Engine(book(tried("left", LEFT), tried("right", RIGHT), GRANT))
    got: dict[str, list[str]] = {}
    for user in PEOPLE:
        lived = Life(engine, user).live([event("go", MONDAY, user=user), event("go", MONDAY + HOUR, user=user)])
        got[user] = [decision.campaign for decision in lived.decisions]
    assert all(campaigns in (["left"] * 2, ["right"] * 2) for campaigns in got.values())
    assert sum(campaigns[0] == "left" for campaigns in got.values()) in range(720, 880)


@pytest.mark.slow
def test_variants_are_drawn_independently_of_it() -> None:
    part, other = Namespace("checkout", 0.0, 0.4), compile_campaign(tried("left", LEFT), features=EMPTY)
    for ids in ([str(number) for number in range(50_000)], [f"user-{number:06}" for number in range(50_000)]):
        cells = [[0, 0], [0, 0]]
        for user in ids:
            cells[part.holds(user)][other.assign(user)[0].name == "a"] += 1
        rows, columns = [sum(row) for row in cells], [sum(column) for column in zip(*cells, strict=True)]
        far = sum((cells[i][j] - rows[i] * columns[j] / len(ids)) ** 2 / (rows[i] * columns[j] / len(ids)) for i in (0, 1) for j in (0, 1))
        assert chi_square_tail(far, 1) > 0.001


def test_a_person_stands_where_the_id_stands_that_was_assigned_first() -> None:
    both = book(tried("left", LEFT), tried("right", RIGHT), GRANT)
    visitors = [f"web-{number}" for number in range(60)]
    engine = Engine(both)
    for number, visitor in enumerate(visitors):
        early = Life(engine, visitor).live([event("go", MONDAY, user=visitor)])
        _, handed_over = engine.on_leave(early.blob, visitor, MONDAY + HOUR)
        late = Life(engine, f"kim-{number}")
        late.blob = engine.on_join(None, late.user, handed_over).blob
        late.live([event("go", MONDAY + DAY, user=late.user)])
        assert [each.campaign for each in late.decisions] == [early.decisions[0].campaign]
        assert [each.variant for each in late.decisions] == [early.decisions[0].variant]


def test_the_condition_of_the_campaign_still_counts_and_a_rising_edge_does_not_go_round_it() -> None:
    inside = next(user for user in PEOPLE if Namespace("checkout", 0.0, 0.4).holds(user))
    outside = next(user for user in PEOPLE if not Namespace("checkout", 0.0, 0.4).holds(user))
    cheap = tried("left", LEFT, when="event.total > 50")
    for user, total, many in ((inside, 99, 1), (inside, 9, 0), (outside, 99, 0)):
        assert len(life(cheap, GRANT, user=user).live([event("go", MONDAY, user=user, total=total)]).decisions) == many
    rising = tried("left", LEFT, trigger={"event": "go", "becomes": "session.events > 1"}, when="event.total > 50")
    for user, many in ((inside, 1), (outside, 0)):
        lived = life(rising, GRANT, user=user).live([event("page", MONDAY, user=user), event("go", MONDAY + 1, user=user, total=99)])
        assert len(lived.decisions) == many


def test_whoever_was_deferred_and_is_outside_by_then_hears_so() -> None:
    night = {**GRANT, "quiet_hours": {"from": "22:00", "to": "08:00", "zone": "UTC", "then": "defer"}}
    user = next(user for user in PEOPLE if Namespace("checkout", 0.2, 0.4).holds(user))
    lived = Life(Engine(book(tried("left", LEFT), night)), user).live([event("go", MONDAY + HOUR, user=user)])
    assert [each.reason for each in lived.decisions] == [Reason.QUIET_HOURS]
    lived.engine = Engine(book(tried("left", {"name": "checkout", "to": "20%"}), night))
    lived.wait()
    assert [(each.reason, each.detail) for each in lived.decisions[1:]] == [
        (Reason.ELIGIBILITY, "the customer is not in the experiment's namespace any more")
    ]


def test_a_run_of_a_journey_goes_on_where_its_customer_was_when_it_began() -> None:
    steps: list[Any] = [{"send": "a"}, {"wait": "1d"}, {"send": "b"}]
    journey = tried("left", LEFT, steps=steps, control_group="10%", variants={"a": words(), "b": words()})
    group = compile_campaign(journey, features=EMPTY)
    user = next(user for user in PEOPLE if Namespace("checkout", 0.2, 0.4).holds(user) and not group.in_control(user))
    lived = Life(Engine(book(journey, GRANT)), user).live([event("go", MONDAY, user=user)])
    lived.engine = Engine(book({**journey, "experiment": {**USUAL, "namespace": {"name": "checkout", "to": "20%"}}}, GRANT))
    lived.wait()
    assert [each.variant for each in lived.decisions] == ["a", "b"]


@pytest.mark.parametrize(
    ("part", "where", "says"),
    [
        ("checkout", "experiment.namespace", "namespace is a mapping"),
        ({"to": "50%"}, "experiment.namespace", "a namespace has a name"),
        ({"name": "Check out"}, "experiment.namespace.name", "a namespace has a name"),
        ({"name": "checkout", "from": "50%", "to": "50%"}, "experiment.namespace", "nobody is in it"),
        ({"name": "checkout", "from": "60%", "to": "50%"}, "experiment.namespace", "nobody is in it"),
        ({"name": "checkout", "to": "33.3333%"}, "experiment.namespace.to", "hundredths of a percent"),
        ({"name": "checkout", "until": "50%"}, "experiment.namespace.until", "until"),
        ({"name": "checkout", "to": "150%"}, "experiment.namespace.to", ""),
    ],
)
def test_what_makes_no_sense_is_refused_where_it_stands(part: Any, where: str, says: str) -> None:
    with pytest.raises(DocumentError) as refused:
        compiled({**USUAL, "namespace": part})
    (problem,) = refused.value.problems
    assert ".".join(map(str, problem.path)) == where
    assert says in problem.message


def test_the_parts_of_a_namespace_are_whole_hundredths_of_a_percent() -> None:
    thirds = [compiled({**USUAL, "namespace": {"name": "x", **part}}).namespace for part in ({"to": "33.33%"}, {"from": "33.33%", "to": "66.66%"})]
    assert all(part is not None for part in thirds)
    many = [sum(part.holds(user) for part in thirds if part) for user in PEOPLE]
    assert set(many) == {0, 1}, "the border belongs to one of them"


def test_the_plan_counts_on_the_people_in_it_alone() -> None:
    from dataclasses import replace

    usual: Experiment = compiled({**USUAL, "expected": {"rate": "8%", "people_a_day": 700}})
    whole = plan(usual, arms={"mail": 0.5, "control": 0.5}, horizon=0)
    half = plan(replace(usual, namespace=Namespace("checkout", 0.25, 0.75)), arms={"mail": 0.5, "control": 0.5}, horizon=0)
    assert half.sample == whole.sample
    assert half.days == pytest.approx(2 * (whole.days or 0))


def test_the_holdout_command_says_who_is_outside() -> None:
    made = book(tried("left", LEFT), GRANT)
    outside = next(user for user in PEOPLE if not Namespace("checkout", 0.0, 0.4).holds(user))
    (found,) = groups_of(made, outside).campaigns
    assert found.group == "outside"
    assert "of the namespace checkout; the experiment is for 0% to 40%" in found.why
    inside = next(user for user in PEOPLE if Namespace("checkout", 0.0, 0.4).holds(user))
    (found,) = groups_of(made, outside, Identity(lot=inside)).campaigns
    assert found.group in {"a", "b"}, "it is asked of the id that was assigned first"


FILE = """campaign: NAME
trigger: {event: page}
variants:
  a: {channel: email, content: {body: x}}
  b: {channel: email, content: {body: y}}
goal: {event: order_completed, within: 3d}
experiment:
  hypothesis: b is better
  minimum_effect: 15%
  namespace: {name: checkout, FROM}
"""


def files(folder: Path, **parts: str) -> None:
    for name, part in parts.items():
        write(folder / f"{name}.yaml", FILE.replace("NAME", name).replace("FROM", part))


@pytest.mark.slow
def test_two_that_overlap_are_told_once_with_a_part_that_is_free(tmp_path: Path) -> None:
    files(tmp_path, left="to: 60%", right="from: 50%", apart="from: 0%, to: 100%")
    (tmp_path / "apart.yaml").write_text((tmp_path / "apart.yaml").read_text().replace("name: checkout", "name: another"))
    (found,) = before_publishing(load_campaign_files([tmp_path]))
    assert (found.file.name, found.line) == ("left.yaml", 10)
    assert "customers from 50% to 60% of the namespace checkout are also in right" in found.message
    assert found.suggestion == "right has 50% to 100%: choose a part up to 50%"
    told = CliRunner().invoke(kairos, ["campaigns", "check", str(tmp_path)], catch_exceptions=False)
    assert told.exit_code == 0
    assert "disturb each other" in told.stderr + told.stdout
    files(tmp_path, left="to: 50%")
    assert before_publishing(load_campaign_files([tmp_path])) == []


@pytest.mark.slow
@pytest.mark.parametrize(
    ("mine", "theirs", "cure"),
    [
        ("to: 33.34%", "from: 33.33%, to: 66.66%", "right has 33.33% to 66.66%: choose a part from 66.66% on or up to 33.33%"),
        ("to: 50%", "from: 0%", "right has 0% to 100%: give it a part, too"),
        ("to: 50%", "to: 12.5%", "right has 0% to 12.5%: choose a part from 12.5% on"),
    ],
)
def test_the_cure_is_as_exact_as_parts_are_and_cures(tmp_path: Path, mine: str, theirs: str, cure: str) -> None:
    files(tmp_path, left=mine, right=theirs)
    (found,) = before_publishing(load_campaign_files([tmp_path]))
    assert found.suggestion == cure
    if "up to 33.33%" in cure:
        files(tmp_path, left="to: 33.33%")
        assert before_publishing(load_campaign_files([tmp_path])) == []
