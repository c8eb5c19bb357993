"""The base installation decides in one process; whatever needs an extra says which."""

import ast
import json
import os
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from itertools import takewhile
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

import cli.main
from services.extras import EXTRAS, missing

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
SOURCES = ("cli", "jobs", "services", "simulation", "training", "udfs")
BASE = {"click", "fastavro", "jinja2", "markupsafe", "msgspec", "rich", "ruamel", "babel"}
SAID_WITHOUT_EXTRAS: dict[tuple[str, ...], str] = {
    ("try", "--arrivals"): "is no time",
    ("explain", "--file"): "no decision is written",
    ("replay", "--source"): "no column InvoiceNo",
    ("schema", "--json"): "there is no kind of file 'decision'",
    ("schemas", "register"): "does not answer",
    ("fairness",): "say what was decided",
    **{("models", what): "none is registered yet" for what in ("compare", "promote", "retire", "rollback", "show")},
}
"""Commands that say what is wrong with what they were given before they need an extra, or need none."""
FINDER = """
import sys

class Without:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {missing!r}:
            raise ModuleNotFoundError(f"No module named {{name!r}}", name=name)
sys.meta_path.insert(0, Without())
"""


def imported() -> Iterator[tuple[str, str]]:
    """Every package that the product imports from outside, and where."""
    for folder in SOURCES:
        for path in (ROOT / folder).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                names = [each.name for each in node.names] if isinstance(node, ast.Import) else []
                if isinstance(node, ast.ImportFrom) and not node.level:
                    names = [str(node.module)]
                yield from ((name.partition(".")[0], str(path.relative_to(ROOT))) for name in names)


def without_extras(*arguments: str) -> subprocess.CompletedProcess[str]:
    """`kairos` as it runs where only the base is installed."""
    program = FINDER.format(missing=set(EXTRAS)) + "from cli.main import main; main()"
    return subprocess.run([sys.executable, "-c", program, *arguments], capture_output=True, text=True, check=False, cwd=ROOT, timeout=120)


def test_every_package_from_outside_is_in_the_base_or_in_an_extra() -> None:
    known = {*sys.stdlib_module_names, *SOURCES, *BASE, *EXTRAS, "campaigns", "schemas", "docker", "bench"}
    assert {(name, where) for name, where in imported() if name not in known} == set()


def test_every_extra_that_is_named_exists() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert {*EXTRAS.values(), *cli.main.EXTRA.values()} <= set(project["optional-dependencies"])
    for name in ("apache-flink", "kafka-python", "onnxruntime", "scikit-learn", "skl2onnx", "avro"):
        assert not any(each.startswith(name) for each in project["dependencies"])
        assert any(each.startswith(name) for extra in project["optional-dependencies"].values() for each in extra)


def test_the_small_lock_is_a_part_of_the_large_one() -> None:
    small, large = ((ROOT / name).read_text().split("\n") for name in ("requirements-try.lock", "requirements.lock"))
    pins = [line for line in small if line and not line.startswith(" ")]
    assert len(pins) < 20
    assert set(pins) <= set(large)
    assert set(small) <= {*large, *(line.removesuffix(" \\") for line in large)}


@pytest.fixture(scope="module")
def all_runs(tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, Any]]:
    """How every command ends, with each of its options, where only the base is installed."""
    program = FINDER.format(missing=set(EXTRAS)) + "from tests.devstack.every_command import main; main()"
    folder = tmp_path_factory.mktemp("base")
    around = {**os.environ, "KAIROS_HOME": str(folder / "home"), "PYTHONPATH": str(ROOT)}
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False, cwd=folder, env=around, timeout=300)
    assert ran.returncode == 0, ran.stderr
    return [json.loads(line) for line in ran.stdout.splitlines()]


def test_every_command_works_with_the_base_or_says_in_one_line_which_extra_it_needs(all_runs: list[dict[str, Any]]) -> None:
    assert {ran["arguments"][0] for ran in all_runs} == set(cli.main.COMMANDS)
    wrong = []
    for ran in all_runs:
        line = ran["err"].strip()
        names_extra = ran["code"] == 1 and "\n" not in line and re.search(r"pip install '\.\[\w+\]'", line) and not ran["out"]
        contradiction = ran["code"] == 2 and "\nError: " in line
        said = any(ran["arguments"][: len(command)] == list(command) and what in line for command, what in SAID_WITHOUT_EXTRAS.items())
        if ran["crash"] or not (ran["code"] == 0 or names_extra or contradiction or (ran["code"] == 1 and said)):
            wrong.append(ran)
    assert wrong == []


def test_a_command_with_what_it_needs_and_no_option_is_never_a_contradiction(all_runs: list[dict[str, Any]]) -> None:
    """Else the test of all commands would try nothing."""
    first: dict[str, int] = {}
    for ran in all_runs:
        words = takewhile(lambda word: not word.startswith("-"), ran["arguments"])
        first.setdefault(" ".join(words), ran["code"])
    assert {name: code for name, code in first.items() if code not in {0, 1}} == {}


@pytest.mark.parametrize(
    "arguments",
    [
        ["--help"],
        ["try", "docs/examples/events.jsonl"],
        ["campaigns", "check"],
        ["policy", "--help"],
        ["schema", "decision"],
        ["sort", "docs/examples/events.jsonl"],
        ["send", "product_added", "--user", "ada", "product_id=tent", "--dry-run"],
    ],
)
def test_what_decides_in_one_process_needs_no_extra(arguments: list[str]) -> None:
    ran = without_extras(*arguments)
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout


@pytest.mark.parametrize(
    ("arguments", "extra"),
    [
        (["tail", "decisions"], "kafka"),
        (["campaigns", "publish"], "kafka"),
        (["explain", "ada"], "kafka"),
        (["up"], "services"),
        (["submit"], "services"),
        (["demo"], "services"),
        (["doctor"], "services"),
    ],
)
def test_what_needs_an_extra_says_which_in_one_line(arguments: list[str], extra: str) -> None:
    ran = without_extras(*arguments)
    assert ran.returncode == 1
    (line,) = ran.stderr.splitlines()
    assert f"pip install '.[{extra}]'" in line


def test_a_model_is_not_taken_for_a_bad_one_where_only_the_runtime_is_missing(tmp_path: Path) -> None:
    manifest = tmp_path / "manifest.json"
    manifest.write_text("{}")
    ran = without_extras("try", "docs/examples/events.jsonl", "--model", str(manifest))
    assert ran.returncode == 1
    assert "pip install '.[models]'" in ran.stderr
    assert "Traceback" not in ran.stderr


@pytest.mark.parametrize(("module", "extra"), [("training", "training"), ("services.heartbeat", "kafka")])
def test_programs_beside_the_command_say_it_too(module: str, extra: str) -> None:
    program = FINDER.format(missing=set(EXTRAS)) + f"import runpy; runpy.run_module({module!r}, run_name='__main__', alter_sys=True)"
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False, cwd=ROOT, timeout=120)
    assert ran.returncode == 1
    assert f"pip install '.[{extra}]'" in ran.stderr
    assert "Traceback" not in ran.stderr


def test_a_module_that_no_extra_has_is_a_mistake_of_ours_and_not_hidden(monkeypatch: pytest.MonkeyPatch) -> None:
    assert missing(ModuleNotFoundError(name="services.nowhere")) is None
    monkeypatch.setitem(cli.main.COMMANDS, "up", ("cli.nowhere:up", ""))
    assert isinstance(CliRunner().invoke(cli.main.kairos, ["up"]).exception, ModuleNotFoundError)
