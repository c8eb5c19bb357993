"""The small installation, made for real: packages are downloaded, so it takes half a minute."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
EVENTS = ROOT / "docs/examples/events.jsonl"
LEFT_OUT = shutil.ignore_patterns(".git", ".venv*", ".kairos", "*.egg-info", "build", "__pycache__", ".*_cache", ".hypothesis")

pytestmark = pytest.mark.slow


def run(*command: str | Path, cwd: Path, good: bool = True) -> subprocess.CompletedProcess[str]:
    plain = {name: value for name, value in os.environ.items() if name not in {"VIRTUAL_ENV", "PYTHONPATH"}}
    ran = subprocess.run(list(map(str, command)), cwd=cwd, env=plain, capture_output=True, text=True, check=False, timeout=500)
    assert (ran.returncode == 0) == good, ran.stdout + ran.stderr
    return ran


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sources as they are, without any environment."""
    return Path(shutil.copytree(ROOT, tmp_path_factory.mktemp("small") / "kairos", ignore=LEFT_OUT))


@pytest.fixture(scope="module")
def wheel(clone: Path) -> Path:
    """The environment of `make try`, with Kairos from a wheel instead of the sources; and what `make try` printed."""
    made = run("make", "try", f"PYTHON={sys.executable}", cwd=clone)
    assert "left-in-the-cart     acted" in made.stdout
    pip: list[str | Path] = [sys.executable, "-m", "pip", "--python", clone / ".venv-try/bin/python"]
    run(*pip, "wheel", "--no-deps", "--no-build-isolation", "-w", "dist", ".", cwd=clone)
    (built,) = (clone / "dist").glob("kairos-*.whl")
    run(*pip, "uninstall", "-y", "kairos", cwd=clone)
    run(*pip, "install", "--no-deps", built, cwd=clone)
    return clone / ".venv-try/bin/kairos"


def test_the_wheel_decides_checks_and_reports_from_another_folder(wheel: Path, tmp_path: Path) -> None:
    tried = run(wheel, "try", EVENTS, "--report", "out.html", cwd=tmp_path)
    assert "cart-abandonment     acted" in tried.stdout
    assert "15% off what you left behind" in (tmp_path / "out.html").read_text(encoding="utf-8")
    assert "11 files ready to publish" in run(wheel, "campaigns", "check", cwd=tmp_path).stdout
    told = run(wheel, "campaigns", "test", cwd=tmp_path).stdout
    assert "76 scenarios passed" in told
    assert "; 1 not run, which recommend: pip install" in told
    assert "Real-time marketing decisions" in run(wheel, "--help", cwd=tmp_path).stdout
    assert "decision_id" in run(wheel, "schema", "decision", cwd=tmp_path).stdout


def test_it_is_small_and_says_what_other_commands_need(wheel: Path, tmp_path: Path) -> None:
    environment = wheel.parents[1]
    assert sum(file.lstat().st_size for file in environment.rglob("*") if file.is_file()) < 100_000_000
    for command, extra in (("up", "services"), ("submit", "services"), ("audit", "kafka")):
        line = run(wheel, command, cwd=tmp_path, good=False).stderr
        assert len(line.splitlines()) == 1
        assert f"pip install '.[{extra}]'" in line


def test_make_clean_removes_it(wheel: Path, clone: Path) -> None:
    run("make", "clean", cwd=clone)
    assert not (clone / ".venv-try").exists()
