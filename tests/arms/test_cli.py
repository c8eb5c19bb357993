"""`kairos arms`: what it prints, and what it says to a mistake."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from click.testing import CliRunner

from cli.main import kairos
from services.arms import publish
from services.arms.publish import Learner
from tests.arms.test_learn import published, record
from udfs.core.bandits.learned import Learned


class FakeService:
    """Publishes what the learner has, to nobody."""

    def __init__(self, learner: Learner) -> None:
        self.learner = learner

    def publish(self, *, now: int) -> list[Learned]:
        return published(self.learner, now=now)


@pytest.fixture
def service(monkeypatch: pytest.MonkeyPatch) -> FakeService:
    made = FakeService(Learner())

    @contextmanager
    def opened(brokers: str, topics: Any) -> Iterator[FakeService]:
        assert (brokers, topics) == ("b:1", publish.Topics(counts="c", arms="a", control="k"))
        yield made

    monkeypatch.setattr(publish, "opened", opened)
    return made


def told(*arguments: str) -> Any:
    where = ["--brokers", "b:1", "--counts-topic", "c", "--arms-topic", "a", "--control-topic", "k"]
    return CliRunner().invoke(kairos, ["arms", *arguments, *where])


def test_learning_once_says_what_was_published_and_then_that_nothing_has_changed(service: FakeService) -> None:
    service.learner.counts.take(record("a", 100, 10))
    first, second = told("learn", "--once"), told("learn", "--once")
    assert first.output.startswith("news: epoch ")
    assert first.output.endswith("learned from 100 decisions\n")
    assert second.output == "nothing has changed\n"


def test_what_is_known_is_shown_as_a_table_or_as_json(service: FakeService) -> None:
    service.learner.counts.take(record("a", 100, 10))
    published(service.learner, now=7)
    assert "10 of 100" in told("show").output
    assert json.loads(told("show", "news", "--json").output)["epoch"] == 7


def test_a_campaign_of_which_nothing_is_known_is_named(service: FakeService) -> None:
    nothing = told("show", "spring")
    assert nothing.exit_code == 1
    assert "nothing has been learned about 'spring': nothing is published yet" in nothing.output
    service.learner.counts.take(record("a", 100, 10))
    published(service.learner, now=7)
    assert "published is what was learned of news" in told("show", "spring").output


def test_a_period_that_is_none_is_refused(service: FakeService) -> None:
    wrong = told("learn", "--every", "hourly")
    assert wrong.exit_code == 2
    assert "--every: " in wrong.output
