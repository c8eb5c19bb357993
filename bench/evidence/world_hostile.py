"""Claim 5 of the world: state stays bounded. A million hostile events of one person; a million visitors who pass, and what is left of them."""

from concurrent.futures import ProcessPoolExecutor

from bench import visitors
from bench.hostile import measure
from bench.report import Claim, at_most, exactly, measured

NUMBER = 1_000_000
MAX_BYTES = 524_288
MAX_MS = 10.0
VISITORS = 1_000_000
MAX_STUB_BYTES = 100


def check() -> list[Claim]:
    """One person sends them all; another, half as many, who denies everything all the time. All three parts run side by side on two cores."""
    claims = []
    with ProcessPoolExecutor(2) as pool:
        one, denier = pool.submit(measure, NUMBER, denials=False), pool.submit(measure, NUMBER // 2, denials=True)
        passed = pool.submit(visitors.measure, VISITORS)
        for who, found in (("", one.result()), (", who denies all the time", denier.result())):
            what = f"{found.events:,} hostile events of one person{who}"
            claims += [
                at_most(f"{what}: the profile at its largest", found.largest, "bytes", MAX_BYTES),
                at_most(f"{what}: an event, on average", found.mean_ms, "ms", MAX_MS),
                at_most(f"{what}: an event at the end / at the beginning", found.last_ms / found.first_ms, "", 20),
                at_most(f"{what}: an ordinary event afterwards", found.afterwards_ms, "ms", MAX_MS),
                exactly(f"{what}: candidates on which the engine failed", found.failures, "", 0),
            ]
        return claims + _visitors(passed.result())


def _visitors(found: visitors.Found) -> list[Claim]:
    what = f"{found.visitors:,} anonymous visitors, retention {visitors.RETENTION_DAYS} days"
    return [
        measured(f"{what}: who unsubscribed among them", found.denied, "visitors"),
        measured(f"{what}: held at the same time, at most", found.at_once, "profiles"),
        exactly(f"{what}: what is left when their time is up, but for denials", found.left - found.denied, "profiles", 0),
        at_most(f"{what}: what is left of a denial", found.left_bytes, "bytes", MAX_STUB_BYTES),
        exactly(f"{what}: visitors with ids of events still stored", found.remembered_ids, "visitors", 0),
        exactly(f"{what}: timers still set", found.timers, "timers", 0),
        exactly(f"{what}: messages to who had unsubscribed and comes back", found.mailed_again, "messages", 0),
        exactly(f"{what}: messages that as many others who come back miss", found.denied - found.others_mailed, "messages", 0),
        measured(f"{what}: a visit of two events, from bytes to nothing", found.us, "us of processor"),
    ]
