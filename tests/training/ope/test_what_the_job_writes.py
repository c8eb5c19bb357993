"""From a bandit's own decisions and outcomes, as the job writes them, to the value of another policy: by JSON lines, and by the lake."""

import json
import random
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec
import pytest

from tests.builders import DAY, HOUR, MONDAY, Life, book, event, mail, words
from tests.lake.filled import put
from training.ope.decisions import from_files, from_lake
from training.ope.estimate import evaluate
from training.ope.log import Log
from training.ope.policies import target_of
from udfs.codecs.encode import encode
from udfs.codecs.topics import Topics
from udfs.core.bandits.learned import Learned, taught
from udfs.core.bandits.posterior import Beta
from udfs.core.engine import Engine

T = MONDAY + 12 * HOUR
RATES = {"email": 0.2, "push": 0.5}
USERS = 1_500
CAMPAIGN = mail(
    variants={name: words(name) for name in RATES},
    choose={"bandit": "contextual", "by": ["user.tier"]},
    goal={"event": "order_completed", "within": "2d", "value": "revenue"},
)
LEARNED = Learned(campaign="news", epoch=7, prior=Beta(1, 3), arms={"email": Beta(20, 80), "push": Beta(22, 78)})


@pytest.fixture(scope="module")
def written() -> list[tuple[str, str, dict[str, Any], int]]:
    """(topic, key, value, time) of every record, of customers who order as often as their variant has it."""
    made = book(CAMPAIGN, {"consent": {"default": {"marketing": "grant"}}})
    engine = Engine(replace(made, arms=taught({}, "news", msgspec.json.encode(LEARNED))))
    found, dice = [], random.Random(5)
    for number in range(USERS):
        user = f"u{number}"
        lived = Life(engine, user).live(
            [
                event("identify", T, type="identify", user=user, traits={"tier": "gold" if number % 3 else "tin"}, message_id=f"i{number}"),
                event("go", T, user=user, message_id=f"g{number}"),  # the draw is a hash of it
            ]
        )
        if dice.random() < RATES[str(lived.decisions[0].variant)]:
            lived.live([event("order_completed", T + HOUR, user=user, order_id=user, total=50)])
        lived.wait(T + 5 * DAY)
        for topic, key, value in encode_all(lived):
            found.append((topic, key, value, T))
    return found


def encode_all(lived: Life) -> list[tuple[str, str, dict[str, Any]]]:
    rows = [encode(record, decided_at=T, topics=Topics()) for record in lived.records]
    return [(str(topic), (key or b"").decode(), json.loads(value)) for topic, key, value in rows if topic in ("decisions", "outcomes")]


def of_lines(folder: Path, written: list[tuple[str, str, dict[str, Any], int]]) -> Log:
    path = folder / "records.jsonl"
    path.write_text("".join(json.dumps({"topic": topic, "value": value}) + "\n" for topic, _, value, _ in written))
    return from_files([path], "news").log("conversion")


@pytest.mark.slow
def test_the_lake_says_the_same_as_the_topics(tmp_path: Path, written: list[tuple[str, str, dict[str, Any], int]]) -> None:
    for table in ("decisions", "outcomes"):
        put(tmp_path / "lake", table, [(key, value, at) for topic, key, value, at in written if topic == table], name="part-0")
    lines, lake = of_lines(tmp_path, written), from_lake(str(tmp_path / "lake"), "news").log("conversion")
    assert lake.arms == lines.arms == ("email", "push")
    assert lake.contexts == lines.contexts == ("gold", "tin")
    assert lake.feasible_logged
    assert (lake.feasible == lines.feasible).all()
    for field in ("chosen", "rewards", "probabilities", "context"):
        assert getattr(lake, field).tolist() == getattr(lines, field).tolist(), field


def test_another_policy_is_worth_what_it_would_have_brought(tmp_path: Path, written: list[tuple[str, str, dict[str, Any], int]]) -> None:
    log = of_lines(tmp_path, written)
    assert len(log) == USERS
    for variant, rate in RATES.items():
        estimate = evaluate(log, target_of(log, variant)).estimates["dr"]
        assert estimate.value == pytest.approx(rate, abs=0.06), variant


def test_what_is_worth_is_what_was_paid(tmp_path: Path, written: list[tuple[str, str, dict[str, Any], int]]) -> None:
    path = tmp_path / "records.jsonl"
    of_lines(tmp_path, written)
    log = from_files([path], "news").log("value")
    assert set(log.rewards.tolist()) == {0.0, 50.0}
