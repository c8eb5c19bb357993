"""Ways in which the world does not do what a comparison expects. Most have been somebody's bug: the number names the report."""

import numpy as np
import pytest

from services.lift.advice import advise
from services.lift.persons import against_of
from services.lift.words import lines
from tests.lift.builders import DAY, START, Records, crowd


def test_who_is_exposed_again_counts_once_and_from_the_first_time() -> None:
    """growthbook/growthbook#405: of several exposures, which begins the time?"""
    records = Records()
    records.person("ada", conversions=0, day=1)
    records.person("ada", conversions=1, day=9)
    people = records.people()
    assert people.treated.tolist() == [True]
    assert people.metrics[0].values.tolist() == [0.0]


def test_an_early_success_does_not_count_before_the_time_of_those_who_have_none_is_over() -> None:
    """growthbook/growthbook#68: conversions in progress make every test look good at first."""
    records = Records(until=4)
    records.person("ada", day=0)
    eager, slow = records.decided("eve", day=2), records.decided("bob", day=2)
    records.told(eager, 1, status="provisional", at=START + 2 * DAY + 1)
    people = records.people()
    assert len(people) == 1
    assert people.left.immature == 2
    assert people.left.untold == 0
    assert slow not in records.log.told


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (1, 2, 1)])
def test_a_refund_takes_its_order_back_in_whatever_order_and_however_often_revisions_are_read(order: tuple[int, ...]) -> None:
    records = Records()
    decision = records.decided("ada")
    for revision in order:
        records.told(decision, int(revision < 2), revision=revision, status="final" if revision else "provisional")
    people = records.people()
    assert [each.values.tolist() for each in people.metrics[:3]] == [[0.0], [0.0], [0.0]]


def test_two_ids_that_turn_out_to_be_one_person_are_one_person_and_two_draws() -> None:
    """Amplitude's list of causes: who logs in is assigned again, then the ids are resolved."""
    records = Records()
    decision = records.decided("web-1", day=0)
    records.told(decision, 0, revision=0, status="provisional")
    records.told(decision, 1, revision=1, user="ada")
    records.person("ada", "control", day=2)
    people = records.people()
    assert people.treated.tolist() == [True]
    assert people.metrics[0].values.tolist() == [1.0]
    assert people.assigned == (1, 1)
    assert people.left.in_both == 1


def test_who_was_held_out_first_is_not_among_those_who_are_compared_with_the_control_group() -> None:
    records = Records()
    records.person("ada", "held_out", day=0)
    records.person("ada", "acted", 1, day=5)
    records.person("bob", "control", day=1)
    assert records.people().treated.tolist() == [False]


def test_people_who_got_lost_in_one_group_are_missed_before_anything_is_said_of_the_effect() -> None:
    """growthbook/growthbook#6386: exposures of one group were lost on the way, and the split was skewed."""
    records = Records()
    crowd(records, treated=3_400, control=500, rates=(0.2, 0.1))
    lift = records.lift(shares=(0.9, 0.1))
    assert lift.ratio is not None
    assert lift.ratio.is_wrong
    advice = advise(lift, "reached")
    assert advice.word == "look"
    assert "3,400 and 500 where 3,510 and 390 were due" in advice.sentence


def test_a_share_that_was_changed_half_way_does_not_make_a_message_look_good() -> None:
    """PostHog/posthog#84351, and Simpson: the second version reaches more people in a better month, and does nothing."""
    records = Records()
    crowd(records, treated=500, control=500, rates=(0.1, 0.1), name="a", version="1")
    crowd(records, treated=1_800, control=200, rates=(0.4, 0.4), day=30, name="b", version="2")
    lift = records.lift()
    assert lift.stratified
    effect = lift.effect("reached")
    assert effect.best.effect == pytest.approx(0, abs=1e-9)
    together = effect.best.treated.people
    assert together == 2_300


def test_people_from_before_there_was_a_control_group_are_not_compared_with_it() -> None:
    """A worse month, in which everybody got the message, would make it look harmful."""
    records = Records()
    crowd(records, treated=3_000, control=0, rates=(0.1, 0.1), name="a", version="1")
    crowd(records, treated=1_800, control=200, rates=(0.4, 0.4), day=30, name="b", version="2")
    lift = records.lift(shares=(0.9, 0.1))
    assert lift.effect("reached").best.effect == pytest.approx(0, abs=1e-9)
    assert lift.effect("reached").best.treated.people == 1_800
    assert lift.alone == 3_000
    assert lift.ratio is not None
    assert lift.ratio.observed == (1_800, 200)
    assert advise(lift, "reached").word == "wait"


def test_versions_that_differ_in_words_alone_are_compared_together() -> None:
    records = Records()
    for version in range(12):
        crowd(records, treated=90, control=10, rates=(0.2, 0.2), day=version, name=f"{version}-", version=str(version))
    lift = records.lift(shares=(0.9, 0.1))
    assert not lift.stratified
    assert lift.ratio is not None
    assert lift.ratio.observed == (1_080, 120)


def test_one_group_that_is_switched_off_for_some_days_is_noticed() -> None:
    records = Records()
    for day in range(20):
        crowd(records, treated=90, control=0 if day > 14 else 20, rates=(0.2, 0.2), day=day, name=f"{day}-")
    lift = records.lift()
    assert lift.share_of_days is not None
    assert lift.share_of_days < 0.001
    assert "from one day to another" in advise(lift, "reached").sentence


def test_days_that_draw_as_they_should_are_not_noticed() -> None:
    chance = np.random.default_rng(1)
    records = Records()
    for number in range(3_000):
        records.person(f"u{number}", "acted" if chance.random() < 0.9 else "control", int(chance.random() < 0.2), day=number / 100)
    lift = records.lift(shares=(0.9, 0.1))
    assert lift.share_of_days is not None
    assert lift.share_of_days > 0.01
    assert advise(lift, "reached").word == "wait"


def test_who_was_watched_for_another_time_is_left_out_and_said() -> None:
    records = Records()
    records.person("ada", conversions=1, day=0, ends=START + 14 * DAY)
    records.person("bob", "control", day=20)
    people = records.people()
    assert len(people) == 1
    assert people.left.other_horizon == 1
    assert people.horizon == 3 * DAY


def test_outcomes_that_the_topic_no_longer_has_are_missed() -> None:
    records = Records()
    records.decided("ada", day=0)
    records.person("bob", day=1)
    people = records.people()
    assert people.left.untold == 1
    assert any("have no outcome though their time is over" in note for note in people.notes)


def test_who_is_forgotten_before_the_time_is_over_still_counts() -> None:
    """Otherwise a message after which people leave would lose just those people."""
    records = Records()
    records.person("ada", status="cut")
    people = records.people()
    assert len(people) == 1
    assert any("1 people were forgotten" in note and "(1 treated)" in note for note in people.notes)


def test_a_group_in_which_everybody_did_the_same_has_no_interval_of_no_width() -> None:
    """agency-fund/evidential-be#342: all outcomes of one arm were zero, and the interval was not a number."""
    records = Records()
    crowd(records, treated=900, control=100, rates=(0.1, 0.0))
    effect = records.lift().effect("reached")
    assert effect.fixed is None
    assert advise(records.lift(), "reached").word == "wait"


def test_a_conversion_whose_value_nobody_knows_counts_as_one_and_is_said() -> None:
    records = Records()
    records.person("ada", conversions=2, value=40.0, unvalued=1)
    people = records.people()
    assert people.metrics[1].values.tolist() == [2.0]
    assert any("1 conversions of which nobody knows the value" in note for note in people.notes)


def test_what_is_paid_back_may_be_more_than_what_was_paid() -> None:
    records = Records()
    records.person("ada", conversions=0, value=-25.0)
    assert records.people().metrics[2].values.tolist() == [-25.0]


def test_figures_that_are_no_numbers_are_unknown_and_nobody_is_lost_for_them() -> None:
    records = Records()
    for number, orders in enumerate((3, None, "many", True, float("nan"))):
        records.person(f"u{number}", decided={"features": {"orders": orders}})
    figures = records.people(figures=("orders", "absent")).figures
    assert figures is not None
    assert figures[:, 0].tolist()[0::3] == [3.0, 1.0]
    assert np.isnan(figures[:, 0]).sum() == 3
    assert np.isnan(figures[:, 1]).all()


def test_without_a_control_group_the_holdout_is_the_comparison() -> None:
    records = Records()
    records.person("ada")
    records.person("bob", "held_out")
    assert against_of(records.log, "cart") == "held_out"
    assert records.people(against="held_out").treated.tolist() == [True, False]
    records.person("cy", "control")
    assert against_of(records.log, "cart") == "control"


def test_where_only_outcomes_are_at_hand_they_tell_who_was_exposed_and_it_is_said() -> None:
    records = Records()
    crowd(records, treated=40, control=40, rates=(0.5, 0.5))
    records.log.decided.clear()
    people = records.people()
    assert len(people) == 80
    assert people.assigned == (40, 40)
    assert any("no decisions were read" in note for note in people.notes)


def test_who_came_before_is_not_among_those_since() -> None:
    records = Records()
    records.person("ada", day=0)
    records.person("ada", day=9)
    records.person("bob", day=9)
    people = records.people(since=START + 5 * DAY)
    assert len(people) == 1
    assert people.left.before == 1


def test_nobody_at_all_is_no_error() -> None:
    lift = Records().lift(shares=(0.9, 0.1))
    advice = advise(lift, "reached")
    assert advice.word == "wait"
    assert list(lines(lift, advice, title="cart", groups=("treated", "control"), metric="reached"))


def test_two_messages_of_a_journey_are_compared_from_where_it_splits() -> None:
    """Everybody gets hello first; its outcomes say nothing about what follows."""
    records = Records()
    for number in range(200):
        user, variant = f"u{number}", "soon" if number % 2 else "late"
        records.person(user, conversions=0, day=number / 100, decided={"variant": "hello"})
        records.person(user, conversions=int(number % 4 == 1), day=3 + number / 100, decided={"variant": variant})
    people = records.people(treated="variant:soon", against="variant:late")
    assert people.treated.sum() == 100
    assert people.metrics[0].values[people.treated].sum() == 50
    assert people.left.in_both == 0
