"""A bandit draws the way of a journey at a split: once for each run, which is counted once, by its way."""

from collections import Counter
from dataclasses import replace
from typing import Any

import msgspec
import pytest

from services.local.job import LocalJob
from tests.builders import DAY, HOUR, MONDAY, Life, book, event, mail, words
from tests.identity.test_in_one_process import login, run, said
from udfs.core.bandits.best import thompson
from udfs.core.bandits.learned import Learned, taught
from udfs.core.bandits.posterior import Beta, Posterior
from udfs.core.campaigns.book import Book
from udfs.core.engine import Engine
from udfs.core.goal_outcome import GoalOutcome
from udfs.core.profile.due import Deferred, Drawn, Step
from udfs.core.records import Decision, Outcome

T = MONDAY + 12 * HOUR
GRANTED = {"consent": {"default": {"marketing": "grant"}}}
ORDER = {
    "points-first": {"then": [{"send": "points"}, {"wait": "3d"}, {"send": "upsell"}]},
    "upsell-first": {"then": [{"send": "upsell"}, {"wait": "3d"}, {"send": "points"}]},
}
ARMS: dict[str, Posterior] = {"order/points-first": Beta(30, 70), "order/upsell-first": Beta(20, 80)}
SHARES = dict(zip(ORDER, thompson(list(ARMS.values())), strict=True))


def news(ways: Any = None, *, before: Any = (), after: Any = (), **changes: Any) -> dict[str, Any]:
    steps = [*before, {"split": ORDER if ways is None else ways, "id": "order", "choose": "bandit"}, *after]
    variants = {"points": words("email"), "upsell": words("push")}
    goal = {"event": "order_completed", "within": "5d"}
    return mail(**{"variants": variants, "goal": goal, "choose": "bandit", "steps": steps, **changes})


def record(epoch: int = 7, **changes: Any) -> bytes:
    return msgspec.json.encode(Learned(**{"campaign": "news", "epoch": epoch, "prior": Beta(1, 3), "arms": ARMS, **changes}))


def knowing(document: dict[str, Any], policy: dict[str, Any] | None = None) -> Book:
    return replace(book(document, policy or GRANTED), arms=taught({}, "news", record()))


def lived(found: Book, user: str = "ada", *, at: int = T) -> Life:
    return Life(Engine(found), user).live([event("go", at, user=user, message_id=f"g-{user}")])


def test_the_first_message_behind_the_split_says_how_the_way_was_drawn_and_no_other_does() -> None:
    first, second = lived(knowing(news())).wait(T + 5 * DAY).decisions
    assert first.choice is not None
    assert (first.choice.split, first.choice.epoch, first.choice.context) == ("order", 7, "")
    assert first.choice.probabilities == SHARES
    assert first.probability == SHARES[str(first.choice.way)]
    assert [first.variant, second.variant] == (["points", "upsell"] if first.choice.way == "points-first" else ["upsell", "points"])
    assert (second.choice, second.probability) == (None, 1.0)


@pytest.mark.slow
def test_ways_are_as_frequent_as_their_probabilities_and_counted_once_a_run() -> None:
    """A plain count of what the arms job would count: decisions that acted and have a choice, by way."""
    found, number = knowing(news()), 2_000
    seen = Counter[str]()
    for each in range(number):
        for made in lived(found, f"u{each}").wait(T + 5 * DAY).decisions:
            if made.choice is not None and made.outcome is Outcome.ACTED:
                seen[str(made.choice.way)] += 1
    assert sum(seen.values()) == number
    for way, share in SHARES.items():
        assert seen[way] / number == pytest.approx(share, abs=4 * (share * (1 - share) / number) ** 0.5)


def test_two_who_begin_at_one_instant_are_drawn_for_apart() -> None:
    """A silence has no event: what draws is not the instant alone."""
    document = news(trigger={"since": "go", "wait": "1h"})
    found = book(document, GRANTED)
    ways = {str(made.choice.way) for each in range(30) for made in lived(found, f"u{each}").wait(T + 2 * HOUR).decisions if made.choice is not None}
    assert ways == set(ORDER)


def test_before_anything_is_learned_all_ways_are_chosen_alike() -> None:
    (made,) = lived(book(news(), GRANTED)).decisions
    assert made.choice is not None
    assert (made.choice.epoch, made.choice.probabilities) == (0, {"points-first": 0.5, "upsell-first": 0.5})


def test_its_outcome_is_that_of_the_decision_that_says_so() -> None:
    life = lived(knowing(news())).live([event("order_completed", T + DAY, order_id="o")]).wait(T + 20 * DAY)
    first = life.decisions[0]
    told = {each.decision_id: each for each in life.records if isinstance(each, GoalOutcome) and each.status == "final"}
    assert told[first.decision_id].conversions == 1


# What the world does that such a split does not expect.


def test_a_first_message_that_is_deferred_keeps_the_way_through_a_restart() -> None:
    quiet = GRANTED | {"quiet_hours": {"from": "21:00", "to": "08:00"}}
    life = lived(knowing(news(), quiet), at=MONDAY + 23 * HOUR)
    (deferred,) = life.decisions
    assert (deferred.outcome, deferred.choice and deferred.choice.probabilities) == (Outcome.DEFERRED, SHARES)
    life.engine.book = replace(life.engine.book, arms=taught(life.engine.book.arms, "news", record(9, arms=dict(reversed(ARMS.items())))))
    again = life.wait(MONDAY + 2 * DAY).decisions[-1]
    assert again.outcome is Outcome.ACTED
    assert again.choice == deferred.choice, "what was known when it was drawn, not what is known now"


def test_a_first_message_that_is_withheld_leaves_it_to_the_next_that_acts() -> None:
    found = knowing(news({"a": {"then": [{"send": "upsell"}, {"wait": "1d"}, {"send": "points"}]}, "b": {"then": [{"send": "upsell"}]}}))
    made = [lived(found.deployed_with(["email"]), f"u{n}").wait(T + 2 * DAY).decisions for n in range(20)]
    on_a = [each for each in made if len(each) == 2]
    assert on_a
    for withheld, acted in on_a:
        assert (withheld.outcome, acted.outcome) == (Outcome.WITHHELD, Outcome.ACTED)
        assert withheld.choice is not None
        assert acted.choice == withheld.choice
    for (only,) in [each for each in made if len(each) == 1]:
        assert only.outcome is Outcome.WITHHELD, "nothing went out on that way, so the run is not counted"


def test_what_is_under_way_survives_as_bytes_and_bytes_of_before_are_read() -> None:
    drawn = Drawn(split="order", way="a", epoch=7, context="", probabilities={"a": 0.6, "b": 0.4})
    for due in (
        Step(at=1, campaign="news", step="1", origin=0, since=0, drawn=drawn),
        Deferred(at=1, campaign="news", variant="v", origin=0, since=0, key=None, attempt=1, deferred_by=[], drawn=drawn),
    ):
        assert msgspec.msgpack.decode(msgspec.msgpack.encode(due), type=Step | Deferred) == due
        written = msgspec.msgpack.decode(msgspec.msgpack.encode(due))
        before = msgspec.msgpack.decode(msgspec.msgpack.encode(written[:-1]), type=Step | Deferred)
        assert before == msgspec.structs.replace(due, drawn=None)


def test_a_way_that_is_removed_while_its_first_message_is_deferred_ends_the_run_and_is_not_counted() -> None:
    quiet = GRANTED | {"quiet_hours": {"from": "21:00", "to": "08:00"}}
    life = lived(knowing(news(), quiet), at=MONDAY + 23 * HOUR)
    others = {"c": {"then": [{"send": "points"}, {"send": "upsell"}]}, "d": {"then": [{"send": "upsell"}]}}
    life.engine.book = knowing(news(others), quiet)
    assert [each.outcome for each in life.wait(MONDAY + 2 * DAY).decisions[1:]] == [Outcome.WITHHELD]


def test_a_run_that_goes_on_behind_the_split_when_nobody_chooses_any_more_goes_on() -> None:
    life = lived(knowing(news()))
    plain = news(choose=None)
    plain["steps"] = [{"split": ORDER, "id": "order"}]
    life.engine.book = book(plain, GRANTED)
    second = life.wait(T + 5 * DAY).decisions[-1]
    assert (second.outcome, second.choice) == (Outcome.ACTED, None)


def test_a_new_way_is_tried() -> None:
    more = {**ORDER, "both": {"then": [{"send": "points"}, {"send": "upsell"}]}}
    (made,) = [each for each in lived(knowing(news(more))).decisions if each.choice]
    assert made.choice is not None
    assert tuple(made.choice.probabilities.values()) == thompson([*ARMS.values(), Beta(1, 3)])


def test_members_of_the_control_group_go_a_way_too_and_get_nothing() -> None:
    first, second = lived(knowing(news(control_group="100%"))).wait(T + 5 * DAY).decisions
    assert {first.outcome, second.outcome} == {Outcome.CONTROL}
    assert first.choice is not None
    assert second.choice is None


def test_a_linear_bandit_draws_a_way_by_the_customer() -> None:
    (made,) = lived(knowing(news(choose={"bandit": "linear", "by": ["user.hour >= 9"]}))).decisions
    assert made.choice is not None
    assert (made.choice.vector, made.choice.way in ORDER) == ([1.0, 1.0], True)


def test_a_split_behind_a_wait_is_drawn_for_when_the_run_comes_there() -> None:
    life = lived(knowing(news(before=[{"wait": "1d"}])))
    assert life.decisions == []
    life.engine.book = replace(life.engine.book, arms=taught(life.engine.book.arms, "news", record(9)))
    (made,) = life.wait(T + 2 * DAY).decisions
    assert made.choice is not None
    assert made.choice.epoch == 9


def test_who_turns_out_to_be_somebody_else_on_the_way_keeps_it() -> None:
    quiet = GRANTED | {"quiet_hours": {"from": "21:00", "to": "08:00"}}
    night = 23 * 60.0
    outputs = run(LocalJob(knowing(news(), quiet)), said(night, "go", web="web-1"), login(night + 3, "kim", "web-1"))
    deferred, acted, *_ = [each for each in outputs if isinstance(each, Decision)]
    assert [(each.user_id, each.outcome.value) for each in (deferred, acted)] == [("web-1", "deferred"), ("kim", "acted")]
    assert acted.choice == deferred.choice
    assert acted.choice is not None


def test_who_logs_in_before_the_split_draws_as_under_the_id_with_which_the_run_began() -> None:
    for number in range(8):
        web = f"web-{number}"
        story = [said(0, "go", web=web), login(3, "kim", web)]
        document = news(before=[{"wait": "1h"}])
        alone, linked = (run(LocalJob(knowing(document)), *records) for records in (story[:1], story))
        ways = [[str(each.choice.way) for each in outputs if isinstance(each, Decision) and each.choice] for outputs in (alone, linked)]
        assert ways[0] == ways[1] != []


def choices(decisions: list[Decision]) -> list[Any]:
    return [each.choice for each in decisions]


def test_the_same_run_draws_the_same_way_on_any_machine() -> None:
    one, other = (choices(lived(knowing(news())).wait(T + 5 * DAY).decisions) for _ in range(2))
    assert one == other
