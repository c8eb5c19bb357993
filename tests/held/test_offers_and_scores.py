"""The monitor of anomalies: what it learns of offers, and of the scores of models."""

from typing import Any

from services.held.tally import Tally
from tests.builders import DAY, HOUR, mail
from tests.held.stand import BEGIN, NEWS, Stand, decision
from tests.held.test_watch import NOW, usual_week


def test_offers_that_were_given_are_told_to_the_engine_and_only_when_they_change() -> None:
    stand = usual_week()
    give(stand, NOW, percent=8, days=30, code="X", amount=12.31)
    stand.look(NOW + 1)
    assert stand.control.read()[0].usual.offers == {NEWS: {"percent": 8.0, "amount": 13.0}}
    writes = len(stand.control.writes)
    give(stand, NOW, percent=5)
    stand.look(NOW + 2)
    assert len(stand.control.writes) == writes
    give(stand, NOW + 29 * DAY, percent=6)
    stand.look(NOW + 29 * DAY)
    assert stand.control.read()[0].usual.offers == {NEWS: {"percent": 6.0}}


def give(stand: Stand, at: int, **offer: Any) -> None:
    stand.actions.waiting.append({"kind": "action", "campaign": NEWS, "at": at, "offer": offer})


def test_a_held_offer_is_listed_with_its_figures_and_told_again_if_a_larger_one_comes() -> None:
    stand = usual_week()

    def held(at: int, found: str) -> None:
        fact = {"about": "offer", "field": "percent", "found": found, "expected": "30"}
        stand.decide(at, 1, outcome="deferred", reason="ANOMALY_HELD", detail=f"percent is {found}, at most 30 is expected", facts=[fact])

    held(NOW, "80")
    assert stand.look(NOW + 1) == [(NEWS, "percent is 80, at most 30 is expected")]
    held(NOW + 10, "70")
    assert stand.look(NOW + 11) == []
    held(NOW + 20, "90")
    assert len(stand.look(NOW + 21)) == 1
    assert stand.control.read()[0].holds[NEWS].offer == {"percent": 90}
    stand.control.say(NEWS, "released", at=NOW + 30)
    assert stand.look(NOW + 31) == []
    held(NOW + 40, "95")
    assert len(stand.look(NOW + 41)) == 1


def scored(stand: Stand, at: int, count: int, score: Any, *, model: str = "buys:abc", campaign: str = NEWS) -> None:
    for number in range(count):
        told = {"score": {"score": score(number), "model": model, "reason": "SCORED"}}
        stand.decide(at + number, campaign=campaign, scores=told, outcome="withheld", reason="CAP_REACHED")


def test_scores_that_have_shifted_hold_the_campaigns_that_ask_for_them() -> None:
    stand = Stand()
    usual = lambda number: 0.1 + (number * 7 % 30) / 100  # noqa: E731 - 0.1 to 0.4
    for hour in range(48):
        scored(stand, BEGIN + hour * HOUR, 250, usual)
        assert stand.look(BEGIN + hour * HOUR + HOUR // 2) == []
    scored(stand, BEGIN + 48 * HOUR, 250, lambda number: 0.95, model="buys:new")
    assert stand.look(BEGIN + 48 * HOUR + 1_000) == [], "a version of which little is known"
    scored(stand, BEGIN + 49 * HOUR, 250, lambda number: 0.9)
    ((name, why),) = stand.look(BEGIN + 49 * HOUR + 1_000)
    assert name == NEWS and why.startswith("the scores of buys:abc in news have shifted: index ")
    stand.control.say(NEWS, "released", at=BEGIN + 50 * HOUR)
    scored(stand, BEGIN + 51 * HOUR, 250, lambda number: 0.9)
    assert stand.look(BEGIN + 51 * HOUR + 1_000) == []


def test_a_campaign_with_other_customers_is_held_alone_and_a_model_that_is_broken_holds_even_those_that_are_too_small_to_tell() -> None:
    stand = Stand(mail(), mail("other"), mail("small"))
    usual = lambda number: 0.1 + (number * 7 % 30) / 100  # noqa: E731 - 0.1 to 0.4
    for hour in range(48):
        for name, count in ((NEWS, 250), ("other", 250), ("small", 3)):
            scored(stand, BEGIN + hour * HOUR, count, usual, campaign=name)
        assert stand.look(BEGIN + hour * HOUR + HOUR // 2) == []
    scored(stand, BEGIN + 48 * HOUR, 250, usual)
    scored(stand, BEGIN + 48 * HOUR, 700, lambda number: 0.9, campaign="other")
    scored(stand, BEGIN + 48 * HOUR, 3, usual, campaign="small")
    held = dict(stand.look(BEGIN + 48 * HOUR + 1_000))
    assert set(held) == {"other"}
    assert held["other"].startswith("the scores of buys:abc in other have shifted: index ")
    again = Tally.unpacked(stand.watch.tally.packed())
    assert set(again.shifted("buys:abc")) == {"other"}
    for name, count in ((NEWS, 250), ("small", 3)):
        scored(stand, BEGIN + 49 * HOUR, count, lambda number: 0.9, campaign=name)
    held = dict(stand.look(BEGIN + 49 * HOUR + 1_000))
    assert set(held) == {NEWS, "small"}
    assert held["small"].startswith("the scores of buys:abc have shifted: index ")


def test_versions_that_nobody_asks_any_more_and_old_offers_are_forgotten() -> None:
    """A model that is trained every hour, for two months: what is kept does not grow with it."""
    stand = Stand()
    sizes = []
    for day in range(60):
        scored(stand, BEGIN + day * DAY, 3, lambda number: 0.5, model=f"buys:v{day}")
        give(stand, BEGIN + day * DAY, percent=5 + day % 3)
        stand.look(BEGIN + day * DAY + HOUR)
        sizes.append(len(repr(stand.watch.tally.packed())))
    tally = stand.watch.tally
    assert set(tally.scores) == set(tally.asks) == {f"buys:v{day}" for day in range(52, 60)}
    assert all(len(days) <= 28 for names in tally.offers.given.values() for days in names.values())
    assert max(sizes[40:]) <= 1.05 * max(sizes[30:40])


def test_a_campaign_that_was_silent_for_five_weeks_is_forgotten_unless_it_is_held() -> None:
    tally = Tally()
    for number, (name, at) in enumerate((("old", BEGIN), ("held", BEGIN), ("new", BEGIN + 36 * DAY))):
        tally.take_decision(decision(at, campaign=name, number=number, decided_at=at), now=at)
    tally.campaigns["held"].unlike = 1
    tally.forget()
    assert set(tally.campaigns) == {"held", "new"}


def test_a_decision_and_an_action_of_a_clock_that_is_days_ahead_are_left_out() -> None:
    tally, ahead = Tally(), NOW + 40 * DAY
    tally.take_decision(decision(ahead, number=1, decided_at=ahead), now=NOW)
    tally.take_action({"kind": "action", "campaign": NEWS, "at": ahead, "offer": {"percent": 9}}, now=NOW)
    assert not tally.campaigns
    assert not tally.offers.most()
