"""`kairos conformance` on a real broker: the three consumers of the documentation pass, and every wrong one fails by the right check."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import pytest
from click.testing import CliRunner

from cli.main import kairos
from services.conformance.checks import CHECKS, Verdict
from services.conformance.run import Plan, conformance
from services.devstack import jars, java

pytestmark = pytest.mark.cluster

CONSUMERS = Path(__file__).parents[2] / "docs" / "examples" / "consumers"
SOURCE = (CONSUMERS / "python" / "consumer.py").read_text()
AT_ONCE = 4
"""Runs at the same time: they mostly wait."""
WRONG = {
    "it reads uncommitted records": ("read_committed", "read_uncommitted", {"committed"}),
    "it holds nothing": ("time.monotonic() + HOLD", "time.monotonic()", {"recall-held"}),
    "it does not know recalls": ("                    finish(decision)\n", "                    pass\n", {"recall", "recall-held", "recall-first", "recall-one"}),
    "it forgets when it ends": ('Path(os.environ["KAIROS_STATE"])', "Path(__import__('tempfile').mkdtemp())", {"replay"}),
    "it remembers nothing": ("exist_ok=False", "exist_ok=True", {"duplicate", "recall", "recall-late"}),
    "it commits what it holds": ("min([each[2] for each in held if each[1] == place], default=consumer.position(place))", "consumer.position(place)", {"killed"}),
    "it delivers what has expired": ("time.time() * 1000 < expires_at and ", "", {"expired"}),
    "it looks at the expiry when it reads": (
        "held.append((time.monotonic() + HOLD, place, record.offset, ends[place], int(body[\"expires_at\"]),",
        "held.append((time.monotonic() + HOLD, place, record.offset, ends[place], 1e15 if int(body[\"expires_at\"]) > time.time() * 1000 else 0,",
        {"expired"},
    ),
    "it holds by the time of the decision": (
        "time.monotonic() + HOLD, place, record.offset, ends[place]",
        'time.monotonic() + HOLD + body["decided_at"] / 1000 - time.time(), place, record.offset, 0',
        {"backlog"},
    ),
    "it ends at a record that cannot be read": ("except Exception as problem:", "except ZeroDivisionError as problem:", {"malformed"}),
    "it delivers content that was cut": (' and "sha256" not in body["content"]', "", {"malformed"}),
    "it delivers every kind": ('elif kind == "action" and', "elif", {"malformed"}),
    "it does not end": ("held, stored = [], {}", "__import__('signal').signal(15, 1)\nheld, stored = [], {}", {"stops"}),
    "it knows no action without a kind": ('body.get("kind", "action")', 'body["kind"]', {"evolution"}),
    "it says something else": ('out.write(action["decision_id"] + "\\n")', 'out.write("sent\\n")', {"delivers"}),
}
"""Name -> what is changed in the consumer of the documentation, into what, and the checks that must fail."""


@pytest.fixture(scope="module")
def brokers(request: pytest.FixtureRequest) -> str:
    """The broker of the test stack, or the one that KAIROS_TEST_BROKERS names."""
    told = os.environ.get("KAIROS_TEST_BROKERS")
    return told or str(request.getfixturevalue("stack").brokers)


@pytest.fixture(scope="module")
def pool() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(AT_ONCE) as threads:
        yield threads


def run(brokers: str, command: list[str], *, only: set[str], patience: float) -> dict[str, Verdict]:
    verdicts, folder = conformance(Plan(command=command, brokers=brokers, hold=1.5, patience=patience, only=only))
    if folder is not None:
        shutil.rmtree(folder)
    return {verdict.check.name: verdict for verdict in verdicts}


@pytest.fixture(scope="module")
def right(brokers: str, pool: ThreadPoolExecutor, tmp_path_factory: pytest.TempPathFactory) -> "dict[str, Future[dict[str, Verdict]] | str]":
    """Language -> the run of its consumer, or why there is none. They run at the same time."""
    started: dict[str, Future[dict[str, Verdict]] | str] = {}
    for language, command in {
        "python": [sys.executable, str(CONSUMERS / "python" / "consumer.py")],
        "java": java_command(),
        "node": node_command(tmp_path_factory.mktemp("node")),
    }.items():
        started[language] = command if isinstance(command, str) else pool.submit(run, brokers, command, only=set(), patience=90)
    return started


def java_command() -> list[str] | str:
    if not (java.java_home() / "bin" / "javac").exists():
        return "this Java has no compiler, so it runs no source files"
    return [str(java.java_home() / "bin" / "java"), "-cp", f"{jars.folder()}/kafka/*", str(CONSUMERS / "java" / "Consumer.java")]


def node_command(folder: Path) -> list[str] | str:
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None:
        return "there is no Node on this machine"
    shutil.copytree(CONSUMERS / "node", folder, dirs_exist_ok=True)
    done = subprocess.run([npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"], cwd=folder, capture_output=True, text=True, check=False, timeout=120)
    return [node, str(folder / "consumer.mjs")] if done.returncode == 0 else f"its client could not be installed: {done.stderr[-300:]}"


@pytest.mark.parametrize("language", ["python", "java", "node"])
def test_the_consumer_of_the_documentation_keeps_the_contract(right: "dict[str, Future[dict[str, Verdict]] | str]", language: str) -> None:
    found = right[language]
    if isinstance(found, str):
        pytest.skip(found)
    verdicts = found.result()
    assert list(verdicts) == [check.name for check in CHECKS]
    assert {name: verdict.problems for name, verdict in verdicts.items() if verdict.problems} == {}


@pytest.fixture(scope="module")
def wrong(brokers: str, pool: ThreadPoolExecutor, tmp_path_factory: pytest.TempPathFactory) -> "dict[str, Future[dict[str, Verdict]]]":
    folder, started = tmp_path_factory.mktemp("wrong"), {}
    for number, (name, (before, after, checks)) in enumerate(WRONG.items()):
        assert SOURCE.count(before) == 1, name
        file = folder / f"wrong_{number}.py"
        file.write_text(SOURCE.replace(before, after))
        started[name] = pool.submit(run, brokers, [sys.executable, str(file)], only=checks, patience=15)
    return started


@pytest.mark.parametrize("name", WRONG)
def test_a_consumer_that_is_wrong_fails_by_the_right_check(wrong: "dict[str, Future[dict[str, Verdict]]]", name: str) -> None:
    verdicts = wrong[name].result()
    assert {check for check, verdict in verdicts.items() if verdict.problems} == WRONG[name][2], {
        check: verdict.problems for check, verdict in verdicts.items()
    }


def test_the_command_says_what_failed_and_why(brokers: str) -> None:
    found = CliRunner().invoke(kairos, ["conformance", "--brokers", brokers, "--patience", "5s", "--", sys.executable, "-c", "print('hello'); exit(3)"])
    assert found.exit_code == 1
    assert "✗ delivers" in found.output
    assert "not delivered" in found.output
    assert "the consumer ended by itself, with status 3" in found.output
    assert "  hello" in found.output
    folder = Path(found.output.rpartition(" is in ")[2].strip())
    assert (folder / "delivered").exists()
    shutil.rmtree(folder)


def test_a_command_that_cannot_be_started_is_named(brokers: str) -> None:
    found = CliRunner().invoke(kairos, ["conformance", "--brokers", brokers, "--", "no-such-consumer"])
    assert found.exit_code == 1
    assert "'no-such-consumer' cannot be started" in found.output
