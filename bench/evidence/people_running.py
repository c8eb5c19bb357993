"""Claim 2 of people: 10,000 browse, log in and switch devices in the running job, and are decided about as in one process; live and as a backlog."""

import json
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

from bench.lab import Lab, lab, move_time
from bench.pace import paced
from bench.people_stories import CAP, Story, book, files, records, stories
from bench.report import Claim, exactly, measured
from services.kafka import client
from services.local.job import LocalJob
from services.people.send import encoded, made
from services.replay.records import Record
from udfs.core.decision.requests import PROFILE
from udfs.core.personal_data import Response
from udfs.core.records import Decision
from udfs.core.values.durations import HOUR

PEOPLE, ASKED = 10_000, 2_000
RATE = 400
"""Records a second, where they are sent live."""
START = 1_300_000_000_000
WAIT_S = 300
Told = Counter[tuple[str, str, str, str]]
"""Person, campaign, outcome and reason of decisions."""


def check(people: int = PEOPLE, asked: int = ASKED) -> list[Claim]:
    """Each guarantee, on a stack of its own: a backlog, and a stream. In each a TaskManager is killed. `asked`: whose profiles are compared."""
    found: list[Claim] = []
    for guarantee in ("exactly-once", "at-least-once"):
        for clock in ("replay", "live"):
            with lab() as stack:
                found += _claims(stack, guarantee, clock, stories(people, seed=2), asked)
    return found


def _claims(stack: Lab, guarantee: str, clock: str, told: list[Story], asked: int) -> Iterator[Claim]:
    what = f"{guarantee}, {'a backlog' if clock == 'replay' else 'live'}"
    job, right = _in_one_process(told, clock, stack.home)
    began = time.monotonic()
    _backlog(stack, guarantee, told) if clock == "replay" else _live(stack, guarantee, told)
    decisions = _until_there(stack, right.total())
    person = {each: story.user for story in told for each in story.ids}
    unique = {(each["decision_id"], each["attempt"]): each for each in decisions}
    found = Told((person[each["user_id"]], each["campaign"], each["outcome"], each["reason"]) for each in unique.values())
    actions, recalled = _delivered(stack)
    sent = {key: each for key, each in actions.items() if key[0] not in recalled}
    bought = {story.user for story in told if story.buys}
    yield measured(f"{what}: people, of whom half log in while their events are in flight", len(told), "people")
    yield measured(f"{what}: decisions", len(decisions), "decisions")
    yield exactly(f"{what}: decisions that one process does not make, or that are missing", (found - right).total() + (right - found).total(), "", 0)
    if guarantee == "exactly-once":
        yield exactly(f"{what}: decisions that are there twice", len(decisions) - len(unique), "decisions", 0)
    else:
        yield measured(f"{what}: decisions that are repeated under the same id after the kill", len(decisions) - len(unique), "decisions")
    carts = Counter(person[each["user_id"]] for each in sent.values() if each["campaign"] == "left-cart")
    yield exactly(f"{what}: people who are reminded of one cart twice, under whatever id", sum(count > 1 for count in carts.values()), "people", 0)
    yield exactly(f"{what}: people who bought within a second of the login, and are reminded", len(bought & {*carts}), "people", 0)
    every = Counter(person[each["user_id"]] for each in sent.values())
    yield exactly(f"{what}: people who get more messages than the cap allows", sum(count > CAP for count in every.values()), "people", 0)
    old = [each for each in sent.values() if each["campaign"] == "left-cart" and each["user_id"] != person[each["user_id"]]]
    yield exactly(f"{what}: reminders to an id that had turned out to be somebody before they were due", len(old), "messages", 0)
    wrong, answered = _profiles(stack, job, told[:: max(1, len(told) // asked)], clock)
    yield measured(f"{what}: profiles asked for and compared", answered, "profiles")
    yield exactly(f"{what}: profiles that differ from those of one process", wrong, "profiles", 0)
    yield measured(f"{what}: all of it", time.monotonic() - began, "s")


def _in_one_process(told: list[Story], clock: str, home: Path) -> tuple[LocalJob, Told]:
    """The oracle: records in order of time, ids linked by the same rules."""
    job = LocalJob(book(clock, home / "shop"))
    outputs = job.run((Record(START + at, key, value) for at, key, value in records(told, START if clock == "replay" else None)), drain=HOUR)
    made = [each for found in outputs for each in found if isinstance(each, Decision)]
    person = {each: story.user for story in told for each in story.ids}
    return job, Told((person[each.user_id], each.campaign, each.outcome.value, each.reason.value) for each in made)


def _submit(stack: Lab, guarantee: str, clock: str, *more: str) -> None:
    campaigns, policy = files(stack.home / "shop", clock)
    options = ("--clock", clock, "--guarantee", guarantee, "--parallelism", "2", "--link-ids", "on", "--restore", "none")
    stack.kairos("submit", *options, "--campaigns", campaigns, "--policy", policy, *more)


def _backlog(stack: Lab, guarantee: str, told: list[Story]) -> None:
    """All of it is there before the job begins."""
    _submit(stack, guarantee, "replay")  # creates the topics
    stack.rest.cancel(stack.job())
    last = START
    with closing(client.producer(stack.brokers, linger_ms=20)) as sender:
        for at, key, value in records(told, START):
            last = START + at
            sender.send("events", key=key, value=value, timestamp_ms=last)
    move_time(stack.brokers, "events", last + HOUR)
    _submit(stack, guarantee, "replay", "--from", "earliest")
    stack.kill_task_manager(0)


def _live(stack: Lab, guarantee: str, told: list[Story]) -> None:
    """As it comes, each record at its moment, or as soon as the rate allows."""
    _submit(stack, guarantee, "live", "--from", "latest")
    every = list(records(told, None))
    with closing(client.producer(stack.brokers)) as sender:
        for number, (_, key, value) in zip(paced(RATE, count=len(every)), every, strict=False):
            sender.send("events", key=key, value=value)
            if number == len(every) // 2:
                stack.kill_task_manager(0)


def _until_there(stack: Lab, wanted: int) -> list[dict[str, Any]]:
    """Every committed decision, once there are as many as there should be, and what comes within some seconds after them."""
    found: list[dict[str, Any]] = []
    deadline, enough = time.monotonic() + WAIT_S, False
    with closing(client.consumer(stack.brokers, ["decisions"], start="earliest", committed=True)) as reader:
        while time.monotonic() < deadline:
            for batch in reader.poll(timeout_ms=200).values():
                found += [json.loads(record.value) for record in batch]
            if not enough and len({(each["decision_id"], each["attempt"]) for each in found}) >= wanted:
                enough, deadline = True, time.monotonic() + 10
    return found


def _delivered(stack: Lab) -> tuple[dict[tuple[str, int], dict[str, Any]], set[str]]:
    """Actions, by the decision and its attempt, and which decisions were recalled."""
    actions, recalled = {}, set()
    for _, _, value in stack.records("actions.email", "actions.push"):
        if value["kind"] == "recall":
            recalled.add(value["decision_id"])
        else:
            actions[value["decision_id"], value["attempt"]] = value
    return actions, recalled


def _profiles(stack: Lab, job: LocalJob, told: list[Story], clock: str) -> tuple[int, int]:
    """How many profiles differ, or are not told, and how many were asked for."""
    at = int(time.time() * 1000) if clock == "live" else START + 12 * HOUR
    right = {story.user: _of_local(job, story.user, START + 12 * HOUR) for story in told}
    answers: dict[str, Any] = {}
    with closing(client.consumer(stack.brokers, ["responses"], start="latest")) as reader:
        reader.poll(timeout_ms=1_000)
        with closing(client.producer(stack.brokers)) as sender:
            for story in told:
                key, value = encoded(made(PROFILE, story.user), at=at)
                sender.send("events", key=key, value=value, timestamp_ms=at)
        deadline = time.monotonic() + WAIT_S
        while len(answers) < len(told) and time.monotonic() < deadline:
            for batch in reader.poll(timeout_ms=200).values():
                answers |= {found["user_id"]: _parts(found["profile"]) for found in map(json.loads, (record.value for record in batch))}
    wrong = [user for user, parts in right.items() if answers.get(user) != parts]
    for user in wrong[:3]:
        print(f"   {user}: {answers.get(user)} is not {right[user]}", flush=True)
    return len(wrong), len(told)


def _of_local(job: LocalJob, user: str, at: int) -> Any:
    (answer,) = [each for each in job.take(Record(at, *encoded(made(PROFILE, user), at=at))) if isinstance(each, Response)]
    return _parts(answer.profile)


def _parts(profile: str | None) -> Any:
    """What does not depend on the very millisecond at which something was read, nor on the order of two partitions."""
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
