"""Claim 8: how fast with the shipped campaigns: the engine alone, latency at 300 events/s in both guarantees, throughput."""

from bench.engine import Cost, cost
from bench.lab import lab
from bench.latency import Latency, latency
from bench.report import Claim, at_most, exactly, measured
from bench.throughput import Throughput, throughput


def figures() -> tuple[Cost, dict[str, Latency], Throughput]:
    """Everything measured once, each on what it needs."""
    bare = cost()
    with lab() as stack:
        waits = {guarantee: latency(stack, guarantee=guarantee) for guarantee in ("exactly-once", "at-least-once")}
    with lab() as stack:
        rate = throughput(stack, guarantee="exactly-once")
    return bare, waits, rate


def check() -> list[Claim]:
    """The figures against their goals."""
    bare, waits, rate = figures()
    goals = {"exactly-once": 200.0, "at-least-once": 50.0}
    found = [
        measured("engine in a bare loop, shipped campaigns and features: processor time", bare.engine_us, "us/event"),
        measured("decoding and checking an event of JSON", bare.decode_us, "us/event"),
        measured("state of a user after forty events (median)", bare.blob_bytes, "bytes"),
        measured("throughput of one slot, exactly-once, Kafka to Kafka", rate.rate, "events/s"),
    ]
    for guarantee, wait in waits.items():
        found += [
            measured(f"{guarantee}, 300 events/s: event to decision, p50", wait.p50, "ms"),
            measured(f"{guarantee}, 300 events/s: event to decision, p95", wait.p95, "ms"),
            at_most(f"{guarantee}, 300 events/s: event to decision, p99", wait.p99, "ms", goals[guarantee]),
            exactly(f"{guarantee}, 300 events/s: events without a decision", wait.lost, "events", 0),
        ]
    return found
