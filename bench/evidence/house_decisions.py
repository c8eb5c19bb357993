"""Claim 1 of the house: new rooms and shapes decide as the code before them did. Where a fault was fixed, the differences are counted and named.

Compared are the shop's first week, the Online Retail year and 2,000 random histories: every record that the job would write, without the
wall clock's time and without fields that did not exist before. After is the last commit of the house: the rules of the world, which came next,
decide otherwise on purpose (claims 1 to 3 of the world).
"""

import tempfile
from collections import Counter
from pathlib import Path

from bench import before
from bench.evidence.house_speed import MOVED
from bench.recorded import compare
from bench.report import ROOT, Claim, at_least, exactly, measured

NAMES = {"week": "the shop's first week and the 60 days after it", "retail": "the Online Retail year", "histories": "2,000 random histories"}
THROTTLED = '"THROTTLED"'


def check() -> list[Claim]:
    """Play everything with the code before the moves and with the code after them."""
    with tempfile.TemporaryDirectory() as name, before.checkout() as old, before.checkout(MOVED) as moved:
        was, now = Path(name) / "before", Path(name) / "after"
        print(before.run(old, ROOT / "bench" / "recorded.py", "make", was), flush=True)
        print(before.run(moved, "-m", "bench.recorded", "make", now, "--inputs", was), flush=True)
        found = compare(was, now)
        overload, others = _histories_that_differ(was / "histories.txt", now / "histories.txt")
    claims = [at_least(f"{NAMES[part]}: records compared", records, "records", 1_000) for part, (records, _) in found.items()]
    claims += [
        exactly(f"{NAMES[part]}: records that differ", different, "records", 0) for part, (_, different) in found.items() if part != "histories"
    ]
    return [
        *claims,
        measured("random histories that differ by the new rule of throughput (a place passes on; too late is said at once)", overload, "histories"),
        exactly("random histories that differ, and in which no channel was full", others, "histories", 0),
    ]


def _histories_that_differ(was: Path, now: Path) -> tuple[int, int]:
    """How many histories differ in which a channel was full, and how many others."""
    lines = [Counter(file.read_text().splitlines()) for file in (was, now)]
    full = {line.partition(" ")[0] for counted in lines for line in counted if THROTTLED in line}
    differ = {line.partition(" ")[0] for line in ((lines[0] - lines[1]) + (lines[1] - lines[0])).elements()}
    return len(differ & full), len(differ - full)
