"""`make bench`: the heavy day of `bench.load`, measured part by part; an interrupted run can be resumed after any part.

`python -m bench.run --only throughput,at-least-once` measures some parts; `--only page` draws what there is without measuring.
"""

import argparse
import signal
import sys
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict
from functools import partial
from typing import Any, NamedTuple

from bench import flame, formats, page, results
from bench.heavy import KINDS, Day, decoded, engine_cost, populate, start, throughput
from bench.lab import CheckFailed, lab
from bench.report import Claim, at_least, at_most, exactly, measured, show
from bench.waits import waits

GOALS = {"exactly-once": 200.0, "at-least-once": 40.0}
"""The maximum 99th percentile at half of capacity, in milliseconds."""
SHARES = (0.10, 0.50, 0.75)
"""Shares of the maximum throughput of one slot."""


class Part(NamedTuple):
    """One part of the benchmark: what it measures, and about how many minutes that takes."""

    measure: Callable[[], dict[str, Any]]
    minutes: float


def _engine() -> dict[str, Any]:
    return asdict(engine_cost())


def _formats() -> dict[str, Any]:
    return {"us": formats.cost(), "bytes": formats.sizes()}


def _flame() -> dict[str, Any]:
    """The engine's time by kind of day: the share of each function with at least a hundredth of it, including callees."""
    day, found = Day(), {}
    for kind in KINDS:
        history = decoded(day.wires(kind))
        stacks = flame.sample(partial(day.live, history), seconds=15, root="engine.Engine.on_event")
        flame.draw(flame.boxes(stacks), page.flame_graph(kind), title=f"The engine, heavy day, {page.KINDS[kind]}: {stacks.total():,} samples")
        found[kind] = stacks.total()
    return {"samples": found}


def _throughput() -> dict[str, Any]:
    with lab() as stack:
        return {"rate": throughput(stack)}


def _latency(guarantee: str) -> dict[str, Any]:
    capacity = results.load("throughput")
    if capacity is None:
        message = "latency is measured at shares of capacity, which is not known here yet: python -m bench.run --only throughput"
        raise CheckFailed(message)
    found: dict[str, Any] = {}
    with lab() as stack:
        start(stack, clock="live", guarantee=guarantee)
        populate(stack)
        for share in SHARES:
            wait = waits(stack, rate=int(capacity["rate"] * share))
            print(f"   {share:.0%}, {wait.reached:,.0f} of {wait.rate:,} events/s: p50 {wait.p50:.0f}, p99 {wait.p99:.0f} ms", flush=True)
            found[f"{share:.0%}"] = asdict(wait)
    return found


PARTS: Mapping[str, Part] = {
    "engine": Part(_engine, 1),
    "formats": Part(_formats, 0.5),
    "flame": Part(_flame, 1.5),
    "throughput": Part(_throughput, 3),
    "exactly-once": Part(partial(_latency, "exactly-once"), 6),
    "at-least-once": Part(partial(_latency, "at-least-once"), 6),
}


def measure(wanted: Iterable[str] = PARTS) -> None:
    """Measure parts in order, and write each result."""
    parts = [name for name in PARTS if name in set(wanted)]
    left = sum(PARTS[name].minutes for name in parts)
    for name in parts:
        print(f"== {name} (about {PARTS[name].minutes:g} min, {left:g} min in all that is left)", flush=True)
        began, load = time.monotonic(), results.busy()
        path = results.save(name, PARTS[name].measure(), load_before=load)
        print(f"   {time.monotonic() - began:.0f} s, written to {path}", flush=True)
        left -= PARTS[name].minutes
    page.write()


def claims() -> list[Claim]:
    """The results so far, compared with their goals."""
    found: list[Claim] = []
    if engine := results.load("engine"):
        found += [
            at_most("engine, processor time of an event that five campaigns look at", engine["plain_us"], "us", 80),
            at_most("the same with one event in twenty scored", engine["mixed_us"], "us", 80),
            at_most("of an event that is scored, decided and acted on", engine["scored_us"], "us", 120),
            measured("decoding and checking an event of JSON", engine["decode_us"], "us"),
            measured("state of a customer after forty events, median", engine["blob_bytes"], "bytes"),
        ]
    if read := results.load("formats"):
        found += [
            measured(f"decoding and checking an event of a product: {formats.FORMATS[name]}", spent, "us") for name, spent in read["us"].items()
        ]
    if through := results.load("throughput"):
        found.append(at_least("one slot through Kafka, exactly-once", through["rate"], "events/s", 6_000))
    for guarantee in GOALS:
        for share, wait in (results.load(guarantee) or {}).items():
            found += _of_waits(guarantee, share, wait)
    return found


def _of_waits(guarantee: str, share: str, wait: Mapping[str, Any]) -> list[Claim]:
    label = f"{guarantee}, {share} of capacity, {wait['rate']:,} events/s"
    p99 = at_most(f"{label}: p99", wait["p99"], "ms", GOALS[guarantee]) if share == "50%" else measured(f"{label}: p99", wait["p99"], "ms")
    return [
        at_least(f"{label}: sent", wait["reached"], "events/s", round(0.98 * wait["rate"])),
        measured(f"{label}: p50", wait["p50"], "ms"),
        p99,
        exactly(f"{label}: scored events without a decision", wait["lost"], "events", 0),
    ]


def main() -> int:
    """Measure the selected parts, and print all results. Returns 1 if something misses its goal."""
    parser = argparse.ArgumentParser(prog="python -m bench.run", description=__doc__)
    parser.add_argument("--only", default=",".join(PARTS), help=f"parts, comma-separated, of {', '.join(PARTS)}, page")
    wanted = parser.parse_args().only.split(",")
    if unknown := set(wanted) - {*PARTS, "page"}:
        parser.error(f"there is no part {', '.join(sorted(unknown))}: choose of {', '.join(PARTS)}, page")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # leave every `with`, so that no stack keeps running
    measure(wanted)
    found = claims()
    show(found)
    return 0 if all(claim.holds for claim in found) else 1


if __name__ == "__main__":
    sys.exit(main())
