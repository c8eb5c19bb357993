"""Claim 5 of the house: its moves and shapes made the engine no slower, in one run and in turns; bytes of state and start-up.

Next to it is what the code of today costs, and for which part of its work. It does more: the rules of the world came after the house, and
claim 8 of the world weighs them.
"""

import json
from pathlib import Path
from statistics import median

from bench import before, spent, startup
from bench.heavy import KINDS
from bench.report import ROOT, Claim, at_most, measured

TURNS = 5
MOVED = "fc32bd3bc4a4c9f50ae2a74019ed7e115fe098dd"
"""The last commit of the house before the rules of the world."""
TOLERANCE = 1.05
"""How much two runs of the same code differ on a shared machine."""
LABELS = {"plain": "no event scored", "mixed": "one event in twenty scored", "scored": "every event scored, decided and acted on"}


def check() -> list[Claim]:
    """Measure the heavy day before the moves, after them and today, in turns; then start-up."""
    costs: dict[str, list[dict[str, float]]] = {"before": [], "after": [], "today": []}
    with before.checkout() as old, before.checkout(MOVED) as moved:
        for turn in range(TURNS):
            for when, folder in (("before", old), ("after", moved), ("today", ROOT)):
                costs[when].append(json.loads(before.run(folder, "-m", "bench.heavy")))
            told = ", ".join(f"{costs[when][-1]['plain_us']:.1f} {when}" for when in costs)
            print(f"   turn {turn + 1}: plain, in us: {told}", flush=True)
        more = [_spent(old, kind) for kind in ("plain", "scored")]
    claims = []
    for kind in KINDS:
        was, moves, now = ([turn[f"{kind}_us"] for turn in found] for found in costs.values())
        what = f"engine, heavy day, {LABELS[kind]}"
        claims += [
            measured(f"{what}: before", median(was), "us an event"),
            measured(f"{what}: after", median(moves), "us an event"),
            at_most(f"{what}: after / before, turn by turn", ratio(moves, was), "", TOLERANCE),
            measured(f"{what}: today, with the rules of the world / before, turn by turn", ratio(now, was), ""),
        ]
    bytes_was, bytes_moved, bytes_now = (median(turn["blob_bytes"] for turn in found) for found in costs.values())
    started = startup.measure()
    return [
        *claims,
        measured("bytes a customer: before", bytes_was, "bytes"),
        at_most("bytes a customer: after", bytes_moved, "bytes", bytes_was * TOLERANCE),
        measured("bytes a customer: today", bytes_now, "bytes"),
        *(claim for found in more for claim in found),
        *(measured(f"start-up with 800 campaigns: {name}", figure, "s") for name, figure in started.items()),
    ]


def _spent(old: Path, kind: str) -> list[Claim]:
    """What today's engine spends more than that of before, part by part."""
    script = Path(spent.__file__)
    was, now = (json.loads(before.run(folder, script, kind)) for folder in (old, ROOT))
    label = f"engine, heavy day, {LABELS[kind]}: today's, less that of before"
    return [
        *(measured(f"{label}: {part}", now[part] - was[part], "us an event") for part in now),
        measured(f"{label}: in all, of {sum(was.values()):.1f} us before", sum(now.values()) - sum(was.values()), "us an event"),
    ]


def ratio(now: list[float], was: list[float]) -> float:
    """The median over the turns."""
    return median(b / a for a, b in zip(was, now, strict=True))
