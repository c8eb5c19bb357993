"""Claim 5 of the house, second half: what each part of the test suite takes, from one run of `make test-fast` and one of `make test`."""

import re
import subprocess

from bench.report import ROOT, Claim, at_most, exactly, measured

FAST_S, WHOLE_S = 120.0, 1_200.0
PARTS = ("without the cluster, the slow ones among them", "on the cluster")
"""Each part of `make test` in the order in which it runs."""


def check() -> list[Claim]:
    """Run the fast tests and then the whole suite, once each, and read their seconds."""
    fast, whole = (subprocess.run(["make", target], cwd=ROOT, capture_output=True, text=True, check=False) for target in ("test-fast", "test"))
    (fast_s,), seconds = _seconds(fast.stdout), _seconds(whole.stdout)
    return [
        at_most("`make test-fast`", fast_s, "s", FAST_S),
        exactly("`make test-fast`: exit status", fast.returncode, "", 0),
        *(measured(f"`make test`, tests {part}", took, "s") for part, took in zip(PARTS, seconds, strict=True)),
        at_most("`make test`, the whole suite", sum(seconds), "s", WHOLE_S),
        exactly("`make test`: exit status", whole.returncode, "", 0),
    ]


def _seconds(printed: str) -> list[float]:
    """Of each run of pytest, as its last line says."""
    return [float(found) for found in re.findall(r" in ([\d.]+)s", printed)]
