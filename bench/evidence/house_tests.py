"""Claim 5 of the house, second half: what each part of the test suite takes, from one run of `make test`."""

import re
import subprocess

from bench.report import ROOT, Claim, at_most, exactly

PARTS = (("without the cluster (`make test-fast`)", 120.0), ("on the cluster", 1_080.0))
"""Each part of `make test` in the order in which it runs, and its goal in seconds; together they are the suite's 20 minutes."""


def check() -> list[Claim]:
    """Run the whole suite once and read the seconds of both parts."""
    done = subprocess.run(["make", "test"], cwd=ROOT, capture_output=True, text=True, check=False)
    seconds = [float(found) for found in re.findall(r" in ([\d.]+)s", done.stdout)]
    return [
        *(at_most(f"tests {part}", took, "s", goal) for (part, goal), took in zip(PARTS, seconds, strict=True)),
        at_most("tests, the whole suite", sum(seconds), "s", 1_200.0),
        exactly("tests: exit status of `make test`", done.returncode, "", 0),
    ]
