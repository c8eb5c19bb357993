"""What the demo says of the models that it trains on the spot and on a schedule, and that it leaves nothing running."""

import json
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from cli import apprentice
from cli.apprentice import Apprentice, verdict
from cli.showcase import Showcase
from udfs.recommend.layout import BadRecommender

RUN = [
    "purchase-propensity, run 0001 in runs",
    "4/8 evaluate  auc 0.713 [0.611, 0.798], ap 0.4 [0.3, 0.5], brier 0.2 [0.1, 0.3]; lift 1.9 (0.4 s)",
    "8/8 publish   purchase-propensity fd36f963122e is champion, and used from now on (0.1 s)",
]
SCHEDULED = [
    "2026-03-02 12:00:00  purchase-propensity: begins (due)",
    *(f"2026-03-02 12:00:01  purchase-propensity: {line.replace('fd36f963122e', 'a' * 12).replace('0.713', '0.733')}" for line in RUN),
    "2026-03-02 12:00:09  purchase-propensity: done in 9 s: trained version aaaaaaaaaaaa, used from now on",
]
FAILED = [
    "2026-03-02 12:01:00  purchase-propensity: begins (due)",
    "2026-03-02 12:01:02  purchase-propensity: failed with exit status 1 after 2 s; the champion stays: too little to learn from",
]


def test_what_training_printed_becomes_one_line() -> None:
    assert verdict(RUN) == "purchase-propensity:fd36f963122e is in use, trained just now, AUC 0.713 on later customers"
    assert verdict(RUN[:-1]) is None, "nothing was published"


class Shown(Showcase):
    """Recommends from what nobody has learned."""

    def __init__(self, *, count: int = 48) -> None:
        self.count = count

    def training(self, history: Path) -> list[str]:
        return ["recommend", str(history)]

    def publish_recommender(self) -> int:
        if not self.count:
            message = "learned/recommender.krec cannot be read"
            raise BadRecommender(message)
        return self.count


@pytest.fixture
def said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., tuple[list[str], Apprentice]]:
    """Begin an apprentice whose `python -m training` prints these lines and, as a schedule, stays."""

    def begin(run: list[str], schedule: list[str], shown: Showcase | None = None) -> tuple[list[str], Apprentice]:
        package = tmp_path / "fake" / "training"
        package.mkdir(parents=True)
        (package / "__init__.py").touch()
        told = json.dumps({"run": run, "schedule": schedule, "recommend": ["Error: too few people"]})
        program = f"import sys, time\ncommand = sys.argv[1]\nfor line in {told}[command]: print(line)\nif command == 'schedule': time.sleep(600)\n"
        (package / "__main__.py").write_text(program)
        monkeypatch.setenv("PYTHONPATH", str(tmp_path / "fake"))
        monkeypatch.setattr(apprentice, "PAST_MS", 5_000)
        monkeypatch.chdir(tmp_path / "fake")
        heard: list[str] = []
        made = Apprentice(home=tmp_path, brokers="", campaigns=tmp_path, campaign="c", seed=7, rate=10, showcase=shown or Shown(), say=heard.append)
        made.start()
        return heard, made

    return begin


def heard(lines: list[str], number: int) -> list[str]:
    until = time.monotonic() + 120
    while len(lines) < number and time.monotonic() < until:
        time.sleep(0.05)
    return lines


def children() -> list[psutil.Process]:
    return [each for each in psutil.Process().children() if sys.executable in " ".join(each.cmdline()) and "training" in each.cmdline()]


def test_each_scheduled_model_is_told_and_the_schedule_ends_with_the_demo(said: Callable[..., tuple[list[str], Apprentice]], tmp_path: Path) -> None:
    lines, made = said(RUN, SCHEDULED)
    try:
        told = heard(lines, 3)
        events = len((tmp_path / "training" / apprentice.EARLIEST).read_bytes().splitlines())
        assert 20 < events < 200, "five seconds of ten events a second, and not what it may be at most"
        assert told == [
            f"recommendations are in use, learned just now from {events:,} events about 48 products",
            "purchase-propensity:fd36f963122e is in use, trained just now, AUC 0.713 on later customers",
            "purchase-propensity:aaaaaaaaaaaa is in use, trained on schedule, AUC 0.733 on later customers",
        ]
        assert made.status == lines[-1]
    finally:
        made.close()
    assert not children()


def test_a_scheduled_run_that_fails_keeps_the_champion_and_says_why(said: Callable[..., tuple[list[str], Apprentice]]) -> None:
    lines, made = said(RUN, FAILED)
    try:
        assert heard(lines, 3)[2] == f"{lines[1]}; the scheduled run failed: too little to learn from"
    finally:
        made.close()


def test_a_first_model_that_cannot_be_learned_says_why(said: Callable[..., tuple[list[str], Apprentice]]) -> None:
    lines, made = said(["Error: too little to learn from"], [])
    try:
        assert heard(lines, 2)[1] == "no model: Error: too little to learn from"
    finally:
        made.close()


def test_recommendations_that_cannot_be_learned_say_why_and_the_model_is_still_learned(said: Callable[..., tuple[list[str], Apprentice]]) -> None:
    lines, made = said(RUN, [], Shown(count=0))
    try:
        told = heard(lines, 2)
        assert told[0] == "no recommendations: Error: too few people"
        assert told[1].startswith("purchase-propensity:fd36f963122e is in use")
    finally:
        made.close()


def test_what_the_shop_sends_is_added_to_its_past(said: Callable[..., tuple[list[str], Apprentice]], tmp_path: Path) -> None:
    lines, made = said(RUN, [])
    history = tmp_path / "training" / apprentice.HISTORY
    heard(lines, 2)
    past = len(history.read_bytes().splitlines())
    made.keep(b'{"type": "track"}')
    assert history.read_bytes().splitlines()[past:] == [b'{"type": "track"}']
    made.close()
    made.keep(b"late")
    assert len(history.read_bytes().splitlines()) == past + 1
