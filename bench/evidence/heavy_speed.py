"""Claim 6 of models: the heavy day of `bench.load`, in the engine alone and through Kafka: what `make bench` measures."""

from bench import run
from bench.report import Claim


def check() -> list[Claim]:
    """Fifty campaigns of which five match each event, one event in twenty scored, 100,000 customers."""
    run.measure()
    return run.claims()
