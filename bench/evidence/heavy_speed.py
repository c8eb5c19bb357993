"""Claim 6 of models: the heavy day of `bench.load`, in the engine alone and through Kafka."""

from bench.evidence.lab import lab
from bench.evidence.report import Claim, at_least, at_most, exactly, measured
from bench.heavy import Waits, engine_cost, populate, start, throughput, waits

GOALS = {"exactly-once": 200.0, "at-least-once": 40.0}
SHARES = (0.10, 0.50, 0.75)
"""Of what one slot takes at most."""


def check() -> list[Claim]:
    """Fifty campaigns of which five match each event, one event in twenty scored, 100,000 customers."""
    cost = engine_cost()
    with lab() as stack:
        rate = throughput(stack)
    found: list[Claim] = []
    for guarantee, goal in GOALS.items():
        with lab() as stack:
            start(stack, clock="live", guarantee=guarantee)
            populate(stack)
            for share in SHARES:
                found += _claims(waits(stack, guarantee=guarantee, rate=int(rate * share)), guarantee, share, goal)
    return [
        at_most("engine, processor time of an event that five campaigns look at", cost.plain_us, "us", 80),
        at_most("the same with one event in twenty scored", cost.mixed_us, "us", 80),
        at_most("of an event that is scored, decided and acted on", cost.scored_us, "us", 120),
        measured("state of a customer after forty events, median", cost.blob_bytes, "bytes"),
        at_least("one slot through Kafka, exactly-once", rate, "events/s", 6_000),
        *found,
    ]


def _claims(wait: Waits, guarantee: str, share: float, goal: float) -> list[Claim]:
    label = f"{guarantee}, {share:.0%} of capacity, {wait.rate:,} events/s"
    p99 = at_most(f"{label}: p99", wait.p99, "ms", goal) if share == 0.5 else measured(f"{label}: p99", wait.p99, "ms")
    return [measured(f"{label}: p50", wait.p50, "ms"), p99, exactly(f"{label}: scored events without a decision", wait.lost, "events", 0)]
