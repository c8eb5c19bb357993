"""The monitor brings a campaign to all customers step by step, takes it back with the reason, and never goes on without data."""

from dataclasses import replace
from typing import Any

import pytest

from services.control.campaign_rollouts import standing_of, stopped_of
from services.rollout.campaign_watch import CampaignWatch, how_it_stands
from tests.builders import DAY
from tests.rollout.campaigns import NEW, OLD, Shop, T, record
from udfs.core.features.features import set_version

LATER = T + 5 * DAY


def first() -> Shop:
    return Shop(record(NEW))


def second() -> Shop:
    return Shop(record(NEW, record(OLD)))


def some(shop: Shop, count: int, rate: float = 0.1, **told: Any) -> None:
    """So many customers, of whom every so manieth converts."""
    hits = round(count * rate)
    shop.meet(hits, converts=True, value=50.0, **told)
    shop.meet(count - hits, **told)


def filled(shop: Shop, *, at: int = T + 1, new: float = 0.1, other: float = 0.1) -> None:
    """Enough customers for a step, at the shares by which they are drawn."""
    now = standing_of(shop.control.value)
    assert now is not None
    many = 4_000
    some(shop, round(many * now.share), new, at=at)
    if now.before is not None:
        some(shop, many - round(many * now.share), other, at=at, version=now.before.version)
    else:
        some(shop, many - round(many * now.share), other, at=at, outcome="control")


def test_a_first_version_comes_to_all_customers_step_by_step() -> None:
    shop, at = first(), T
    for step, share in enumerate((0.05, 0.25, 1.0)):
        now = standing_of(shop.control.value)
        assert now is not None
        assert (now.step, now.share) == (step, share)
        filled(shop, at=at + 1)
        at += 2 * DAY
        shop.look(at)
    assert standing_of(shop.control.value) is None
    assert shop.control.value["version"] == set_version(NEW)
    assert [act for act, _ in shop.control.said] == ["rolled_out"] * 3
    assert "for 25 % of customers: 200 customers with it and 3,800 without" in shop.control.said[0][1]
    assert "for everybody" in shop.control.said[2][1]
    shop.look(at + DAY)
    assert shop.watch.running == {}


def test_a_new_version_comes_to_all_customers_in_place_of_the_one_before() -> None:
    shop, at = second(), T
    for _ in range(3):
        filled(shop, at=at + 1)
        at += 2 * DAY
        shop.look(at)
    assert (shop.control.value["document"], standing_of(shop.control.value)) == (NEW, None)
    assert "with the version before" in shop.control.said[0][1]


@pytest.mark.parametrize("make", [first, second])
def test_nothing_goes_on_without_data_however_long_it_takes(make: Any) -> None:
    shop = make()
    assert shop.look(T + 365 * DAY) == []
    assert "of 0 customers with it are known, of 200" in shop.waits
    shop.meet(10_000, status="")
    assert shop.look(T + 365 * DAY) == []
    assert "the time of 10,000 more is not over" in shop.waits


def test_a_step_waits_for_those_it_is_compared_with() -> None:
    shop = first()
    shop.meet(200)
    assert shop.look(LATER) == []
    assert "look first" in shop.waits, "nobody is kept from it, though 95 % are to be"


@pytest.mark.slow
def test_a_step_lasts_as_long_as_it_has_to() -> None:
    shop = first()
    filled(shop)
    assert shop.look(T + DAY - 1) == []
    assert "left of 1d" in shop.waits
    assert len(shop.look(T + DAY)) == 1


def test_provisional_outcomes_do_not_count_since_only_successes_are_early() -> None:
    shop = first()
    shop.meet(4_000, converts=True, status="provisional")
    assert shop.look(LATER) == []
    assert "of 0 customers" in shop.waits


@pytest.mark.slow
@pytest.mark.parametrize(
    ("happened", "rate", "says"),
    [
        ("unsubscribed", 0.08, "unsubscribe_rate: 16 of 200 against 0 of 3,800, 0.5 % more may"),
        ("complained", 0.08, "complaint_rate: 16 of 200"),
        ("bounced", 0.3, "bounce_rate: 60 of 200"),
    ],
)
def test_what_happens_to_messages_takes_a_version_back(happened: str, rate: float, says: str) -> None:
    for shop in (first(), second()):
        bad = round(200 * rate)
        shop.meet(bad, happened=[happened])
        shop.meet(200 - bad)
        now = standing_of(shop.control.value)
        assert now is not None
        others: dict[str, Any] = {"outcome": "control"} if now.before is None else {"version": now.before.version}
        shop.meet(3_800, **others)
        ((act, why),) = shop.look(T + 1)
        assert (act, says.partition(":")[0] in why, says in why or now.before is not None) == ("rolled_back", True, True)
        assert "for 5 % of customers" in why
        if now.before is None:
            assert shop.control.value["status"] == "paused"
        else:
            assert shop.control.value["document"] == OLD
        found = stopped_of(shop.control.value)
        assert found is not None
        assert found.why == why
        shop.look(LATER)
        assert len(shop.control.said) == 1, "it stays stopped"


def test_a_goal_that_is_reached_less_takes_a_version_back() -> None:
    shop = second()
    filled(shop, new=0.0, other=0.3)
    ((act, why),) = shop.look(T + 1)
    assert (act, "the goal is reached less: 0 of 200 against 1,140 of 3,800" in why) == ("rolled_back", True)


def test_a_goal_that_is_worth_less_takes_a_version_back() -> None:
    shop = second()
    now = standing_of(shop.control.value)
    assert now is not None
    assert now.before is not None
    shop.meet(200, converts=True, value=10.0)
    shop.meet(3_600, converts=True, value=50.0, version=now.before.version)
    shop.meet(200, converts=False, version=now.before.version)
    ((act, why),) = shop.look(T + 1)
    assert (act, "is worth less" in why) == ("rolled_back", True)


def test_goals_are_not_compared_where_the_versions_meet_other_customers() -> None:
    shop = Shop(record({**NEW, "trigger": {"event": "page"}}, record(OLD)))
    filled(shop, new=0.0, other=0.3)
    assert [act for act, _ in shop.look(LATER)] == ["rolled_out"]


def test_decisions_that_fail_take_it_back_at_once() -> None:
    shop = first()
    shop.meet(30, outcome="withheld", reason="RENDER_FAILED")
    ((act, why),) = shop.look(T + 2)
    assert act == "rolled_back"
    assert "30 of 30 decisions failed (the last: RENDER_FAILED), 1 % may" in why


def test_failures_of_the_version_before_are_none_of_the_new_one() -> None:
    shop = second()
    now = standing_of(shop.control.value)
    assert now is not None
    assert now.before is not None
    shop.meet(30, outcome="withheld", reason="RENDER_FAILED", version=now.before.version)
    assert shop.look(T + 2) == []


def test_harm_at_the_last_step_still_takes_it_back() -> None:
    shop, at = second(), T
    for _ in range(2):
        filled(shop, at=at + 1)
        at += 2 * DAY
        shop.look(at)
    shop.meet(30, outcome="withheld", reason="ENGINE_FAILED", at=at + 1)
    shop.look(at + 2)
    assert shop.control.said[-1][0] == "rolled_back"
    assert shop.control.value["document"] == OLD


def test_what_was_seen_at_the_step_before_does_not_count_for_this_one() -> None:
    shop = first()
    filled(shop)
    shop.look(T + 2 * DAY)
    shop.look(T + 9 * DAY)
    assert len(shop.control.said) == 1
    assert "of 0 customers" in shop.waits


def test_customers_missing_from_one_group_keep_it_waiting() -> None:
    shop = second()
    now = standing_of(shop.control.value)
    assert now is not None
    assert now.before is not None
    shop.meet(400)
    shop.meet(3_800, version=now.before.version)
    assert shop.look(LATER) == []
    assert "look first: 400 customers with it and 3,800 to compare with, where 210 and 3,990 were due" in shop.waits


@pytest.mark.slow
def test_another_control_group_in_the_new_version_is_no_sign_that_customers_are_missing() -> None:
    shop = Shop(record({**NEW, "control_group": "50%"}, record(OLD)))
    now = standing_of(shop.control.value)
    assert now is not None
    assert now.before is not None
    some(shop, 300)
    some(shop, 11_400, version=now.before.version)
    assert [act for act, _ in shop.look(LATER)] == ["rolled_out"]


def test_a_customer_counts_once_by_the_first_decision() -> None:
    shop = first()
    for _ in range(300):
        shop.decide("again and again")
    assert shop.look(LATER) == []
    assert "of 1 customers with it" in shop.waits


def test_after_a_restart_it_goes_on_where_it_was() -> None:
    shop = first()
    filled(shop)
    shop.look(T + 1)
    again = CampaignWatch(shop.control, shop.decisions, shop.outcomes)
    again.round(now=T + 2 * DAY)
    assert [act for act, _ in shop.control.said] == ["rolled_out"]


def test_a_paused_campaign_is_not_moved() -> None:
    shop = first()
    filled(shop)
    shop.control.value["status"] = "paused"
    assert shop.look(LATER) == []
    assert shop.waits == "the campaign is paused"


def test_what_somebody_changed_meanwhile_is_left_as_it_is() -> None:
    shop = first()
    filled(shop)
    read, changed = shop.control.read, iter([False, True])

    def late() -> Any:
        if next(changed):
            shop.control.value = record(OLD)
        return read()

    shop.control.read = late  # type: ignore[method-assign]
    assert shop.look(LATER) == []


def test_only_looking_changes_nothing_and_says_how_it_stands() -> None:
    shop = first()
    filled(shop)
    looking = CampaignWatch(shop.control, shop.decisions, shop.outcomes, act=False)
    looking.round(now=LATER)
    assert shop.control.said == []
    stands, told = how_it_stands(looking)
    assert stands == "news for 5 % of customers, step 1 of 3; everybody else gets nothing"
    assert told.startswith("  go on: for 25 % of customers")
    assert how_it_stands(looking, ["other"]) == []


def test_what_is_no_decision_is_passed_over() -> None:
    shop = first()
    version = shop.control.value["version"]
    broken = [{}, {"campaign": "news"}, {"campaign": "news", "campaign_version": version, "decided_at": T + 1, "outcome": "acted"}]
    shop.decisions.all += broken
    shop.outcomes.all += [{}, {"campaign": "news", "revision": 0}, {"campaign": "news", "decision_id": None}]
    filled(shop)
    assert len(shop.look(LATER)) == 1


@pytest.mark.slow
def test_a_rollout_that_cannot_be_read_stops_nothing_else() -> None:
    shop = first()
    filled(shop)
    before = shop.control.read

    def with_broken() -> Any:
        book, (mine,) = before()
        broken = {**mine.value, "name": "broken", "rollout": {"share": 0.5}}
        return book, [replace(mine, key="campaign/broken", value=broken), mine]

    shop.control.read = with_broken  # type: ignore[method-assign]
    assert len(shop.look(LATER)) == 1
