"""Outcomes are shown by `kairos try`, in its summary and among its records, and by `kairos tail`; the check knows names in goals."""

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import click
import pytest
from click.testing import CliRunner

from cli import tail
from cli.main import kairos
from services.local.goals import Goals
from tests.builders import DAY, HOUR, MONDAY, Life, event, life, mail
from tests.codecs.builders import NOON
from tests.codecs.test_encode import TOPICS
from udfs.codecs.encode import encode
from udfs.core.goal_outcome import GoalOutcome

T = MONDAY
NEWS = mail("news", goal={"event": "order_completed", "value": "revenue", "guard": ["unsubscribe_rate", "bounce_rate"]})
EXAMPLE = Path(__file__).parents[2] / "docs" / "examples" / "goal"


def bought() -> Life:
    lived = life(NEWS).live([event("go", T), event("go", T + 1), event("order_completed", T + HOUR, order_id="a", total=60)])
    bounced = event("message_bounced", T + HOUR, decision_id=lived.decisions[0].decision_id)
    return lived.live([bounced, event("order_refunded", T + 9 * DAY, order_id="a", total=20)])


def outcomes(lived: Life) -> list[GoalOutcome]:
    return [record for record in lived.records if isinstance(record, GoalOutcome)]


def test_the_summary_counts_the_last_word_about_each_decision() -> None:
    lived, goals = bought(), Goals()
    for each in outcomes(lived):
        goals.take(each)
    head, row = goals.lines(lived.engine.book.campaigns)
    assert head.split() == ["goals", "decisions", "reached", "rate", "times", "value", "credited"]
    assert row.split() == ["news", "mail", "acted", "2", "2", "100.0%", "2", "80.00", "1.0", "unsubscribe_rate", "0.0%", "bounce_rate", "50.0%"]


def test_without_goals_the_summary_says_nothing_of_them() -> None:
    assert list(Goals().lines({})) == []


def test_a_record_has_a_topic_a_key_and_every_field() -> None:
    topic, key, value = encode(outcomes(bought())[-1], decided_at=NOON, topics=TOPICS)
    told: dict[str, Any] = json.loads(value)
    assert (topic, key) == ("outcomes", b"ada")
    assert (told["status"], told["conversions"], told["value"], told["decided_at"]) == ("final", 1, 40.0, NOON)
    assert set(told) == set(GoalOutcome.__struct_fields__)


@pytest.mark.parametrize(
    ("place", "line"),
    [
        (0, "2026-01-05 01:00:00  ada              news                 provisional reached, worth 60.00  mail by email (acted)"),
        (-1, "2026-01-14 00:00:00  ada              news                 final       reached, worth 40.00  mail by email (acted)"),
    ],
)
def test_tail_says_how_sure_it_is_and_what_it_is_worth(place: int, line: str) -> None:
    told = json.loads(encode(outcomes(bought())[place], decided_at=NOON, topics=TOPICS)[2])
    shown = list(tail.READERS["outcomes"](SimpleNamespace(key=b"ada", timestamp=NOON), told))
    assert [click.unstyle(each) for each in shown] == [line]


def test_try_writes_outcomes_among_its_records() -> None:
    ran = CliRunner().invoke(kairos, ["try", str(EXAMPLE / "history.jsonl"), "--campaigns", str(EXAMPLE), "--records"])
    found = [json.loads(line) for line in ran.stdout.splitlines() if '"topic":"outcomes"' in line]
    assert [(each["key"], each["value"]["status"], each["value"]["value"]) for each in found] == [
        ("ada", "provisional", 132.0),
        ("ada", "final", 132.0),
        ("bob", "final", 0.0),
        ("ada", "final", 100.0),
    ]


def test_the_check_warns_of_names_in_a_goal_that_nobody_sends(tmp_path: Path) -> None:
    file = tmp_path / "news.yaml"
    file.write_text(
        "campaign: news\ntrigger: {event: page}\nvariants: {a: {channel: push, content: {body: Hi}}}\n"
        "goal: {event: order_complete, when: event.totl > 20}\n"
    )
    said = CliRunner().invoke(kairos, ["campaigns", "check", str(file)]).output
    assert "the catalogue has no event 'order_complete'" in said
    assert "did you mean 'total'?" in said
