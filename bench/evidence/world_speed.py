"""Claim 8 of the world: microseconds and bytes, before the rules of the world and with them, in one run and in turns."""

import json
from statistics import median

from bench import before
from bench.evidence.house_speed import LABELS, MOVED, ratio
from bench.heavy import KINDS
from bench.report import ROOT, Claim, at_most, measured

TURNS = 3
MORE = 1.3
"""The rules of the world may cost so much: two clocks, carts that are one, orders that are counted once, what can still be recalled."""


def check() -> list[Claim]:
    """The heavy day, before and after in turns."""
    costs: dict[str, list[dict[str, float]]] = {"before": [], "after": []}
    with before.checkout(MOVED) as old:
        for turn in range(TURNS):
            for when, folder in (("before", old), ("after", ROOT)):
                costs[when].append(json.loads(before.run(folder, "-m", "bench.heavy")))
            print(
                f"   turn {turn + 1}: plain {costs['before'][-1]['plain_us']:.1f} before, {costs['after'][-1]['plain_us']:.1f} us after", flush=True
            )
    claims = []
    for kind in ("decode", *KINDS):
        was, now = ([turn[f"{kind}_us"] for turn in costs[when]] for when in ("before", "after"))
        what = "reading an event" if kind == "decode" else f"engine, heavy day, {LABELS[kind]}"
        claims += [
            measured(f"{what}: before", median(was), "us an event"),
            measured(f"{what}: after", median(now), "us an event"),
            at_most(f"{what}: after / before, turn by turn", ratio(now, was), "", MORE),
        ]
    bytes_was, bytes_now = (median(turn["blob_bytes"] for turn in costs[when]) for when in ("before", "after"))
    return [
        *claims,
        measured("bytes a customer: before", bytes_was, "bytes"),
        at_most("bytes a customer: after", bytes_now, "bytes", bytes_was * MORE),
    ]
