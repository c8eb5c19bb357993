"""The services' logs: one JSON object a line where that is wanted, and never a record of a customer or a secret."""

import ast
import json
import logging
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from services import logs

ROOT = Path(__file__).parents[2]
SOURCES = ("udfs", "jobs", "services", "cli", "training")
LEVELS = {"debug", "info", "warning", "error", "exception", "critical", "log"}
REVIEWED = {
    "name": "a process of the local stack",
    "', '.join(sorted(loaded))": "names of TaskManagers",
    "len(recent)": "a number",
    "WITHIN_S": "a number",
    "program.log": "a path",
    "source": "kafka or control",
    "topic": "a topic",
    "type(problem).__name__": "a class",
    "problem": "an error of Kafka, of Flink or of ours, raised by what reads no events",
    "message": "an error of Kafka, or of a model's file: services/monitor/run.py, udfs/scoring/loaded.py",
    "model.label": "name and version of a model",
    "share": "a number",
    "limit.minutes": "a number",
    "limit.percent": "a number",
    "self._limit.percent": "a number",
    "kept": "where a savepoint is",
    "found.exposures": "a number",
    "before.exposures": "a number",
    "job": "name of a job of a schedule",
    "record.job": "name of a job of a schedule",
    "record.status": "a number",
    "keeps": "what stays in force: one of two phrases",
    "running.tally.label": "name and version of a model",
    "held.name": "name of a campaign",
    "rolling.published.name": "name of a campaign",
    "self.campaign": "name of a campaign",
    "self.campaign.name": "name of a campaign",
    "found.why": "figures of a campaign that is held: numbers of messages, or of its offer",
    "file": "a path",
    "line": "what has drifted: names of a model and a campaign, and figures of many customers",
    "self.tally.unfollowed - before": "a number",
    "verdict.act": "what a rollout does: one of three words",
    "verdict.why": "figures of a rollout: counts, shares and reasons of models",
    "wanted.version": "version of the catalogue of products, or of a recommender",
    "self._kind.what": "catalogue or recommender",
    "[layer.items for layer in wanted.layers]": "numbers",
    "place.topic": "a topic",
    "place.partition": "a number",
    "end": "an offset",
    "offset": "an offset",
    "where": "topic, partition and offset of an item of the catalogue",
    "fault.field or 'it'": "a field of an item of the catalogue",
    "fault.what": "what is wrong with an item of the catalogue: a product, and nobody's data",
    "event or 'news'": "a kind of event, as price_dropped",
    "count": "a number",
    "how": "how news end: expired, no longer true, unreadable",
    "fault.fix": "how to fix it",
    "labels": "names and versions of models",
    "why": "why models are not asked together: operators of their files, a class of errors, or milliseconds",
    "type(error).__name__": "a class",
    "PATIENCE_S": "a number",
    "problem.code": "a status of HTTP",
    "moved": "one of two phrases",
}
"""What may be logged, as it is written in the code, and what it is. Look twice before you add one: no event, no profile, no address, no key."""


@pytest.fixture
def line() -> Iterator[Any]:
    """Formats a record as JSON and reads it back, as a collector would."""

    def formatted(message: str, *values: object, error: BaseException | None = None) -> dict[str, Any]:
        told = (type(error), error, error.__traceback__) if error is not None else None
        record = logging.LogRecord("heartbeat", logging.WARNING, __file__, 1, message, values, told)
        text = logs.Json("heartbeat").format(record)
        assert "\n" not in text
        read: dict[str, Any] = json.loads(text)
        return read

    yield formatted


def test_a_line_says_when_what_and_which_service(line: Any) -> None:
    told = line("no heartbeat into %s", "events")
    assert told.pop("time").endswith("Z")
    assert told == {"level": "warning", "service": "heartbeat", "logger": "heartbeat", "message": "no heartbeat into events"}


def test_a_line_break_in_a_name_cannot_forge_a_second_line(line: Any) -> None:
    told = line("no heartbeat into %s", 'x\n{"level":"critical","message":"forged"}\u2028\x85')
    assert told["level"] == "warning"


def test_an_unexpected_error_is_its_type_and_places_without_its_message_which_may_quote_what_was_read(line: Any) -> None:
    try:
        int("ada@example.com")
    except ValueError as problem:
        told = line("it failed", error=problem)
    assert told["error"] == "ValueError"
    assert any("test_logs.py:" in place for place in told["at"])
    assert "ada" not in json.dumps(told)


@pytest.mark.slow
@pytest.mark.parametrize(
    "service", ["services.heartbeat", "services.monitor", "services.devstack.keeper", "services.devstack.standby", "services.guard"]
)
def test_every_service_has_the_option(service: str) -> None:
    ran = subprocess.run([sys.executable, "-m", service, "--help"], cwd=ROOT, capture_output=True, text=True, check=True)
    assert "--log-format {text,json}" in ran.stdout


def ended(code: str, **environment: str) -> subprocess.CompletedProcess[str]:
    variables = {name: value for name, value in os.environ.items() if name != logs.VARIABLE} | environment
    return subprocess.run([sys.executable, "-c", code], cwd=ROOT, env=variables, capture_output=True, text=True, check=False)


def test_an_error_that_ends_the_process_is_one_line_as_well() -> None:
    ran = ended("from services import logs; logs.start('monitor', 'json'); int('ada@example.com')")
    assert ran.returncode == 1
    (told,) = [json.loads(each) for each in ran.stderr.splitlines()]
    assert (told["message"], told["error"], told["service"]) == ("the process ends", "ValueError", "monitor")
    assert "ada" not in ran.stderr


@pytest.mark.parametrize("format_", ["text", "json"])
def test_in_neither_format_an_unexpected_error_says_what_was_read(format_: str) -> None:
    start = f"import logging, threading, warnings; from services import logs; logs.start('monitor', {format_!r}); "
    for code in (
        "int('ada@example.com')",
        "each = threading.Thread(target=int, args=['ada@example.com']); each.start(); each.join()",
        "\ntry:\n    int('ada@example.com')\nexcept ValueError:\n    logging.warning('it failed', exc_info=True)",
    ):
        ran = ended(start + code)
        assert "ada" not in ran.stderr.replace("int('ada@example.com')", ""), ran.stderr
        assert "ValueError" in ran.stderr
        assert format_ == "text" or [json.loads(each) for each in ran.stderr.splitlines()]


def test_a_warning_of_python_is_a_line_of_the_log() -> None:
    ran = ended("import warnings; from services import logs; logs.start('monitor', 'json'); warnings.warn('old')")
    (told,) = [json.loads(each) for each in ran.stderr.splitlines()]
    assert (told["level"], told["logger"]) == ("warning", "py.warnings")


def test_the_environment_chooses_where_no_option_does_and_the_option_wins() -> None:
    code = "import logging; from services import logs; logs.start('monitor', {!r}); logging.getLogger('x').warning('hello')"
    assert json.loads(ended(code.format(None), KAIROS_LOG_FORMAT="json").stderr)["message"] == "hello"
    assert ended(code.format("text"), KAIROS_LOG_FORMAT="json").stderr.endswith(" WARNING hello\n")
    assert ended(code.format(None)).stderr.endswith(" WARNING hello\n")


def test_a_format_that_does_not_exist_is_named() -> None:
    ran = ended("from services import logs; logs.start('monitor', None)", KAIROS_LOG_FORMAT="xml")
    assert ran.returncode == 1
    assert ran.stderr == "Error: KAIROS_LOG_FORMAT is 'xml': it must be text or json\n"


@pytest.mark.slow
def test_nothing_is_logged_that_nobody_has_reviewed() -> None:
    found: dict[str, str] = {}
    for path in [path for folder in SOURCES for path in (ROOT / folder).rglob("*.py")]:
        for node in ast.walk(ast.parse(path.read_text())):
            if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in LEVELS):
                continue
            if ast.unparse(node.func.value).rpartition(".")[2] not in ("log", "logger", "logging", "getLogger('kairos')"):
                continue
            place = f"{path.relative_to(ROOT)}:{node.lineno}"
            assert node.args, place
            assert isinstance(node.args[0], ast.Constant), f"{place}: the words must be constant"
            found |= {ast.unparse(each): place for each in node.args[1:]}
    assert {text: place for text, place in found.items() if text not in REVIEWED} == {}
    assert set(REVIEWED) == set(found), "what is no longer logged need not be listed"
