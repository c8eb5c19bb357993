"""What has won an experiment is adopted by the rule of the experiment, and what certainly does harm goes at once."""

from typing import Any

import pytest

from services.control.campaign_rollouts import trial_of
from tests.builders import DAY, mail, words
from tests.rollout.campaigns import GOAL, Shop, T, record
from udfs.core.campaigns.book import Entry
from udfs.core.campaigns.compile_book import compile_book

EXPERIMENT = {"hypothesis": "b brings more", "minimum_effect": "20%", "sample": 500, "adopt": "winner"}
END = T + 20 * DAY


def shop(*names: str, **changes: Any) -> Shop:
    variants = {name: words() for name in names}
    return Shop(record(mail(goal=GOAL, experiment=EXPERIMENT, variants=variants, **changes)))


def seen(made: Shop, rates: dict[str, float], *, each: int = 600, **told: Any) -> None:
    """So many customers of each arm; every so manieth converts."""
    for arm, rate in rates.items():
        drawn: dict[str, Any] = {"outcome": "control"} if arm == "control" else {"variant": arm}
        hits = round(each * rate)
        made.meet(hits, converts=True, value=50.0, **drawn, **told)
        made.meet(each - hits, **drawn, **told)


def shares(made: Shop) -> dict[str, float]:
    campaign = made.control.read()[0].campaigns["news"]
    return {variant.name: share for variant, share in zip(campaign.variants, campaign.shares, strict=True)}


def test_all_customers_get_the_variant_that_is_better() -> None:
    made = shop("a", "b")
    seen(made, {"a": 0.1, "b": 0.3})
    ((act, why),) = made.look(END)
    assert act == "adopted"
    assert why.startswith("all customers get b: keep: reached rises by at least ")
    assert shares(made) == {"a": 0.0, "b": 1.0}
    trial = trial_of(made.control.value)
    assert trial is not None
    assert (trial.adopted, trial.why) == ("b", why)
    made.look(END + DAY)
    assert (made.watch.running, len(made.control.said)) == ({}, 1)


def test_all_customers_get_the_comparison_where_nothing_is_better() -> None:
    made = shop("a", "b")
    seen(made, {"a": 0.1, "b": 0.1})
    ((_, why),) = made.look(END)
    assert "all customers get a, since nothing is better" in why
    assert shares(made) == {"a": 1.0, "b": 0.0}


def test_nothing_is_adopted_before_the_sample_is_complete() -> None:
    made = shop("a", "b")
    seen(made, {"a": 0.1, "b": 0.3}, each=400)
    assert made.look(END) == []
    assert made.waits.startswith("wait: ")


def test_an_arm_that_does_harm_goes_at_once_and_the_others_go_on() -> None:
    made = shop("a", "b", "c")
    seen(made, {"a": 0.4, "b": 0.05, "c": 0.4}, each=450)
    ((_, why),) = made.look(END)
    assert why.startswith("nobody gets b any more: stop: reached falls by at least")
    assert shares(made) == {"a": pytest.approx(0.5), "b": 0.0, "c": pytest.approx(0.5)}
    assert len(made.look(END + 1)) == 1, "the others wait for their sample"
    seen(made, {"a": 0.4, "c": 0.6}, each=300)
    made.look(END + 2)
    assert shares(made) == {"a": 0.0, "b": 0.0, "c": 1.0}


def test_of_several_that_are_better_the_best_is_adopted() -> None:
    made = shop("a", "b", "c")
    seen(made, {"a": 0.1, "b": 0.3, "c": 0.4})
    made.look(END)
    assert shares(made) == {"a": 0.0, "b": 0.0, "c": 1.0}


def test_a_campaign_that_is_no_better_than_nothing_is_paused() -> None:
    made = shop("mail", control_group="50%")
    seen(made, {"mail": 0.1, "control": 0.1})
    ((act, why),) = made.look(END)
    assert (act, "pauses, since nothing is better than no message" in why) == ("adopted", True)
    assert made.control.value["status"] == "paused"
    assert len(made.look(END + DAY)) == 1


def test_an_experiment_that_says_nothing_of_it_is_left_alone() -> None:
    made = Shop(record(mail(goal=GOAL, experiment={**EXPERIMENT, "adopt": "never"}, variants={"a": words(), "b": words()})))
    seen(made, {"a": 0.1, "b": 0.3})
    assert made.look(END) == []
    assert made.watch.running == {}


def test_during_a_rollout_the_experiment_has_not_begun() -> None:
    made = shop("a", "b", rollout={"steps": ["50%"], "sample": 500})
    seen(made, {"a": 0.1, "b": 0.3}, each=250)
    seen(made, {"control": 0.1}, each=500)
    assert [act for act, _ in made.look(END)] == ["rolled_out"]
    trial = trial_of(made.control.value)
    assert trial is not None
    assert (trial.began, trial.adopted) == (END, None)
    made.look(END + 1)
    assert len(made.control.said) == 1, "what was seen before does not count"


def test_what_was_adopted_survives_publishing_the_same_again_and_ends_with_another_document() -> None:
    made = shop("a", "b")
    seen(made, {"a": 0.1, "b": 0.3})
    made.look(END)
    document = made.control.value["document"]
    made.control.value = record(document, made.control.value, at=END + 1)
    assert shares(made) == {"a": 0.0, "b": 1.0}
    changed = record({**document, "priority": 1}, made.control.value, at=END + 2)
    assert compile_book([Entry("campaign/news", 0, _bytes(changed))]).campaigns["news"].shares == (0.5, 0.5)


def _bytes(value: dict[str, Any]) -> bytes:
    import json

    return json.dumps(value).encode()
