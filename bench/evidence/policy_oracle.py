"""Claim 1 of policy: engine and oracle decide alike in a hundred thousand random histories, no law is broken in any; a table of named cases."""

from collections import Counter
from pathlib import Path

from ruamel.yaml import YAML

from bench.policy_histories import Found, played
from bench.report import ROOT, Claim, at_least, exactly, measured

HISTORIES = 100_000
TABLE = Path("tests/core/policy_table.yaml")


def check() -> list[Claim]:
    """Play them all."""
    found = Found()
    for found in played(HISTORIES):
        if found.histories % 10_000 == 0:
            print(f"   {found.histories:,} histories", flush=True)
    cases = sum(len(group) for group in YAML(typ="safe", pure=True).load(ROOT / TABLE).values())
    outcomes: Counter[str] = Counter()
    for ending, times in found.endings.items():
        outcomes[ending.partition(" ")[0]] += times
    return [
        exactly("random histories played to engine and oracle", found.histories, "histories", HISTORIES),
        measured("their events", found.events, "events"),
        *(measured(f"decisions: {outcome}", times, "decisions") for outcome, times in sorted(outcomes.items())),
        measured("reasons that occurred", len({ending.partition(" ")[2] for ending in found.endings}), "reasons"),
        exactly("histories about which they disagree in any decision", len(found.different), "histories", 0),
        exactly("breaches of a law: caps, consent, quiet hours, exits, entries, holdout, one final outcome", len(found.breaches), "breaches", 0),
        at_least("named cases in the decision table, run by `pytest tests/core/test_policy_table.py`", cases, "cases", 60),
    ]
