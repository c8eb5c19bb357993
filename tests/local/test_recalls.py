"""A recall is shown wherever an action is: by `kairos try`, `tail`, `explain`, the live view, the report; and the simulated shop obeys it."""

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import click
import msgspec
import pytest
from click.testing import CliRunner

from cli import tail, try_
from cli.main import kairos
from services.explain.decision_log import File
from services.local.summary import Summary
from services.report.choose import telling
from services.report.notes import Notes
from services.report.story import Part
from services.report.timeline import timeline
from services.view.figures import Figures
from services.view.lines import summary
from services.view.screen import Screen
from simulation.world import World
from tests.codecs.builders import NOON
from tests.codecs.test_encode import TOPICS, action, decision, recall
from udfs.codecs.encode import encode

START = 1_764_000_000_000
LINE = "cart                 recalled: EXITED order_completed"


def value(record: Any) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(encode(record, decided_at=NOON, topics=TOPICS)[2])
    return document


def shown_by_tail(document: Any) -> list[str]:
    return [click.unstyle(line) for line in tail.READERS["actions"](SimpleNamespace(key=b"ada", timestamp=NOON), document)]


def test_try_shows_a_recall_in_a_line_and_counts_it(capsys: pytest.CaptureFixture[str]) -> None:
    try_._write_lines([decision(), action(), recall()])
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 2
    assert lines[1].endswith(LINE)
    counted = Summary()
    counted.count([decision(), action(), recall()])
    assert "  cart                     recalled  EXITED                       1" in list(counted.lines(events=1, profiles={}))


def test_try_writes_a_recall_as_the_job_does(capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    try_._write_records([recall()])
    written = json.loads(capfdbinary.readouterr().out)
    assert (written["topic"], written["key"], written["value"]["kind"]) == ("actions.email", "zoë", "recall")


def test_tail_shows_actions_recalls_and_what_it_does_not_know() -> None:
    assert "discount by email" in shown_by_tail(value(action()))[0]
    assert "discount by email" in shown_by_tail({key: part for key, part in value(action()).items() if key != "kind"})[0], "of an older job"
    assert [line.endswith(LINE) for line in shown_by_tail(value(recall()))] == [True]
    for odd in ({"kind": "postpone", "user_id": "ada"}, [1], b"half a rec", None):
        assert len(shown_by_tail(odd)) == 1


def test_explain_tells_that_a_message_was_recalled(tmp_path: Path) -> None:
    file = tmp_path / "records.jsonl"
    records = [decision(policy_version="p"), recall(), action()]
    file.write_text("".join(json.dumps({"topic": "t", "key": "zoë", "value": value(each)}) + "\n" for each in records))
    source = File(path=file)
    found, stopped = source.action(value(decision())), source.recall(value(decision()))
    assert found is not None
    assert "content" in found
    assert stopped is not None
    assert stopped["kind"] == "recall"
    told = CliRunner().invoke(kairos, ["explain", "zoë", "--file", str(file)], catch_exceptions=False).output
    assert "recalled at " in told
    assert "EXITED order_completed" in told
    document = json.loads(CliRunner().invoke(kairos, ["explain", "zoë", "--file", str(file), "--json"]).output)
    assert document["recall"]["reason"] == "EXITED"


def test_the_report_has_a_recall_in_the_timeline_after_its_message() -> None:
    with Notes() as notes:
        notes.take([decision(), action()])
        notes.take([recall()])
        lines = timeline("zoë", [Part(each) for _, each in notes.stories(["zoë"])]).lines
        assert telling(notes, ["zoë"]) == ["zoë"]
    assert [(line.kind, line.title) for line in lines] == [("acted", "Sent: cart"), ("recalled", "Recalled: cart")]
    assert lines[0].message is not None
    assert lines[1].notes == ["The message must not be delivered any more.", "In detail: order_completed"]


def test_the_live_view_counts_recalls_apart_from_messages_and_rejections() -> None:
    figures = Figures(began=START)
    for record in (decision(), action(), recall()):
        figures.output(value(record), seen=START)
    figures.output({"user_id": "ada", "segment": "loyal", "change": "entered"}, seen=START)
    assert (figures.sent.total(), figures.recalled.total(), figures.rejected.total()) == (1, 1, 0)
    assert "  cart                   recalled  EXITED                     1" in list(summary(figures, now=START / 1000 + 5))
    assert Screen(title="t").draw(figures, passed="", hint="") is not None


def test_the_figures_of_a_recall_survive_a_round_trip_to_json() -> None:
    assert msgspec.convert(value(recall()), type(recall()), strict=False).reason == "EXITED"


@pytest.mark.parametrize("first", [True, False])
def test_who_is_recalled_in_time_gets_nothing_in_the_simulated_shop(first: bool) -> None:  # noqa: FBT001
    def heard(*, recalled: bool) -> set[str]:
        world = World(seed=5, start=START, customers=200, strangers=0.0)
        sent = []
        for number, life in enumerate(world.customers):
            message = {**value(action(at=START, expires_at=START + 3_600_000)), "user_id": life.person.key, "decision_id": f"d{number}"}
            stop = {**value(recall()), "user_id": life.person.key, "decision_id": f"d{number}"}
            sent += [stop, message] if recalled and first else [message, stop] if recalled else [message]
        for record in sent:
            world.receive(record)
        names = {"Message Delivered", "Message Opened", "Message Clicked"}
        return {posted.click.name for posted in world.until(START + 86_400_000) if posted.click.name in names}

    assert heard(recalled=False) == {"Message Delivered", "Message Opened", "Message Clicked"}
    assert heard(recalled=True) == set()


def test_a_recall_after_the_delivery_changes_nothing_in_the_simulated_shop() -> None:
    def opened(*, recalled: bool) -> list[str]:
        world = World(seed=5, start=START, customers=200, strangers=0.0)
        for number, life in enumerate(world.customers):
            world.receive({**value(action(at=START, expires_at=START + 3_600_000)), "user_id": life.person.key, "decision_id": f"d{number}"})
        found = list(world.until(START + 600_000))
        for number, life in enumerate(world.customers if recalled else []):
            world.receive({**value(recall()), "user_id": life.person.key, "decision_id": f"d{number}"})
        found += world.until(START + 86_400_000)
        return [posted.key for posted in found if posted.click.name == "Message Opened"]

    assert opened(recalled=True) == opened(recalled=False) != []


@pytest.fixture
def history(tmp_path: Path) -> Path:
    """A mail in the morning and the order a day later, and a campaign that it ends."""
    text = "campaign: c\ntrigger: {event: go, unless: [order_completed]}\nsend: {expires: 2d}\n"
    text += "variants: {m: {channel: email, content: {subject: hi, body: x}}}\n"
    (tmp_path / "c.yaml").write_text(text)
    lines = [
        {"type": "track", "event": "go", "userId": "u", "messageId": "1", "timestamp": "2026-03-02T09:00:00Z"},
        {
            "type": "track",
            "event": "order_completed",
            "userId": "u",
            "messageId": "2",
            "timestamp": "2026-03-03T05:00:00Z",
            "properties": {"order_id": "o"},
        },
    ]
    path = tmp_path / "events.jsonl"
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    return path


def test_recalls_of_a_history_without_receipts_say_what_they_assume(history: Path) -> None:
    words = ["try", str(history), "--campaigns", str(history.with_name("c.yaml")), "--report", str(history.with_name("r.html"))]
    told = CliRunner().invoke(kairos, words, catch_exceptions=False).output
    report = history.with_name("r.html").read_text()
    assert told.count("recalls assume that nothing had been sent before") == 1
    assert "recalls assume that nothing had been sent before" in report
    assert "<h3>Recalled</h3>" in report
    receipt = {"type": "track", "event": "message_opened", "userId": "v", "messageId": "3", "timestamp": "2026-03-03T06:00:00Z"}
    history.write_text(history.read_text() + json.dumps(receipt) + "\n")
    assert "recalls assume" not in CliRunner().invoke(kairos, words, catch_exceptions=False).output
    assert "recalls assume" not in history.with_name("r.html").read_text()
