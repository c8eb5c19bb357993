"""Claim 5 of the house: the engine is no slower than before, in one run and in turns; bytes of state and start-up."""

import json
from statistics import median

from bench import before, startup
from bench.heavy import KINDS
from bench.report import ROOT, Claim, at_most, measured

TURNS = 5
TOLERANCE = 1.05
"""How much two runs of the same code differ on a shared machine."""
LABELS = {"plain": "no event scored", "mixed": "one event in twenty scored", "scored": "every event scored, decided and acted on"}


def check() -> list[Claim]:
    """Measure the heavy day, before and after in turns; then start-up."""
    costs: dict[str, list[dict[str, float]]] = {"before": [], "after": []}
    with before.checkout() as old:
        for turn in range(TURNS):
            for when, folder in (("before", old), ("after", ROOT)):
                costs[when].append(json.loads(before.run(folder, "-m", "bench.heavy")))
            print(
                f"   turn {turn + 1}: plain {costs['before'][-1]['plain_us']:.1f} before, {costs['after'][-1]['plain_us']:.1f} us after", flush=True
            )
    claims = []
    for kind in KINDS:
        was, now = ([turn[f"{kind}_us"] for turn in costs[when]] for when in ("before", "after"))
        claims += [
            measured(f"engine, heavy day, {LABELS[kind]}: before", median(was), "us an event"),
            measured(f"engine, heavy day, {LABELS[kind]}: after", median(now), "us an event"),
            at_most(
                f"engine, heavy day, {LABELS[kind]}: after / before, turn by turn",
                median(b / a for a, b in zip(was, now, strict=True)),
                "",
                TOLERANCE,
            ),
        ]
    bytes_was, bytes_now = (median(turn["blob_bytes"] for turn in costs[when]) for when in ("before", "after"))
    started = startup.measure()
    return [
        *claims,
        measured("bytes a customer: before", bytes_was, "bytes"),
        at_most("bytes a customer: after", bytes_now, "bytes", bytes_was * TOLERANCE),
        *(measured(f"start-up with 800 campaigns: {name}", figure, "s") for name, figure in started.items()),
    ]
