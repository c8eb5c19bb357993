"""Claim 4 of people: of 10,000 who use a shop, 1,000 are erased. Nothing of them is left or leaves, and the others are as if nothing had happened."""

import json
import random
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from bench.report import Claim, exactly, measured
from services.local.book import book_of
from services.local.job import LocalJob, Output
from services.people.send import encoded, made
from services.replay.records import Record
from udfs.core.decision.erase import NAME
from udfs.core.decision.requests import PROFILE
from udfs.core.personal_data import Erasure, Response
from udfs.core.profile.tombstone import is_tombstone
from udfs.core.records import Action, Recall
from udfs.core.values.durations import DAY, HOUR, MINUTE

PEOPLE, ERASED, EVENTS = 10_000, 1_000, 120_000
START = 1_772_438_400_000
"""2026-03-02, midnight UTC."""
SEED = 15


@dataclass
class Run:
    """The result of one run of the shop."""

    job: LocalJob
    actions: list[Action] = field(default_factory=list)
    recalls: list[Recall] = field(default_factory=list)
    notices: list[Erasure] = field(default_factory=list)
    others: list[Output] = field(default_factory=list)
    """Everything about people who are not erased."""


def check() -> list[Claim]:
    """Both runs read the same events; one of them erases."""
    shop, at = week()
    gone = set(at)
    erasing, plain = run(with_erasures(shop, at), gone), run(shop, gone)
    sent_after = [each for each in erasing.actions if each.user_id in gone and each.at > at[each.user_id]]
    open_then = {each.decision_id for each in erasing.actions if each.user_id in gone and each.at <= at[each.user_id] < each.expires_at}
    recalled = {each.decision_id for each in erasing.recalls}
    held = erasing.job.profiles
    differing = [user for user, blob in plain.job.profiles.items() if user not in gone and held.get(user) != blob]
    return [
        measured("people", PEOPLE, "people"),
        measured("events", len(shop), "events"),
        exactly("people erased, and told on `erasures`", len({each.user_id for each in erasing.notices}), "people", ERASED),
        exactly("of these, in whose state is more than a tombstone", sum(not is_tombstone(held[user]) for user in gone), "people", 0),
        exactly("of these, of whom ids of events are kept", sum(user in erasing.job.kept_ids for user in gone), "people", 0),
        exactly("questions about them that were answered with more than `erased`", _known(erasing.job, gone), "answers", 0),
        exactly("messages to them after their erasure", len(sent_after), "messages", 0),
        exactly("messages that were under way and were not recalled", len(open_then - recalled), "messages", 0),
        measured("messages that were under way and were recalled", len(open_then & recalled), "messages"),
        exactly("others whose state differs from a run without erasures", len(differing), "people", 0),
        exactly("records about others that differ from that run", _differing(erasing.others, plain.others), "records", 0),
        measured("records about others", len(plain.others), "records"),
        exactly("erased people of whom anything is in state once their time is over", _left_after(erasing.job, gone), "people", 0),
    ]


def week(people: int = PEOPLE) -> tuple[list[Record], dict[str, int]]:
    """What so many people do in a week, and when one in ten of them is erased."""
    chance = random.Random(SEED)
    shop = list(_shop(chance, people))
    gone = [f"user-{number}" for number in chance.sample(range(people), people * ERASED // PEOPLE)]
    return shop, {user: START + chance.randrange(2 * DAY, 5 * DAY) for user in gone}


def _shop(chance: random.Random, people: int) -> Iterator[Record]:
    """A week: people look, fill carts, buy, and come back."""
    names = ("Product Viewed", "Product Viewed", "Product Added", "Product Added", "Order Completed", "Page Viewed", "Cart Viewed")
    times = sorted(START + chance.randrange(7 * DAY) for _ in range(people * EVENTS // PEOPLE))
    for number, moment in enumerate(times):
        user, name = f"user-{chance.randrange(people)}", chance.choice(names)
        properties = {"product_id": f"sku-{chance.randrange(50)}", "price": 120.0, "quantity": 1, "name": "Tent", "category": "tents"}
        if name.startswith("Order"):
            properties = {"order_id": f"o-{number}", "total": 120.0}
        told = {"type": "track", "event": name, "messageId": f"m-{number}-of-the-week", "userId": user, "timestamp": moment, "properties": properties}
        yield Record(moment, user.encode(), json.dumps(told).encode())


def with_erasures(shop: Iterable[Record], at: dict[str, int]) -> list[Record]:
    """The same week, with what erases these people at these times."""
    orders = [Record(moment, *encoded(made(NAME, user, as_user=True), at=moment)) for user, moment in at.items()]
    return sorted([*shop, *orders], key=lambda record: record.at)


def run(records: Iterable[Record], gone: set[str]) -> Run:
    """All of it in one process. `gone`: who is erased in one of the two runs."""
    done = Run(LocalJob(book_of(())))
    for outputs in done.job.run(records, drain=HOUR):
        for each in outputs:
            user = getattr(each, "user_id", "")
            if isinstance(each, Action):
                done.actions.append(each)
            elif isinstance(each, Recall):
                done.recalls.append(each)
            elif isinstance(each, Erasure):
                done.notices.append(each)
            if user not in gone:
                done.others.append(each)
    return done


def _known(job: LocalJob, gone: set[str]) -> int:
    at = START + 8 * DAY
    answers = [each for user in gone for each in job.take(Record(at, *encoded(made(PROFILE, user), at=at)))]
    return sum(each.status != "erased" or each.profile is not None for each in answers if isinstance(each, Response))


def _differing(some: list[Output], others: list[Output]) -> int:
    """The order of people among each other is that of time, and may differ at one instant."""
    ours, theirs = sorted(map(repr, some)), sorted(map(repr, others))
    return sum(one != other for one, other in zip(ours, theirs, strict=False)) + abs(len(some) - len(others))


def _left_after(job: LocalJob, gone: set[str]) -> int:
    for _ in job.until(START + 60 * DAY + MINUTE):
        pass
    return sum(bool(job.profiles.get(user)) for user in gone)
