"""A linear bandit draws by the features of the customer, and says which it saw."""

from dataclasses import replace
from typing import Any

import msgspec
import pytest

from tests.builders import DAY, HOUR, MONDAY, Life, book, event, mail, words
from udfs.core.bandits.best import thompson
from udfs.core.bandits.learned import BadArms, Learned, read_arms, taught
from udfs.core.bandits.linear import MAX_VALUE, Linear, Weights, scaled
from udfs.core.bandits.normal import thompson_of_normals
from udfs.core.bandits.posterior import Beta
from udfs.core.campaigns.bandit import features_named
from udfs.core.campaigns.book import Book
from udfs.core.engine import Engine
from udfs.core.records import Decision, Outcome

T = MONDAY + 12 * HOUR
GRANTED = {"consent": {"default": {"marketing": "grant"}}}
BY = ["event.spent", "user.loyal == true"]
SURE = (1e-4, 0.0, 1e-4, 0.0, 0.0, 1e-4)
FOR_THE_RICH = Linear((0.0, 0.1, 0.0), SURE)
FOR_THE_POOR = Linear((0.3, -0.1, 0.0), SURE)
ARMS = {"email": Beta(30, 70), "push": Beta(10, 90)}


def news(by: list[str] | None = None, **changes: Any) -> dict[str, Any]:
    choose = {"bandit": "linear", "by": by or BY}
    variants = {"email": words("email"), "push": words("push")}
    return mail(**{"variants": variants, "goal": {"event": "order_completed", "within": "3d"}, "choose": choose, **changes})


def weights(by: list[str] | None = None, **changes: Any) -> Weights:
    known = {"email": FOR_THE_RICH, "push": FOR_THE_POOR}
    return Weights(**{"features": features_named(by or BY), "prior": Linear((0.0, 0.0, 0.0), SURE), "arms": known, **changes})


def record(epoch: int = 1, **changes: Any) -> bytes:
    return msgspec.json.encode(Learned(**{"campaign": "news", "epoch": epoch, "prior": Beta(1, 3), "arms": ARMS, "linear": weights(), **changes}))


def knowing(document: dict[str, Any], value: bytes | None = None) -> Book:
    return replace(book(document, GRANTED), arms=taught({}, "news", value or record()))


def decided(found: Book, *, user: str = "ada", traits: dict[str, Any] | None = None, at: int = T, **properties: Any) -> Decision:
    events = [event("identify", at, type="identify", user=user, traits=traits, message_id=f"i-{user}")] if traits else []
    lived = Life(Engine(found), user).live([*events, event("go", at, user=user, message_id=f"g-{user}", **properties)])
    return lived.decisions[0]


def test_which_variant_is_best_depends_on_the_customer() -> None:
    rich, poor = (decided(knowing(news()), spent=spent) for spent in (500, 0))
    assert rich.choice is not None
    assert poor.choice is not None
    assert rich.choice.probabilities["email"] > 0.98
    assert poor.choice.probabilities["push"] > 0.98
    assert (rich.variant, rich.probability) == ("email", rich.choice.probabilities["email"])


def test_a_decision_says_what_it_saw_and_the_probabilities_follow_from_it() -> None:
    choice = decided(knowing(news()), spent=30, traits={"loyal": True}).choice
    assert choice is not None
    assert choice.vector == [1.0, scaled(30), 1.0]
    assert (choice.epoch, choice.context) == (1, features_named(BY))
    known = weights().at(choice.vector, ["email", "push"])
    assert tuple(choice.probabilities.values()) == thompson_of_normals(known)


def test_before_anything_is_learned_all_are_chosen_alike_and_the_vector_is_there_to_learn_from() -> None:
    choice = decided(book(news(), GRANTED), spent=30).choice
    assert choice is not None
    assert (choice.epoch, choice.probabilities) == (0, {"email": 0.5, "push": 0.5})
    assert choice.vector == [1.0, scaled(30), 0.0]


@pytest.mark.parametrize(
    ("spent", "seen"), [(None, 0.0), ("a lot", 0.0), ([5], 0.0), (1e308, MAX_VALUE), (-1e308, -MAX_VALUE), ("1e999", 0.0), (10**200, MAX_VALUE)]
)
def test_whatever_an_event_holds_it_is_drawn_for(spent: Any, seen: float) -> None:
    made = decided(knowing(news()), **({} if spent is None else {"spent": spent}))
    assert made.choice is not None
    assert made.choice.vector is not None
    assert made.choice.vector[1] == seen
    assert made.outcome is Outcome.ACTED


# What the world does that a linear bandit does not expect.


def test_with_other_features_what_is_known_of_all_customers_counts_until_something_is_learned_by_these() -> None:
    by = ["event.spent"]
    choice = decided(knowing(news(by)), spent=500).choice
    assert choice is not None
    assert tuple(choice.probabilities.values()) == thompson(list(ARMS.values()))
    assert (choice.epoch, choice.context) == (1, features_named(by)), "it is counted apart from what the other features came to"


def test_what_a_simple_bandit_has_learned_is_used_by_a_linear_one_and_the_other_way_round() -> None:
    of_simple, of_linear = decided(knowing(news(), record(linear=None)), spent=500), decided(knowing(news(choose="bandit")), spent=500)
    for made in (of_simple, of_linear):
        assert made.choice is not None
        assert tuple(made.choice.probabilities.values()) == thompson(list(ARMS.values()))
    assert of_linear.choice is not None
    assert of_linear.choice.vector is None


def test_a_new_variant_is_drawn_as_the_prior_says_and_a_removed_one_leaves_its_share() -> None:
    three = {name: words(name) for name in ("email", "push", "sms")}
    more, less = (decided(knowing(news(variants=each)), spent=500).choice for each in (three, {"push": words("push"), "sms": words("sms")}))
    assert more is not None
    assert less is not None
    assert tuple(more.probabilities.values()) == thompson_of_normals(weights().at(more.vector or [], list(three)))
    assert set(less.probabilities) == {"push", "sms"}


def test_only_what_can_be_sent_is_compared() -> None:
    made = decided(knowing(news()).deployed_with(["push"]), spent=500)
    assert made.choice is not None
    assert made.choice.probabilities == {"push": 1.0}


def test_who_comes_back_after_a_deferral_is_seen_as_they_are_then() -> None:
    quiet = GRANTED | {"quiet_hours": {"from": "21:00", "to": "08:00"}}
    found = replace(
        book(news(["user.hour >= 12", "event.spent"]), quiet), arms=taught({}, "news", record(linear=weights(["user.hour >= 12", "event.spent"])))
    )
    lived = Life(Engine(found), "ada").live([event("go", MONDAY + 23 * HOUR, spent=3)])
    (deferred,) = lived.decisions
    assert deferred.choice is not None
    assert (deferred.choice.probabilities, deferred.choice.vector) == ({}, [1.0, 1.0, scaled(3)])
    acted = lived.wait(MONDAY + 2 * DAY).decisions[-1]
    assert acted.outcome is Outcome.ACTED
    assert acted.choice is not None
    assert acted.choice.vector == [1.0, 0.0, scaled(3)]


def test_what_a_feature_of_the_event_holds_is_carried_through_a_journey() -> None:
    steps = [{"wait": "1d"}, {"send": ["email", "push"]}]
    lived = Life(Engine(knowing(news(steps=steps))), "ada").live([event("go", T, spent=500)]).wait(T + 2 * DAY)
    (made,) = lived.decisions
    assert made.choice is not None
    assert made.choice.vector == [1.0, scaled(500), 0.0]


@pytest.mark.parametrize(
    ("value", "says"),
    [
        (record(linear=weights(prior=Linear((0.0,), (0.0,)))), "linear: the prior: weights with this mean"),
        (record(linear=weights(arms={"a": Linear((0.0,), (1.0,))})), "linear: a has 1 weights, and the prior 3"),
        (record(linear=weights(arms={"a": Linear((0.0, 0.0, 0.0), (1.0,) * 6)})), "linear: a: weights"),
        (record(linear=weights(arms={f"v{n}": FOR_THE_RICH for n in range(21)})), "at most 20 variants"),
        (record().replace(b'"prior":{"mean"', b'"prior":{"men"'), "not a record of arms"),
    ],
)
def test_a_record_that_cannot_be_used_is_refused_and_says_why(value: bytes, says: str) -> None:
    with pytest.raises(BadArms) as caught:
        read_arms("news", value)
    assert says in str(caught.value)


def test_weights_for_fewer_features_than_there_are_are_not_used() -> None:
    """A record from outside may name the right features, and hold something else."""
    choice = decided(knowing(news(), record(linear=weights(prior=Linear((0.0,), (1.0,)), arms={}))), spent=500).choice
    assert choice is not None
    assert tuple(choice.probabilities.values()) == thompson(list(ARMS.values()))
