"""`kairos conformance` on a real broker: the three consumers of the documentation pass, and every wrong one fails by the right check."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pytest
from click.testing import CliRunner

from cli.main import kairos
from services.conformance.checks import CHECKS, Verdict
from services.conformance.run import conformance
from services.conformance.stage import Plan
from services.devstack import jars, java

pytestmark = pytest.mark.cluster

CONSUMERS = Path(__file__).parents[2] / "docs" / "examples" / "consumers"
SOURCE = (CONSUMERS / "python" / "consumer.py").read_text()
AT_ONCE = 6
"""Runs at the same time: they mostly wait."""
WRONG = {
    "it reads uncommitted records": ("read_committed", "read_uncommitted", {"committed"}),
    "it holds nothing": ("time.monotonic() + HOLD", "time.monotonic()", {"recall-held", "expired"}),
    "it does not know recalls": (
        "                    finish(decision)\n",
        "                    pass\n",
        {"recall", "recall-held", "recall-first", "recall-one"},
    ),
    "it forgets when it ends": ('Path(os.environ["KAIROS_STATE"])', "Path(__import__('tempfile').mkdtemp())", {"replay"}),
    "it remembers nothing": ("exist_ok=False", "exist_ok=True", {"duplicate", "recall", "recall-held", "recall-first", "recall-one", "recall-late"}),
    "it commits what it holds": (
        "min([each[2] for each in held if each[1] == place], default=consumer.position(place))",
        "consumer.position(place)",
        {"killed"},
    ),
    "it delivers what has expired": ("time.time() * 1000 < expires_at and ", "", {"expired"}),
    "it looks at the expiry when it reads": (
        'held.append((time.monotonic() + HOLD, place, record.offset, ends[place], int(body["expires_at"]),',
        'held.append((time.monotonic() + HOLD, place, record.offset, ends[place], 1e15 if int(body["expires_at"]) > time.time() * 1000 else 0,',
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
    "it says something else": (
        'out.write(action["decision_id"] + "\\n")',
        'out.write("sent\\n")',
        {check.name for check in CHECKS if check.part == "live"},
    ),
}
"""Name -> what is changed in the consumer of the documentation, into what, and the checks that fail or are not tried, of all those of the same
parts of the run."""


@pytest.fixture(scope="module")
def brokers(request: pytest.FixtureRequest) -> str:
    """The broker of the test stack, or the one that KAIROS_TEST_BROKERS names."""
    told = os.environ.get("KAIROS_TEST_BROKERS")
    return told or str(request.getfixturevalue("stack").brokers)


def run(brokers: str, command: list[str], *, only: set[str], patience: float) -> dict[str, Verdict]:
    verdicts, folder = conformance(Plan(command=command, brokers=brokers, hold=1.5, patience=patience, only=only))
    if folder is not None:
        for log in sorted(folder.glob("*.log")):  # pytest shows it for what fails
            print(log.name, log.read_text(errors="replace")[-3000:], sep="\n")
        shutil.rmtree(folder)
    return {verdict.check.name: verdict for verdict in verdicts}


@dataclass(frozen=True)
class Runs:
    """All runs, which go on at the same time."""

    right: "dict[str, Future[dict[str, Verdict]] | str]"
    """Language -> the run of its consumer, or why there is none."""
    wrong: "dict[str, Future[dict[str, Verdict]]]"
    """By the name of what is wrong."""


@pytest.fixture(scope="module")
def runs(brokers: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Runs]:
    made = Runs({}, {})
    folder = tmp_path_factory.mktemp("wrong")
    with ThreadPoolExecutor(AT_ONCE) as pool:
        for language, command in {
            "python": [sys.executable, str(CONSUMERS / "python" / "consumer.py")],
            "java": java_command(),
            "node": node_command(tmp_path_factory.mktemp("node")),
        }.items():
            made.right[language] = command if isinstance(command, str) else pool.submit(run, brokers, command, only=set(), patience=90)
        for number, (name, (before, after, checks)) in enumerate(WRONG.items()):
            assert SOURCE.count(before) == 1, name
            file = folder / f"wrong_{number}.py"
            file.write_text(SOURCE.replace(before, after))
            parts = {check.part for check in CHECKS if check.name in checks}
            tried = {check.name for check in CHECKS if check.part in parts}
            made.wrong[name] = pool.submit(run, brokers, [sys.executable, str(file)], only=tried, patience=25)
        yield made


def java_command() -> list[str] | str:
    if not (java.java_home() / "bin" / "javac").exists():
        return "this Java has no compiler, so it runs no source files"
    return [str(java.java_home() / "bin" / "java"), "-cp", f"{jars.folder()}/kafka/*", str(CONSUMERS / "java" / "Consumer.java")]


def node_command(folder: Path) -> list[str] | str:
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None:
        return "there is no Node on this machine"
    shutil.copytree(CONSUMERS / "node", folder, dirs_exist_ok=True)
    done = subprocess.run(
        [npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"], cwd=folder, capture_output=True, text=True, check=False, timeout=120
    )
    return [node, str(folder / "consumer.mjs")] if done.returncode == 0 else f"its client could not be installed: {done.stderr[-300:]}"


@pytest.mark.apart
@pytest.mark.parametrize("language", ["python", "java", "node"])
def test_the_consumer_of_the_documentation_keeps_the_contract(runs: Runs, language: str) -> None:
    found = runs.right[language]
    if isinstance(found, str):
        pytest.skip(found)
    verdicts = found.result()
    assert {name: [*verdict.lines()] for name, verdict in verdicts.items() if verdict.problems or verdict.is_open} == {}
    assert list(verdicts) == [check.name for check in CHECKS]


@pytest.mark.apart
@pytest.mark.parametrize("name", WRONG)
def test_a_consumer_that_is_wrong_fails_by_the_right_check(runs: Runs, name: str) -> None:
    verdicts = runs.wrong[name].result()
    assert {check for check, verdict in verdicts.items() if verdict.problems or verdict.is_open} == WRONG[name][2], {
        check: [*verdict.lines()] for check, verdict in verdicts.items()
    }


def test_the_command_says_what_failed_and_why(brokers: str) -> None:
    found = CliRunner().invoke(
        kairos, ["conformance", "--brokers", brokers, "--patience", "5s", "--", sys.executable, "-c", "print('hello'); exit(3)"]
    )
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
