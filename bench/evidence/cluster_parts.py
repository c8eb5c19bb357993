"""Claims that tests on real servers hold: each is run, and counts as held only if it passed here."""

import re
import shutil
import subprocess
import sys

from bench.report import ROOT, Claim, exactly


def passed(claim: str, *places: str, needs: tuple[str, ...] = ()) -> list[Claim]:
    """Run these tests. Where a program that they need is missing, or a test was skipped, the claim is not held."""
    if missing := [program for program in needs if shutil.which(program) is None]:
        return [not_run(claim, f"not run: {', '.join(missing)} missing")]
    done = subprocess.run([sys.executable, "-m", "pytest", "-rfEs", "-m", "cluster", *places], cwd=ROOT, capture_output=True, text=True, check=False)
    counts = {word: int(number) for number, word in re.findall(r"(\d+) (passed|failed|skipped|error)", done.stdout)}
    if not counts.get("passed"):
        return [not_run(claim, f"not run: {(done.stdout + done.stderr).strip()[-200:]}")]
    for line in re.findall(r"^(?:FAILED|ERROR|SKIPPED) .*$", done.stdout, re.MULTILINE):
        print(f"   {line}", flush=True)
    wrong = sum(count for word, count in counts.items() if word != "passed") + (done.returncode != 0)
    return [exactly(f"{claim}: of {sum(counts.values())} tests, those that did not pass", wrong, "tests", 0)]


def not_run(claim: str, why: str) -> Claim:
    """What was not run is not held."""
    return Claim(claim=claim, figure=why, unit="", goal="run", holds=False)
