"""Claim 4 of people, in the running job: the same week as a backlog, with a tenth of the people erased in it, through a kill, in both guarantees.

One process that erases nobody is the control run. Time is that of the records, so a week is over in minutes; what retention does once its
time is over is shown by one process, since a broker goes by the wall clock.
"""

import json
import time
from collections import Counter
from collections.abc import Iterator
from typing import Any

from bench import heard
from bench.evidence.people_erasure import PEOPLE, START, run, week, with_erasures
from bench.lab import Lab, lab, move_time, send_all
from bench.report import Claim, exactly, measured
from jobs.options import Options
from services.devstack.topics import topics
from services.kafka.client import ensure_topics
from services.local.job import LocalJob
from services.people.places import Places
from services.people.send import encoded, made
from services.people.trace.everywhere import Person, asked, trace
from services.people.trace.state import answer
from services.replay.records import Record
from udfs.core.decision.requests import PROFILE
from udfs.core.personal_data import Response
from udfs.core.records import Decision
from udfs.core.values.durations import DAY, HOUR

END = START + 7 * DAY + HOUR
ASKED_AT = END + HOUR
TRACED = 2
"""Erased people whose traces are followed through every topic and the job; each reads all topics to their ends."""
Told = Counter[tuple[str, str, str, str, int]]
"""Person, campaign, outcome, reason and time of decisions."""


def check(people: int = PEOPLE) -> list[Claim]:
    """Each guarantee on a stack of its own."""
    shop, at = week(people)
    control = run(shop, set(at))
    decided = Told(_key(each) for each in control.others if isinstance(each, Decision))
    others = [f"user-{number}" for number in range(people) if f"user-{number}" not in at]
    profiles = {user: _parts(_of_local(control.job, user)) for user in others}
    found: list[Claim] = []
    for guarantee in ("exactly-once", "at-least-once"):
        with lab() as stack:
            for claim in _claims(stack, guarantee, with_erasures(shop, at), at, decided, profiles):
                print(f"   {'' if claim.holds else 'NO: '}{claim.claim}: {claim.figure} {claim.unit}", flush=True)
                found.append(claim)
    return found


def _claims(stack: Lab, guarantee: str, events: list[Record], at: dict[str, int], decided: Told, profiles: dict[str, Any]) -> Iterator[Claim]:
    began = time.monotonic()
    _process(stack, guarantee, events)
    decisions = heard.decisions(
        stack, decided.total(), again=lambda: move_time(stack.brokers, "events", END), counts=lambda each: each["user_id"] not in at
    )
    ours = {(each["decision_id"], each["attempt"]): each for each in decisions}
    about_others = Told(
        (each["user_id"], each["campaign"], each["outcome"], each["reason"], each["at"]) for each in ours.values() if each["user_id"] not in at
    )
    yield measured(f"{guarantee}: events of {len(at) + len(profiles):,} people", len(events) - len(at), "events")
    yield measured(f"{guarantee}: decisions about others", about_others.total(), "decisions")
    differing = (about_others - decided).total() + (decided - about_others).total()
    yield exactly(f"{guarantee}: decisions about others that differ from those of the control run", differing, "decisions", 0)
    if guarantee == "exactly-once":
        yield exactly(f"{guarantee}: decisions that are there twice", len(decisions) - len(ours), "decisions", 0)
    yield from _of_messages(stack, guarantee, at)
    told = heard.answers(stack, [*at, *profiles], at=ASKED_AT)
    erased = [told.get(user, {}) for user in at]
    yield exactly(f"{guarantee}: people erased, of whom the job knows nothing", sum(map(_is_gone, erased)), "people", len(at))
    wrong = [user for user, profile in profiles.items() if user not in told or _parts(told[user]["profile"]) != profile]
    for user in wrong[:2]:
        print(f"   {guarantee}: {user}: {_parts(told.get(user, {}).get('profile'))} is not {profiles[user]}", flush=True)
    yield exactly(f"{guarantee}: others whose profile differs from that of the control run", len(wrong), "people", 0)
    yield exactly(f"{guarantee}: of {TRACED} erased people, traces that find one in state", _traced(stack, list(at)[:TRACED]), "people", 0)
    yield measured(f"{guarantee}: all of it", time.monotonic() - began, "s")


def _process(stack: Lab, guarantee: str, events: list[Record]) -> None:
    """All of it is there before the job begins, and a TaskManager is killed when a third has been read."""
    ensure_topics(stack.brokers, topics(Options(brokers=stack.brokers, clock="replay", parallelism=2)))
    send_all(stack.brokers, "events", [(each.key, each.value, each.at) for each in events])
    options = ("--clock", "replay", "--guarantee", guarantee, "--parallelism", "2", "--restore", "none", "--from", "earliest")
    stack.kairos("submit", *options)
    stack.wait(lambda: stack.committed("kairos-replay") > len(events) / 3, what="a third of the week")
    stack.kill_task_manager()
    move_time(stack.brokers, "events", END)


def _of_messages(stack: Lab, guarantee: str, at: dict[str, int]) -> Iterator[Claim]:
    """What went out to those who were erased, and what was called back."""
    sent, recalled = dict[str, tuple[int, int]](), set[str]()
    after = 0
    for _, _, value in stack.records("actions.email", "actions.push", "actions.sms"):
        user = value["user_id"]
        if user not in at:
            continue
        if value["kind"] == "recall":
            recalled.add(value["decision_id"])
        else:
            sent[value["decision_id"]] = (value["at"], value["expires_at"])
            after += value["at"] > at[user]
    owner = {value["decision_id"]: value["user_id"] for _, _, value in stack.records("decisions") if value["user_id"] in at}
    open_then = {decision_id for decision_id, (moment, end) in sent.items() if moment <= at[owner[decision_id]] < end}
    notices = {value["user_id"] for _, _, value in stack.records("erasures")}
    yield exactly(f"{guarantee}: people erased, and told on `erasures`", len(notices & set(at)), "people", len(at))
    yield exactly(f"{guarantee}: messages to them after their erasure", after, "messages", 0)
    yield measured(f"{guarantee}: messages that were under way", len(open_then), "messages")
    yield exactly(f"{guarantee}: of these, not recalled", len(open_then - recalled), "messages", 0)


def _is_gone(answer: dict[str, Any]) -> bool:
    return answer.get("status") == "erased" and answer.get("profile") is None


def _traced(stack: Lab, users: list[str]) -> int:
    where = Places(brokers=stack.brokers)
    persons = [asked(Person(ids=(user,), erased_at=None), lambda each: answer(where, each, seconds=60)) for user in users]
    return sum(each.there for person in persons for each in trace(where, person) if each.where.startswith("state"))


def _of_local(job: LocalJob, user: str) -> str | None:
    (answer,) = [each for each in job.take(Record(ASKED_AT, *encoded(made(PROFILE, user), at=ASKED_AT))) if isinstance(each, Response)]
    return answer.profile


def _parts(profile: str | None) -> dict[str, Any]:
    """All of it, but the day on which the job put the person on its topic `people`, which a single process does not write."""
    return {name: part for name, part in json.loads(profile or "{}").items() if name != "listed_on"}


def _key(each: Decision) -> tuple[str, str, str, str, int]:
    return each.user_id, each.campaign, each.outcome.value, each.reason.value, each.at
