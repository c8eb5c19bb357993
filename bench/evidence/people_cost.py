"""Claim 5 of people: what linking ids costs whoever is linked to nobody, linked people, and the login itself; in the operator, and on a cluster."""

from collections.abc import Iterator
from typing import Any

from bench.lab import lab
from bench.linked_ids import GUARANTEES, throughput, wait
from bench.linked_operator import Measured, measure, pointers
from bench.report import Claim, at_most, exactly, measured

EVENTS, ROUNDS, USERS = 20_000, 7, 500
PEOPLE, BACKLOG = 1_500, 150_000
PATIENCE_GOAL_MS = 2_000


def check(events: int = EVENTS, rounds: int = ROUNDS, users: int = USERS, *, cluster: bool = True) -> list[Claim]:
    """`events` of `users` through the operator, `rounds` times; if `cluster`, also people who log in, and a backlog, on a cluster: as many as go with
    so many events."""
    people, backlog = PEOPLE * events // EVENTS, BACKLOG * events // EVENTS
    found = [*_operator(measure(events=events, users=users, rounds=rounds)), *_pointers(users)]
    for guarantee in GUARANTEES if cluster else ():
        found += [*_latency(guarantee, people), *_speed(guarantee, backlog)]
    return found


def _operator(told: Measured) -> Iterator[Claim]:
    yield measured("an event of nobody who is linked, without --link-ids", told.off.us, "us")
    yield measured("the same with --link-ids on", told.on.us, "us")
    yield at_most("with against without, for whoever is linked to nobody", told.on_to_off, "times", 1.05)
    yield exactly("bytes of state more, for whoever is linked to nobody", told.on.state_bytes - told.off.state_bytes, "bytes", 0)
    yield exactly("second states of those who are linked to nobody", told.on.second_states, "states", 0)
    yield measured("an event of a linked person, half of them under her other id", told.linked.us, "us")
    yield measured("against somebody who is linked to nobody", told.linked_to_on, "times")
    yield at_most("the same, p99 of single events", told.linked.p99_us / told.on.p99_us, "times", 2)
    yield measured(
        "state of a linked person, median, against somebody who is linked to nobody", told.linked.median_bytes - told.on.median_bytes, "bytes"
    )
    yield measured("a login, at both keys: handing over, parking, merging", told.login_us, "us")


def _pointers(users: int) -> Iterator[Claim]:
    sizes = pointers(users)
    yield at_most("a pointer, largest of ids as long as a UUID and an e-mail address", max(sizes), "bytes", 199)


def _latency(guarantee: str, people: int) -> Iterator[Claim]:
    found: dict[str, dict[str, Any]] = {}
    for link_ids in ("off", "on"):
        with lab() as stack:
            found[link_ids] = wait(stack, guarantee=guarantee, people=people, link_ids=link_ids)
    off, on = found["off"], found["on"]
    yield exactly(f"{guarantee}: decisions that did not come", sum(3 * people - sum(_counts(each)) for each in (off, on)), "decisions", 0)
    for share in ("p50", "p99"):
        yield measured(f"{guarantee}: event to decision of a stranger without --link-ids, {share}", off["stranger"][share], "ms")
        yield measured(f"{guarantee}: the same with --link-ids on, {share}", on["stranger"][share], "ms")
        yield measured(f"{guarantee}: of somebody who has been linked, {share}", on["later"][share], "ms")
        yield measured(f"{guarantee}: of the login itself, which waits for the other id's history, {share}", on["login"][share], "ms")
    yield at_most(f"{guarantee}: linked people against strangers, p99", on["later"]["p99"] / on["stranger"]["p99"], "times", 2)
    yield at_most(f"{guarantee}: a login, p99", on["login"]["p99"], "ms", PATIENCE_GOAL_MS)


def _counts(told: dict[str, Any]) -> Iterator[int]:
    return (told[kind]["count"] for kind in ("stranger", "login", "later"))


def _speed(guarantee: str, backlog: int) -> Iterator[Claim]:
    rates: dict[str, float] = {}
    for link_ids in ("off", "on"):
        with lab() as stack:
            rates[link_ids] = float(str(throughput(stack, guarantee=guarantee, link_ids=link_ids, events=backlog)["events_per_s"]))
        yield measured(f"{guarantee}: a backlog, --link-ids {link_ids}", rates[link_ids], "events/s")
    yield measured(f"{guarantee}: with against without", rates["on"] / rates["off"], "times")
