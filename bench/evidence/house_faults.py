"""Claim 2 of the house: the faults that could not wait. Each was reproduced by a test that failed before its fix; the tests are run again.

The overload of a throughput rule is measured: before the fix a channel with twice its rate sent 3,600 an hour until hour 11, and nothing
from hour 14 on.
"""

import subprocess
import sys

from bench.report import ROOT, Claim, at_least, at_most, exactly
from bench.throughput_rule import measure

REPRODUCTIONS = {
    "a channel that the job was not submitted for does not stop the job": ("tests/cluster/test_channels.py", "tests/core/values/test_channels.py"),
    "no event and no control record makes an output that the sink refuses": ("tests/operators/test_sendable.py",),
    "a model's watchdog ends the run that hangs, and no other": ("tests/scoring/test_hanging.py",),
    "a file that could not be checked is not ticked": ("tests/documents/test_unchecked.py",),
    "a rule that defers beyond a message's life is warned of": ("tests/documents/test_deferrals.py",),
    "a replay waits for its broker, and sends nothing twice": ("tests/cluster/test_replay_outage.py",),
    "a submit ends its own job only": ("tests/cluster/test_side_by_side.py",),
    "state with another number of key groups is refused; new partitions lose nothing": (
        "tests/cluster/test_restore.py",
        "tests/cluster/test_partitions.py",
        "tests/devstack/test_savepoint.py",
    ),
}
HOURS = 24
FACTORS = (2, 10)


def check() -> list[Claim]:
    """Overload for a day of event time, then every reproduction."""
    return [*_overload(), *(exactly(f"{fault}: exit status of its tests", _tests(files), "", 0) for fault, files in REPRODUCTIONS.items())]


def _overload() -> list[Claim]:
    claims = []
    for factor in FACTORS:
        found = measure(factor, HOURS)
        what = f"throughput rule under {factor} times its rate for {HOURS} hours"
        entries = found["entries_per_hour"]
        growth = max(entries[HOURS // 2 :]) / entries[HOURS // 2 - 1]
        claims += [
            at_least(f"{what}: sent in the weakest hour", min(found["sent_per_hour"]), "messages", found["rate_per_hour"]),
            at_least(f"{what}: said at once to be too late", sum(found["too_late_per_hour"]), "decisions", 1),
            at_most(f"{what}: most periods remembered, second half / the hour before it", growth, "", 2),
            at_most(f"{what}: time of a decision, last hour / first hour", found["us_per_decision"][-1] / found["us_per_decision"][0], "", 1.5),
        ]
    return claims


def _tests(files: tuple[str, ...]) -> int:
    return subprocess.run([sys.executable, "-m", "pytest", "-q", *files], cwd=ROOT, stdout=sys.stderr, check=False).returncode
