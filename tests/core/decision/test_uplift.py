"""Uplift sends what brings most for its cost to whoever is moved, nothing to the others, and draws a share evenly so that it keeps learning."""

from collections import Counter
from typing import Any

import pytest

from tests.builders import DAY, HOUR, MONDAY, Life, book, event, mail, words
from udfs.core.campaigns.uplift import UpliftChoice
from udfs.core.engine import Engine
from udfs.core.goal_outcome import GoalOutcome
from udfs.core.records import Action, Decision, Outcome, Reason

T = MONDAY + 12 * HOUR
GOAL = {"event": "order_completed", "within": "3d"}
GRANTED = {"consent": {"default": {"marketing": "grant"}}}
SCORES = {"small": {"model": "m", "cold_start": 0.1}, "large": {"model": "m", "class": "large", "cold_start": 0.2}}
TWO = {"small": words("email", cost=1), "large": words("push", cost=6)}
"""With a goal worth 40 the small one brings 3 and the large one 2; with 80 it is 7 and 10; with 8 neither brings its cost."""


def news(**changes: Any) -> dict[str, Any]:
    chosen = {"uplift": {"worth": "event.worth", "explore": "20%"}}
    return mail(**{"variants": TWO, "goal": GOAL, "choose": chosen, "score": SCORES, **changes})


def decisions(*documents: dict[str, Any], users: int = 1, at: int = T, **properties: Any) -> list[Decision]:
    engine = Engine(book(*documents))
    return [
        record
        for number in range(users)
        for record in Life(engine, f"u{number}").live([_go(at, f"u{number}", **properties)]).records
        if isinstance(record, Decision)
    ]


def _go(at: int, user: str, **properties: Any) -> Any:
    return event("go", at, user=user, message_id=f"g-{user}-{at}", **properties)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("worth", "expected"),
    [
        (40, {"small": 0.866667, "large": 0.066667, "nothing": 0.066667}),
        (80, {"small": 0.066667, "large": 0.866667, "nothing": 0.066667}),
        (8, {"small": 0.066667, "large": 0.066667, "nothing": 0.866667}),
    ],
)
def test_who_is_moved_gets_what_brings_most_for_its_cost_and_all_is_logged(worth: float, expected: dict[str, float]) -> None:
    made = decisions(news(), GRANTED, users=2_000, worth=worth)
    assert {tuple(each.choice.probabilities.items()) for each in made if each.choice} == {tuple(expected.items())}
    seen = Counter(each.variant or "nothing" for each in made)
    for name, probability in expected.items():
        assert seen[name] / len(made) == pytest.approx(probability, abs=4 * (probability * (1 - probability) / len(made)) ** 0.5)
    assert all(each.probability == expected[each.variant or "nothing"] for each in made)


def test_nothing_is_a_decision_with_its_reason_its_scores_and_its_features() -> None:
    (made,) = [each for each in decisions(news(), GRANTED, users=1, worth=8) if each.reason is Reason.NOTHING_CHOSEN] or decisions(
        news(), GRANTED, users=40, worth=8
    )[-1:]
    assert (made.outcome, made.reason, made.variant, made.channel) == (Outcome.WITHHELD, Reason.NOTHING_CHOSEN, None, None)
    assert set(made.scores) == {"small", "large"}


def test_what_follows_nothing_is_waited_for_like_what_follows_a_message() -> None:
    engine = Engine(book(news(), GRANTED))
    lives = [Life(engine, f"u{n}").live([_go(T, f"u{n}", worth=8), event("order_completed", T + HOUR, user=f"u{n}")]) for n in range(30)]
    told = [record for each in lives for record in each.wait(T + 4 * DAY).records if isinstance(record, GoalOutcome)]
    nothing = [each for each in told if each.outcome is Outcome.WITHHELD]
    assert nothing and {each.conversions for each in nothing} == {1}
    assert {each.credit == {} or not any(each.credit.values()) for each in nothing} == {True}, "nobody has told them anything"


def test_nothing_uses_up_the_entry_and_no_place_under_a_cap() -> None:
    capped = GRANTED | {"caps": [{"id": "one", "channel": "any", "max": 1, "per": "day"}]}
    once = news(entry={"once_per": "user.id"}, choose={"uplift": {"worth": "event.worth", "explore": "2%"}})
    engine = Engine(book(once, mail("other", trigger={"event": "then"}), capped))
    lived = [Life(engine, f"u{n}") for n in range(10)]
    for n, each in enumerate(lived):
        each.live([_go(T, f"u{n}", worth=8), _go(T + HOUR, f"u{n}", worth=80), event("then", T + 2 * HOUR, user=f"u{n}", message_id=f"t{n}")])
    ends = [[(each.campaign, each.reason) for each in one.decisions] for one in lived]
    assert [("news", Reason.NOTHING_CHOSEN), ("other", Reason.ELIGIBLE)] in ends
    assert all(len([each for each in end if each[0] == "news"]) == 1 for end in ends)


def test_only_what_can_be_sent_is_compared_and_where_nothing_can_nothing_is_drawn() -> None:
    night = GRANTED | {"quiet_hours": {"from": "21:00", "to": "08:00", "channels": ["push"]}}
    made = decisions(news(), night, users=50, at=MONDAY + 23 * HOUR, worth=80)
    assert {tuple(each.choice.probabilities) for each in made if each.choice} == {("small", "nothing")}
    both = GRANTED | {"quiet_hours": {"from": "21:00", "to": "08:00"}}
    lived = Life(Engine(book(news(), both)), "ada").live([_go(MONDAY + 23 * HOUR, "ada", worth=80)])
    (deferred,) = lived.decisions
    assert (deferred.outcome, deferred.reason, deferred.probability) == (Outcome.DEFERRED, Reason.QUIET_HOURS, None)
    assert lived.wait(MONDAY + 2 * DAY).decisions[-1].outcome in {Outcome.ACTED, Outcome.WITHHELD}


def test_a_worth_or_a_cost_that_is_unknown_moves_nobody() -> None:
    made = decisions(news(), GRANTED, users=20)
    assert {each.choice.probabilities["nothing"] for each in made if each.choice} == {0.866667}
    priced = news(variants={"small": words("email", cost="event.cost"), "large": words("push", cost=6)})
    made = decisions(priced, GRANTED, users=20, worth=40)
    assert {each.choice.probabilities["large"] for each in made if each.choice} == {0.866667}


def test_the_control_group_would_have_been_drawn_for_and_gets_no_message() -> None:
    engine = Engine(book(news(control_group="50%"), GRANTED))
    records = [record for n in range(200) for record in Life(engine, f"u{n}").live([_go(T, f"u{n}", worth=80)]).records]
    held = [each for each in records if isinstance(each, Decision) and each.outcome is Outcome.CONTROL]
    acted = [each for each in records if isinstance(each, Decision) and each.outcome is Outcome.ACTED]
    assert 60 < len(held) < 120 and all(each.choice and each.choice.probabilities["large"] == 0.866667 for each in held)
    assert len([each for each in records if isinstance(each, Action)]) == len(acted)


def test_the_same_decision_draws_the_same_lot_on_any_machine() -> None:
    first, second = (decisions(news(), GRANTED, users=20, worth=40) for _ in range(2))
    assert [(each.variant, each.choice) for each in first] == [(each.variant, each.choice) for each in second]


@pytest.mark.parametrize("gains", [{}, {"a": None}, {"a": -1.0, "b": None}, {"a": 0.0}, {"a": 5.0, "b": 5.0}])
def test_probabilities_add_up_and_nobody_is_left_without_one(gains: dict[str, float | None]) -> None:
    found = UpliftChoice(scores={}, worth=1.0, costs={}, explore=0.1).probabilities(gains)
    assert sum(found.values()) == pytest.approx(1, abs=1e-5)
    assert min(found.values()) >= 0.1 / (len(gains) + 1) - 1e-6
    assert max(found, key=lambda name: found[name]) == ("a" if (gains.get("a") or 0) > 0 else "nothing")
