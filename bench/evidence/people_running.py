"""Claim 2 of people: 10,000 browse, log in and switch devices in the running job, live and as a backlog, through a kill: each is one person there.

The running job is held to two oracles: what the stories say of everybody, and what one process decides about the same records in order of time.
"""

import json
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any, NamedTuple

from bench import heard
from bench.lab import Lab, lab, move_time
from bench.pace import paced
from bench.people_stories import CAP, Story, book, expected, files, records, stories
from bench.report import Claim, exactly, measured
from jobs.options import Options
from services.devstack.topics import topics
from services.kafka import client
from services.kafka.client import ensure_topics
from services.local.job import LocalJob
from services.people.send import encoded, made
from services.replay.records import Record
from udfs.core.decision.requests import PROFILE
from udfs.core.personal_data import Response
from udfs.core.records import Decision
from udfs.core.values.durations import HOUR

PEOPLE = 10_000
RATE = 400
"""Records a second, where they are sent live."""
START = 1_300_000_000_000
ASKED_AT = START + 12 * HOUR
Told = Counter[tuple[str, str, str, str]]
"""Person, campaign, outcome and reason of decisions."""


class Alone(NamedTuple):
    """What one process makes of it."""

    decisions: Told
    profiles: dict[str, Any]


class Sent(NamedTuple):
    """What went out, but what was recalled: by the decision and its attempt."""

    actions: dict[tuple[str, int], dict[str, Any]]
    repeated: int
    recalled: set[str]


def check(people: int = PEOPLE) -> list[Claim]:
    """A backlog and a stream in each guarantee, each on a stack of its own."""
    found: list[Claim] = []
    told = stories(people, seed=2)
    for clock in ("replay", "live"):
        right: Alone | None = None
        for guarantee in ("exactly-once", "at-least-once"):
            with lab() as stack:
                right = right or _in_one_process(told, clock, stack.home)
                for claim in _claims(stack, guarantee, clock, told, right):
                    print(f"   {'' if claim.holds else 'NO: '}{claim.claim}: {claim.figure} {claim.unit}", flush=True)
                    found.append(claim)
    return found


def _claims(stack: Lab, guarantee: str, clock: str, told: list[Story], right: Alone) -> Iterator[Claim]:
    what = f"{guarantee}, {'a backlog' if clock == 'replay' else 'live'}"
    began = time.monotonic()
    read, again = _backlog(stack, guarantee, told) if clock == "replay" else _live(stack, guarantee, told)
    decisions = heard.decisions(stack, right.decisions.total(), again=again)
    yield measured(f"{what}: people, of whom half log in while their events are in flight", len(told), "people")
    yield measured(f"{what}: records that were read when a TaskManager was killed", 100 * read, "%")
    yield from _of_decisions(what, guarantee, decisions, told, right)
    yield from _of_messages(what, guarantee, _sent(stack), told)
    yield from _of_profiles(what, _profiles(stack, told, clock), told, right)
    yield measured(f"{what}: all of it", time.monotonic() - began, "s")


def _of_decisions(what: str, guarantee: str, decisions: list[dict[str, Any]], told: list[Story], right: Alone) -> Iterator[Claim]:
    person = _persons(told)
    unique = {(each["decision_id"], each["attempt"]): each for each in decisions}
    repeated = len(decisions) - len(unique)
    found = Told((person[each["user_id"]], each["campaign"], each["outcome"], each["reason"]) for each in unique.values())
    other, missing = found - right.decisions, right.decisions - found
    for wrong in [*other, *missing][:5]:
        print(f"   {what}: {'not by one process' if wrong in other else 'missing'}: {wrong}", flush=True)
    yield measured(f"{what}: decisions", len(unique), "decisions")
    yield exactly(f"{what}: decisions that one process does not make, or that are missing", other.total() + missing.total(), "decisions", 0)
    if guarantee == "exactly-once":
        yield exactly(f"{what}: decisions that are there twice", repeated, "decisions", 0)
    else:
        yield measured(f"{what}: decisions that are there again under the same id after the kill", repeated, "decisions")


def _of_messages(what: str, guarantee: str, sent: Sent, told: list[Story]) -> Iterator[Claim]:
    person, bought = _persons(told), {story.user for story in told if story.buys}
    left = [each for (decision_id, _), each in sent.actions.items() if decision_id not in sent.recalled]
    every = Counter(person[each["user_id"]] for each in left)
    alike = Counter((person[each["user_id"]], each["campaign"]) for each in left)
    carts = [each["user_id"] for each in left if each["campaign"] == "left-cart"]
    yield measured(f"{what}: messages", len(left), "messages")
    if guarantee == "exactly-once":
        yield exactly(f"{what}: messages that went out twice", sent.repeated, "messages", 0)
    yield exactly(f"{what}: messages that went out again under another id, or to another id of the same person", _beyond(alike, 1), "messages", 0)
    yield exactly(f"{what}: messages beyond the cap", _beyond(every, CAP), "messages", 0)
    yield exactly(
        f"{what}: people who bought within a second of the login, and are reminded of the cart",
        len(bought & {person[each] for each in carts}),
        "people",
        0,
    )
    yield exactly(
        f"{what}: reminders to an id that had turned out to be somebody before they were due",
        sum(person[each] != each for each in carts),
        "messages",
        0,
    )


def _of_profiles(what: str, found: dict[str, Any], told: list[Story], right: Alone) -> Iterator[Claim]:
    unlinked = [story for story in told if (found.get(story.user) or {}).get("ids") != expected(story)["ids"]]
    storied = [
        story.user
        for story in told
        if {name: part for name, part in (found.get(story.user) or {}).items() if name in expected(story)} != expected(story)
    ]
    alone = [story.user for story in told if found.get(story.user) != right.profiles[story.user]]
    for user in [*storied, *alone][:3]:
        print(f"   {what}: {user}: {found.get(user)} is not {right.profiles[user]}", flush=True)
    yield measured(f"{what}: profiles that the job told", len(found), "profiles")
    yield exactly(f"{what}: people of whom an id is not linked, or one too many", len(unlinked), "people", 0)
    yield exactly(f"{what}: profiles that are not what the person did", len(storied), "profiles", 0)
    yield exactly(f"{what}: profiles that differ from those of one process", len(alone), "profiles", 0)


def _persons(told: list[Story]) -> dict[str, str]:
    return {each: story.user for story in told for each in story.ids}


def _beyond(counts: Counter[Any], most: int) -> int:
    return sum(max(0, count - most) for count in counts.values())


def _in_one_process(told: list[Story], clock: str, home: Path) -> Alone:
    """Records in order of time, ids linked by the same rules."""
    job = LocalJob(book(clock, home / "shop"))
    outputs = job.run((Record(START + at, key, value) for at, key, value in records(told, START if clock == "replay" else None)), drain=HOUR)
    decisions = [each for found in outputs for each in found if isinstance(each, Decision)]
    person = _persons(told)
    counted = Told((person[each.user_id], each.campaign, each.outcome.value, each.reason.value) for each in decisions)
    return Alone(counted, {story.user: _of_local(job, story.user) for story in told})


def _of_local(job: LocalJob, user: str) -> Any:
    (answer,) = [each for each in job.take(Record(ASKED_AT, *encoded(made(PROFILE, user), at=ASKED_AT))) if isinstance(each, Response)]
    return _parts(answer.profile)


def _submit(stack: Lab, guarantee: str, clock: str, *more: str) -> None:
    campaigns, policy = files(stack.home / "shop", clock)
    options = ("--clock", clock, "--guarantee", guarantee, "--parallelism", "2", "--link-ids", "on", "--restore", "none")
    stack.kairos("submit", *options, "--campaigns", campaigns, "--policy", policy, *more)


def _backlog(stack: Lab, guarantee: str, told: list[Story]) -> tuple[float, Callable[[], None]]:
    """All of it is there before the job begins. Returns the share that was read at the kill, and how time is moved to the end."""
    ensure_topics(stack.brokers, topics(Options(brokers=stack.brokers, clock="replay", parallelism=2, link_ids="on")))
    every = [(key, value, START + at) for at, key, value in records(told, START)]
    last = every[-1][2]
    with closing(client.producer(stack.brokers, linger_ms=20)) as sender:
        for key, value, at in every:
            sender.send("events", key=key, value=value, timestamp_ms=at)

    def to_the_end() -> None:
        move_time(stack.brokers, "events", last + HOUR)

    _submit(stack, guarantee, "replay", "--from", "earliest")
    stack.wait(lambda: stack.committed("kairos-replay") > len(every) / 10, what="a tenth of the backlog read")
    read = stack.committed("kairos-replay") / len(every)
    stack.kill_task_manager()
    to_the_end()
    return read, to_the_end


def _live(stack: Lab, guarantee: str, told: list[Story]) -> tuple[float, Callable[[], None]]:
    """As it comes, each record at its moment, or as soon as the rate allows. Returns the share that was sent at the kill; time moves by itself.

    Each says its own time, as what client libraries send does. The broker's is that at which it stored a record, and a client may keep back what goes
    to a partition whose leader it does not know yet for longer than an order needs."""
    _submit(stack, guarantee, "live", "--from", "latest")
    every = list(records(told, None))
    with closing(client.producer(stack.brokers)) as sender:
        for number, (_, key, value) in zip(paced(RATE, count=len(every)), every, strict=True):
            sender.send("events", key=key, value=b'%s, "timestamp": %d}' % (value[:-1], time.time() * 1000))
            if number == len(every) // 2:
                stack.kill_task_manager()
    return 0.5, lambda: None


def _sent(stack: Lab) -> Sent:
    actions: dict[tuple[str, int], dict[str, Any]] = {}
    recalled, repeated = set[str](), 0
    for _, _, value in stack.records("actions.email", "actions.push"):
        if value["kind"] == "recall":
            recalled.add(value["decision_id"])
            continue
        name = value["decision_id"], value["attempt"]
        repeated += name in actions
        actions[name] = value
    return Sent(actions, repeated, recalled)


def _profiles(stack: Lab, told: list[Story], clock: str) -> dict[str, Any]:
    """What the running job tells of everybody."""
    at = int(time.time() * 1000) if clock == "live" else ASKED_AT
    return {user: _parts(answer["profile"]) for user, answer in heard.answers(stack, (story.user for story in told), at=at).items()}


def _parts(profile: str | None) -> Any:
    """What does not depend on the millisecond at which something was read, nor on the order of two partitions."""
    told = json.loads(profile or "{}")
    return {
        "carts": sorted((item["product_id"], item["price"], item["quantity"]) for cart in told.get("carts", []) for item in cart["items"]),
        "orders": sorted((each["mark"], each["amounts"], each["gone"]) for each in told.get("orders", [])),
        "features": {name: each["value"] for name, each in told.get("features", {}).items()},
        "messages": sorted((each["campaign"], each["channel"]) for each in told.get("messages", [])),
        "ids": sorted((told.get("other_ids") or {}).get("linked", {})),
        "traits": told.get("traits"),
        "carts_begun": told.get("carts_begun") if not told.get("orders") else None,
    }
