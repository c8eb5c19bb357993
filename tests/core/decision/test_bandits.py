"""A bandit draws among the variants that can be sent, by what it has learned, and says so."""

from collections import Counter
from dataclasses import replace
from typing import Any

import msgspec
import pytest

from tests.builders import DAY, HOUR, MONDAY, Life, book, event, mail, words
from udfs.core.bandits.best import thompson
from udfs.core.bandits.learned import BadArms, Learned, read_arms, taught
from udfs.core.bandits.posterior import Beta, Gaussian, Posterior
from udfs.core.campaigns.book import Book
from udfs.core.engine import Engine
from udfs.core.goal_outcome import GoalOutcome
from udfs.core.records import Decision, Outcome, Reason

T = MONDAY + 12 * HOUR
GOAL = {"event": "order_completed", "within": "3d"}
THREE = {"email": words("email"), "push": words("push"), "sms": words("sms")}
ARMS: dict[str, Posterior] = {"email": Beta(30, 70), "push": Beta(28, 72), "sms": Beta(10, 90)}
GRANTED = {"consent": {"default": {"marketing": "grant"}}}
NIGHT = GRANTED | {"quiet_hours": {"from": "21:00", "to": "08:00", "channels": ["push", "sms"]}}


def news(**changes: Any) -> dict[str, Any]:
    return mail(**{"variants": THREE, "goal": GOAL, "choose": "bandit", **changes})


def record(epoch: int = 1, **changes: Any) -> bytes:
    return msgspec.json.encode(Learned(**{"campaign": "news", "epoch": epoch, "prior": Beta(1, 3), "arms": ARMS, **changes}))


def knowing(*documents: dict[str, Any], value: bytes | None = None) -> Book:
    """A book of these documents, and of what was learned."""
    return replace(book(*documents), arms=taught({}, "news", value or record()))


def decisions(found: Book, *, users: int = 1, at: int = T, **fields: Any) -> list[Decision]:
    engine = Engine(found)
    return [
        record
        for number in range(users)
        for record in Life(engine, f"u{number}").live([event("go", at, user=f"u{number}", message_id=f"g{number}", **fields)]).records
        if isinstance(record, Decision)
    ]


def test_before_anything_is_learned_all_are_chosen_alike() -> None:
    made = decisions(book(news(), GRANTED), users=3_000)
    assert all(each.choice and each.choice.epoch == 0 for each in made)
    assert {each.probability for each in made} == {0.333333}
    for number in Counter(each.variant for each in made).values():
        assert 900 < number < 1_100


@pytest.mark.slow
def test_logged_probabilities_match_how_often_each_is_chosen() -> None:
    made = decisions(knowing(news(), GRANTED), users=6_000)
    expected = dict(zip(ARMS, thompson(list(ARMS.values())), strict=True))
    assert made[0].choice is not None
    assert made[0].choice.probabilities == expected
    assert made[0].choice.epoch == 1
    seen = Counter(each.variant for each in made)
    for variant, probability in expected.items():
        assert seen[variant] / len(made) == pytest.approx(probability, abs=4 * (probability * (1 - probability) / len(made)) ** 0.5)
    assert all(each.probability == expected[str(each.variant)] for each in made)


def test_the_same_decision_draws_the_same_lot_on_any_machine() -> None:
    event_of = event("go", T, user="u1", message_id="m-1")
    first, second = (Life(Engine(knowing(news(), GRANTED)), "u1").live([event_of]).decisions for _ in range(2))
    assert (first[0].variant, first[0].choice) == (second[0].variant, second[0].choice)


def test_an_arm_that_cannot_be_sent_is_not_drawn_and_the_others_are_compared_without_it() -> None:
    """Not the shares of all three without one: what is the best of two is another question."""
    made = decisions(knowing(news(), NIGHT), users=200, at=MONDAY + 23 * HOUR)
    assert {each.variant for each in made} == {"email"}
    assert {each.probability for each in made} == {1.0}
    two = decisions(knowing(news(), GRANTED).deployed_with(["push", "sms"]), users=200)
    choice = two[0].choice
    assert choice is not None
    assert choice.probabilities == dict(zip(["push", "sms"], thompson([ARMS["push"], ARMS["sms"]]), strict=True))


def test_where_nothing_can_be_sent_nothing_is_drawn_and_it_comes_back_by_the_first_that_can() -> None:
    quiet = GRANTED | {"quiet_hours": {"from": "21:00", "to": "08:00"}}
    lived = Life(Engine(knowing(news(), quiet)), "ada").live([event("go", MONDAY + 23 * HOUR)])
    (deferred,) = lived.decisions
    assert (deferred.outcome, deferred.reason, deferred.probability) == (Outcome.DEFERRED, Reason.QUIET_HOURS, None)
    assert deferred.choice is not None
    assert deferred.choice.probabilities == {}
    acted = lived.wait(MONDAY + 2 * DAY).decisions[-1]
    assert acted.outcome is Outcome.ACTED
    assert acted.choice is not None
    assert set(acted.choice.probabilities) == set(THREE)


@pytest.mark.slow
def test_who_comes_back_is_drawn_for_by_what_is_known_then() -> None:
    """So a deferral says nothing about the draw: among those who were deferred, variants are as frequent as their probabilities."""
    quiet = GRANTED | {"quiet_hours": {"from": "21:00", "to": "08:00"}}
    engine = Engine(knowing(news(), quiet))
    lives = [Life(engine, f"u{n}").live([event("go", MONDAY + 23 * HOUR, user=f"u{n}", message_id=f"g{n}")]) for n in range(2_000)]
    engine.book = replace(engine.book, arms=taught(engine.book.arms, "news", record(2, arms={**ARMS, "email": Beta(1, 99)})))
    acted = [each.wait(MONDAY + 2 * DAY).decisions[-1] for each in lives]
    assert acted[0].choice is not None
    assert acted[0].choice.epoch == 2
    for variant, probability in acted[0].choice.probabilities.items():
        share = sum(each.variant == variant for each in acted) / len(acted)
        assert share == pytest.approx(probability, abs=4 * (probability * (1 - probability) / len(acted)) ** 0.5)


def test_members_of_the_control_group_are_drawn_for_as_well_and_get_nothing() -> None:
    made = decisions(knowing(news(control_group="100%"), GRANTED), users=50)
    assert {each.outcome for each in made} == {Outcome.CONTROL}
    assert all(each.choice and each.choice.probabilities for each in made)


def test_the_outcome_names_the_variant_that_was_drawn() -> None:
    lived = Life(Engine(knowing(news(), GRANTED)), "ada").live([event("go", T)]).wait(T + 4 * DAY)
    (told,) = [record for record in lived.records if isinstance(record, GoalOutcome)]
    assert told.variant == lived.decisions[0].variant


def test_a_contextual_bandit_uses_what_it_knows_of_such_customers_and_else_what_it_knows_of_all() -> None:
    document = news(choose={"bandit": "contextual", "by": ["user.tier", "daypart"]})
    contexts: dict[str, dict[str, Posterior]] = {"gold|afternoon": {"sms": Beta(80, 20)}}
    engine = Engine(knowing(document, GRANTED, value=record(contexts=contexts)))
    gold, other = (
        Life(engine, user).live([event("identify", T, type="identify", user=user, traits={"tier": tier}), event("go", T, user=user)]).decisions[0]
        for user, tier in (("ann", "Gold"), ("bob", "tin|foil"))
    )
    assert gold.choice is not None
    assert other.choice is not None
    assert gold.choice.context == "gold|afternoon"
    assert gold.choice.probabilities["sms"] > 0.95
    assert other.choice.context == "tin foil|afternoon"
    assert other.choice.probabilities == dict(zip(ARMS, thompson(list(ARMS.values())), strict=True))


JOURNEY = {
    "trigger": {"event": "go"},
    "variants": {"hello": words("email"), **THREE},
    "steps": [{"send": "hello"}, {"wait": "1d", "leave_on": "order_completed"}, {"send": ["email", "push", "sms"], "id": "then"}],
}


def test_a_step_of_a_journey_leaves_the_choice_to_the_bandit() -> None:
    engine = Engine(knowing(news(**JOURNEY), GRANTED))
    lives = [Life(engine, f"u{n}").live([event("go", T, user=f"u{n}", message_id=f"g{n}")]).wait(T + 2 * DAY) for n in range(400)]
    first, second = lives[0].decisions
    assert (first.variant, first.probability, first.choice) == ("hello", 1.0, None)
    assert second.choice is not None
    assert second.choice.probabilities == dict(zip(ARMS, thompson(list(ARMS.values())), strict=True))
    drawn = Counter(str(each.decisions[1].variant) for each in lives)
    for variant, probability in second.choice.probabilities.items():
        assert drawn[variant] / len(lives) == pytest.approx(probability, abs=4 * (probability * (1 - probability) / len(lives)) ** 0.5)


def test_a_deferred_step_of_a_journey_is_drawn_for_when_it_comes_back() -> None:
    steps = [{"send": "hello"}, {"wait": "11h"}, {"send": ["email", "push", "sms"], "id": "then"}]
    quiet = GRANTED | {"quiet_hours": {"from": "21:00", "to": "08:00"}}
    lived = Life(Engine(knowing(news(**{**JOURNEY, "steps": steps}), quiet)), "ada").live([event("go", T)]).wait(T + 2 * DAY)
    deferred, acted = lived.decisions[1:]
    assert (deferred.outcome, deferred.probability) == (Outcome.DEFERRED, None)
    assert (acted.outcome, acted.decision_id, acted.attempt) == (Outcome.ACTED, deferred.decision_id, 1)
    assert acted.choice is not None
    assert acted.probability == acted.choice.probabilities[str(acted.variant)]


# What the world does that a bandit does not expect.


def test_a_variant_that_was_added_is_tried_as_the_prior_says() -> None:
    made = decisions(knowing(news(variants={**THREE, "new": words("inbox")}), GRANTED), users=5)
    assert made[0].choice is not None
    expected = thompson([*ARMS.values(), Beta(1, 3)])
    assert tuple(made[0].choice.probabilities.values()) == expected
    assert 0.01 < made[0].choice.probabilities["new"] < 0.5


def test_a_variant_that_was_removed_leaves_its_share_to_the_others() -> None:
    made = decisions(knowing(news(variants={name: THREE[name] for name in ("email", "sms")}), GRANTED), users=5)
    assert made[0].choice is not None
    assert tuple(made[0].choice.probabilities.values()) == thompson([ARMS["email"], ARMS["sms"]])


def test_variants_in_another_order_keep_their_probabilities() -> None:
    (one,), (other,) = (decisions(knowing(news(variants=each), GRANTED)) for each in (THREE, dict(reversed(THREE.items()))))
    assert one.choice is not None
    assert other.choice is not None
    assert other.choice.probabilities == pytest.approx(one.choice.probabilities, abs=2e-6)


def test_an_epoch_that_comes_late_or_twice_changes_nothing() -> None:
    held = taught({}, "news", record(5))
    assert taught(held, "news", record(4)) is held
    assert taught(held, "news", record(5)) is held
    assert taught(held, "news", record(6))["news"].epoch == 6


def test_a_tombstone_makes_a_bandit_forget() -> None:
    assert taught(taught({}, "news", record(5)), "news", None) == {}


def test_what_was_learned_of_a_campaign_that_is_no_bandit_any_more_is_not_used() -> None:
    made = decisions(knowing(news(choose="split"), GRANTED), users=3)
    assert all(each.choice is None for each in made)
    assert all(each.probability == pytest.approx(1 / 3) for each in made)


@pytest.mark.parametrize(
    ("value", "says"),
    [
        (b"{}", "not a record of arms"),
        (b"\xff", "not a record of arms"),
        (b"[" * 100_000, "not a record of arms"),
        (record(campaign="other"), "the key names campaign 'news', the record 'other'"),
        (record(0), "an epoch is a time"),
        (record(arms={"a": Beta(0, 1)}), "a: Beta(a=0.0, b=1.0) is no distribution"),
        (record(arms={"a": Gaussian(1, 1)}), "a is not of the same kind as the prior"),
        (record(contexts={"x": {"a": Beta(-1, 1)}}), "a in x: Beta(a=-1.0, b=1.0) is no distribution"),
        (record(arms={f"v{n}": Beta(1, 1) for n in range(21)}), "at most 20 variants"),
        (record(contexts={f"c{n}": {} for n in range(101)}), "100 contexts"),
        (b" " * 500_001, "500,001 bytes"),
    ],
)
def test_a_record_that_cannot_be_used_is_refused_and_says_why(value: bytes, says: str) -> None:
    with pytest.raises(BadArms) as caught:
        read_arms("news", value)
    assert says in str(caught.value)
