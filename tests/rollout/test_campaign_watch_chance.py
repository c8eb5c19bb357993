"""Rollouts that do no harm: how often chance stops one, and one without steps."""

import random

import pytest

from services.control.campaign_rollouts import standing_of
from tests.builders import mail, words
from tests.rollout.campaigns import GOAL, NEW, OLD, PLAN, Shop, T, record
from tests.rollout.test_campaign_watch import LATER


@pytest.mark.slow
def test_at_most_one_rollout_in_twenty_that_does_no_harm_is_stopped_by_chance() -> None:
    stopped = 0
    for seed in range(60):
        drawn = random.Random(seed)
        shop = Shop(record({**NEW, "rollout": {**PLAN, "steps": ["50%"], "sample": 1_000}}, record(OLD)))
        before = standing_of(shop.control.value)
        assert before is not None
        assert before.before is not None
        for day in range(6):
            for _ in range(150):
                happened = [word for word, rate in (("unsubscribed", 0.01), ("bounced", 0.04)) if drawn.random() < rate]
                version = None if drawn.random() < 0.5 else before.before.version
                shop.meet(1, version=version, converts=drawn.random() < 0.1, value=drawn.uniform(10, 90), happened=happened)
            shop.look(T + day)
        stopped += bool(shop.control.said)
    assert stopped <= 3


def test_a_rollout_without_any_steps_in_between_is_for_everybody_after_one() -> None:
    shop = Shop(record(mail(goal=GOAL, rollout=["100%"], variants={"b": words()}), record(OLD)))
    shop.meet(600)
    assert [act for act, _ in shop.look(LATER)] == ["rolled_out"]
    assert standing_of(shop.control.value) is None
