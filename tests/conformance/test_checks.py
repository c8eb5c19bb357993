"""What a run makes of deliveries, and how it starts and ends the consumer. Runs on a broker are in tests/cluster."""

import json
import sys
import time
from pathlib import Path

import psutil
import pytest
from click.testing import CliRunner

from cli.main import kairos
from services.conformance.checks import CHECKS, MAX_TOLD, Expected, delivered_in
from services.conformance.consumer import Consumer
from services.conformance.messages import Messages
from services.conformance.parts import PARTS
from udfs.core.values.errors import InvalidInput

NOW = 1_764_000_000_000


def problems(expected: Expected, delivered: dict[str, int], *, untried: str = "") -> dict[str, list[str]]:
    return {verdict.check.name: verdict.problems for verdict in expected.verdicts(delivered, untried=untried) if verdict.problems}


def test_each_check_fails_by_what_was_lost_doubled_or_should_not_have_been() -> None:
    expected = Expected(part="live", once={"a": ("delivers", "first"), "b": ("duplicate", "twice")}, never={"c": ("expired", "old")})
    assert problems(expected, {"a": 1, "b": 1}) == {}
    assert problems(expected, {"b": 2, "c": 1}) == {
        "delivers": ["first: not delivered (a)"],
        "duplicate": ["twice: delivered 2 times (b)"],
        "expired": ["old: delivered (c)"],
    }


def test_a_part_answers_for_what_earlier_parts_settled() -> None:
    live = Expected(part="live", once={"a": ("delivers", "first"), "lost": ("killed", "lost")}, never={"c": ("expired", "old")})
    before = {"a": 1}
    replay = Expected(part="replay", before=before, settled=live.after(before), once={"d": ("replay", "new")})
    assert problems(replay, {"a": 1, "d": 1, "lost": 1}) == {"replay": ["'lost' was delivered: " + NOTHING]}
    assert problems(replay, {"a": 2, "d": 1}) == {"replay": ["first, of an earlier part: delivered again (a)"]}
    assert problems(replay, {"a": 1, "c": 1, "d": 1}) == {"replay": ["old, of an earlier part: delivered (c)"]}


NOTHING = "KAIROS_OUT takes one decision_id a line, and nothing like this was written"


def test_what_was_never_written_is_no_delivery() -> None:
    assert problems(Expected(part="live"), {"sent!": 1}) == {"delivers": ["'sent!' was delivered: " + NOTHING]}
    assert problems(Expected(part="replay", before={"sent!": 1}), {"sent!": 1}) == {}


def test_what_was_not_tried_has_not_passed() -> None:
    expected = Expected(part="killed", once={"a": ("killed", "first")})
    assert problems(expected, {}, untried="no delivery") == {"killed": ["first: not delivered (a)"]}
    verdicts = expected.verdicts({}, untried="no delivery")
    assert {each.check.name: each.is_open for each in verdicts} == {"killed": False, "recall-down": True, "backlog": True}
    assert [next(each.lines())[0] for each in verdicts] == ["✗", "?", "?"]
    assert list(verdicts[1].lines())[1:] == ["    not tried: no delivery"]


@pytest.mark.parametrize(
    ("delivered", "status", "told"),
    [({}, 3, "0 passed, 1 not tried"), ({"b": 2}, 1, "0 passed, 1 failed;"), (None, 0, "1 passed, 0 failed")],
)
def test_what_was_not_tried_is_counted_apart_and_has_its_own_status(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, delivered: dict[str, int] | None, status: int, told: str
) -> None:
    expected = Expected(part="replay", once={"b": ("replay", "first")} if delivered else {}, never={"a": ("replay", "second")})
    if delivered == {}:
        expected.too_late("a")
    folder = tmp_path if status == 1 else None
    monkeypatch.setattr("services.conformance.run.conformance", lambda plan: (expected.verdicts(delivered or {}), folder))
    done = CliRunner().invoke(kairos, ["conformance", "--brokers", "none:1", "--", "true"], catch_exceptions=False)
    assert (done.exit_code, told in done.output) == (status, True)
    assert ("run `kairos conformance --only replay --hold 6s" in done.output) is (status == 3)


def test_a_recall_that_was_written_too_late_counts_neither_way() -> None:
    expected = Expected(part="replay", never={"a": ("replay", "first"), "b": ("replay", "second")})
    expected.too_late("a")
    assert problems(expected, {"a": 1}) == problems(expected, {}) == {}
    assert problems(expected, {"b": 1}) == {"replay": ["second: delivered (b)"]}
    expected.too_late("b")
    assert problems(expected, {"a": 1}) == {}
    [verdict] = expected.verdicts({"a": 1})
    assert verdict.is_open
    assert "try a longer --hold" in verdict.untried
    assert expected.after({"a": 1}).keys() == {"a", "b"}


def test_only_so_many_problems_are_shown() -> None:
    expected = Expected(part="replay", once={f"d{n}": ("replay", f"action {n}") for n in range(MAX_TOLD + 5)})
    [verdict] = expected.verdicts({})
    lines = list(verdict.lines())
    assert lines[0].startswith("✗ replay ")
    assert (len(lines), lines[-1]) == (MAX_TOLD + 2, "    and 5 more")


def test_a_line_that_is_still_being_written_is_no_delivery_yet() -> None:
    assert delivered_in("a\nb\n\na\nhal") == {"a": 2, "b": 1}
    assert delivered_in("") == {}


def test_every_check_is_of_a_part_and_every_part_has_a_check() -> None:
    assert [*dict.fromkeys(check.part for check in CHECKS)] == list(PARTS)
    assert len({check.name for check in CHECKS}) == len(CHECKS)
    listed = CliRunner().invoke(kairos, ["conformance", "--list"]).output
    assert [check.name for check in CHECKS if check.name not in listed] == []


def test_the_script_is_written_as_the_job_writes() -> None:
    messages = Messages("run")
    action, recall = json.loads(messages.action("a", now=NOW, user="ann")), json.loads(messages.recall("a", now=NOW, user="ann"))
    assert (action["kind"], recall["kind"]) == ("action", "recall")
    assert action["decision_id"] == recall["decision_id"] == messages.id_of("a") != Messages("other").id_of("a")
    assert action["expires_at"] > NOW
    assert "kind" not in json.loads(messages.changed("b", now=NOW, without="kind"))
    assert json.loads(messages.changed("b", now=NOW, priority=7))["priority"] == 7
    bad = messages.malformed(now=NOW)
    assert bad["no value (a tombstone)"] is None
    assert len(set(bad.values())) == len(bad)


def sleeping(folder: Path, code: str) -> Consumer:
    consumer = Consumer([sys.executable, "-c", code], {"KAIROS_TOPIC": "t"}, folder / "log")
    deadline = time.monotonic() + 20
    while "ready" not in (folder / "log").read_text() and time.monotonic() < deadline:
        time.sleep(0.02)
    return consumer


def test_what_the_consumer_started_ends_with_it(tmp_path: Path) -> None:
    code = (
        "import os, subprocess, sys, time\n"
        "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)'])\n"
        "print(os.environ['KAIROS_TOPIC'], child.pid, 'ready', flush=True)\ntime.sleep(60)"
    )
    with sleeping(tmp_path, code) as consumer:
        _, child, _ = consumer.last_lines()[0].split()
        assert consumer.status is None
        assert consumer.stop()
        assert consumer.status == -15
    deadline = time.monotonic() + 10
    while psutil.pid_exists(int(child)) and psutil.Process(int(child)).status() != psutil.STATUS_ZOMBIE and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not psutil.pid_exists(int(child)) or psutil.Process(int(child)).status() == psutil.STATUS_ZOMBIE


def test_a_consumer_that_does_not_end_is_killed_and_said_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("services.conformance.consumer.STOP_S", 0.3)
    code = "import signal, time\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\nprint('ready', flush=True)\ntime.sleep(60)"
    with sleeping(tmp_path, code) as consumer:
        assert not consumer.stop()
        assert consumer.status == -9
        consumer.kill()  # once more does no harm


def test_a_command_that_cannot_be_started_is_named(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="'no-such-consumer' cannot be started"):
        Consumer(["no-such-consumer"], {}, tmp_path / "log")


def test_without_a_command_or_a_broker_it_says_so() -> None:
    found = CliRunner().invoke(kairos, ["conformance"])
    assert found.exit_code == 2
    assert "which consumer?" in found.output
    found = CliRunner().invoke(kairos, ["conformance", "--brokers", "127.0.0.1:1", "--", "true"])
    assert found.exit_code == 1
    assert "kairos up" in found.output
