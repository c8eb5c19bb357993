"""Claim 12 of the world: a stranger's events leave a profile bounded. A million for one person, with and without denials."""

from bench.hostile import measure
from bench.report import Claim, at_most, exactly

NUMBER = 1_000_000
MAX_BYTES = 524_288
MAX_MS = 10.0


def check() -> list[Claim]:
    """Half of them from somebody who denies everything all the time."""
    claims = []
    for denials in (False, True):
        found = measure(NUMBER // 2, denials=denials)
        what = f"{found.events:,} hostile events of one person{', who denies all the time' if denials else ''}"
        claims += [
            at_most(f"{what}: the profile at its largest", found.largest, "bytes", MAX_BYTES),
            at_most(f"{what}: an event, on average", found.mean_ms, "ms", MAX_MS),
            at_most(f"{what}: an event at the end / at the beginning", found.last_ms / found.first_ms, "", 20),
            at_most(f"{what}: an ordinary event afterwards", found.afterwards_ms, "ms", MAX_MS),
            exactly(f"{what}: candidates on which the engine failed", found.failures, "", 0),
        ]
    return claims
