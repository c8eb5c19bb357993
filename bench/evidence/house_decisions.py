"""Claim 1 of the house: the new structure decides as the previous code did. Where a bug was fixed, the differences are counted and explained.

The shop's first week, the Online Retail year and 2,000 random histories, every record that the job would write, but for the wall clock's
time and for fields that did not exist before (`ADDED`).
"""

import tempfile
from pathlib import Path

from bench import before
from bench.recorded import compare, make
from bench.report import ROOT, Claim, at_least, exactly

NAMES = {"week": "the shop's first week and the 60 days after it", "retail": "the Online Retail year", "histories": "2,000 random histories"}
FAULTS: dict[str, str] = {}
"""Part -> why its decisions differ since a bug was fixed."""


def check() -> list[Claim]:
    """Play everything with the previous code and with the current code."""
    with tempfile.TemporaryDirectory() as name, before.checkout() as old:
        was, now = Path(name) / "before", Path(name) / "after"
        print(before.run(old, ROOT / "bench" / "recorded.py", "make", was), flush=True)
        make(now, inputs=was)
        found = compare(was, now)
    claims = []
    for part, (records, different) in found.items():
        claims.append(at_least(f"{NAMES[part]}: records compared", records, "records", 1_000))
        why = f" ({FAULTS[part]})" if part in FAULTS else ""
        claims.append(exactly(f"{NAMES[part]}: records that differ{why}", different, "records", 0))
    return claims
