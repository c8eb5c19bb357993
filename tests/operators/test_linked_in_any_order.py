"""The real operator in any order that a cluster could work in, with crashes: nothing is lost, counted twice, stuck, or sent to two sides."""

import json
from collections import defaultdict
from random import Random
from typing import Any

import pytest

from services.local.job import LocalJob
from services.replay.records import Record
from tests.builders import DAY, MONDAY, book, campaign
from tests.identity.test_in_one_process import alias, login, said
from tests.operators.linking import Cluster
from udfs.core.identity import ties
from udfs.core.identity.ties import PATIENCE_MS
from udfs.core.profile.stored import decode
from udfs.operators.stored import is_tied, read

pytestmark = pytest.mark.slow

FEATURES = {"features": [{"name": "views", "event": "product_viewed", "aggregate": "count"}]}
BOOK = book(campaign(when="cart.value > 40"), FEATURES)
LOOKED = {"campaign": "looked", "trigger": {"event": "product_viewed"}, "variants": {"push": {"channel": "push", "content": {"body": "Look."}}}}
BOTH = book(campaign(when="cart.value > 40"), LOOKED, FEATURES)
TENT: dict[str, Any] = {"product_id": "tent", "price": 60, "quantity": 1}
RUNS = 150
ONCE = "exactly-once"
LATER = 2 * MONDAY


def history(random: Random) -> list[list[Record]]:
    """What two people do on up to three devices before and after they log in; each key in a partition of its own. Some records are sent twice."""
    parts: dict[str, list[Record]] = {}
    minute = 0.0
    owner = {"web-1": "kim", "app-2": "kim", "web-3": "ann"}
    known: set[str] = set()
    for _ in range(random.randint(4, 9)):
        minute += random.choice((0.0, 0.01, 1.0, 20.0))
        web = random.choice([*owner])
        person = owner[web]
        if random.random() < 0.3:
            record, key = login(minute, person, web), person
            known.add(web)
        else:
            name, fields = random.choice([("product_viewed", {"product_id": "tent"}), ("product_added", TENT)])
            uses_both = web in known and random.random() < 0.5
            record = said(minute, name, user=person if uses_both else None, web=web, **fields)
            key = person if uses_both else web
        parts.setdefault(key, []).append(record)
        if random.random() < 0.2:
            parts[key].append(record)
    if random.random() < 0.4:
        minute += 1.0
        parts["kim@new"] = [alias(minute, "kim@new", "kim")]
        for name in ("kim", "kim@new"):
            parts.setdefault(name, []).append(said(minute + 1, "product_viewed", user=name, product_id="peg"))
    for person in ("kim", "ann"):
        if random.random() < 0.4:
            minute += 0.01
            parts.setdefault(person, []).append(said(minute, "order_completed", user=person, order_id=f"o-{person}"))
    return [*parts.values()]


def in_order(parts: list[list[Record]]) -> list[Record]:
    return sorted((record for part in parts for record in part), key=lambda record: record.at)


def views(blob: bytes | None) -> list[Any]:
    profile = decode(blob) if blob else None
    return [] if profile is None else [state for key, state in sorted(profile.features.items())]


def seen(state: dict[str, bytes | None]) -> dict[str, list[Any]]:
    return {name: found for name, blob in state.items() if (found := views(blob))}


def state_of(cluster: Cluster) -> dict[str, bytes | None]:
    return {name: read(context.state.held)[1] for name, (_, context) in cluster.keys.items() if not is_tied(context.state.held)}


def waiting(cluster: Cluster) -> list[str]:
    return [name for name, (_, context) in cluster.keys.items() if (held := ties.read(context.ties.held)).parked or held.waits]


@pytest.mark.parametrize("guarantee", ["exactly-once", "at-least-once"])
@pytest.mark.parametrize("crashes", [0, 2], ids=["quiet", "crashes"])
def test_every_view_counts_once_and_for_the_person(guarantee: str, crashes: int) -> None:
    for seed in range(RUNS):
        random = Random(seed)
        parts = history(random)
        alone = LocalJob(BOOK)
        for _ in alone.run(in_order(parts), drain=DAY):
            pass
        cluster = Cluster(BOOK, is_committed=guarantee == ONCE)
        cluster.shuffle(parts, random, drain=DAY, crashes=crashes)
        if guarantee != ONCE:  # a link that a crash has undone may have been passed on before it, and nobody answers it
            for name in waiting(cluster):
                cluster.wait(name, PATIENCE_MS)
        assert waiting(cluster) == [], f"seed {seed}: parked forever"
        assert cluster.told("rejected") == [], f"seed {seed}"
        assert seen(state_of(cluster)) == seen({**alone.profiles}), f"seed {seed}"


@pytest.mark.parametrize("guarantee", ["exactly-once", "at-least-once"])
def test_nothing_is_sent_to_an_old_id_after_its_link_nor_to_two_sides(guarantee: str) -> None:
    """But where its own later records were read before the link: they had settled what was due by then."""
    for seed in range(RUNS):
        random = Random(1_000 + seed)
        parts = history(random)
        linked, alone = dict[str, int](), dict[str, int]()
        for record in reversed(in_order(parts)):
            told = json.loads(record.value)
            if web := told.get("anonymousId"):
                (linked if "userId" in told else alone)[web] = record.at if "userId" in told else max(record.at, alone.get(web, 0))
        cluster = Cluster(BOOK, is_committed=guarantee == ONCE)
        cluster.shuffle(parts, random, drain=DAY, crashes=2)
        acted = [each for each in cluster.told("actions") if each.get("kind") != "recall"]
        for each in acted:
            assert each["at"] < max(linked.get(each["user_id"], LATER), alone.get(each["user_id"], 0)), f"seed {seed}"
        ids = [each["decision_id"] for each in acted]
        if guarantee == ONCE:
            assert len(ids) == len(set(ids)), f"seed {seed}"


def test_what_is_sent_again_after_a_crash_has_the_same_id_whichever_is_read_first() -> None:
    """At least once: what was sent before the crash stays sent, and partitions are read in another order after it."""
    repeated = 0
    for seed in range(2 * RUNS):
        random = Random(seed)
        parts = history(random)
        persons = {
            told["anonymousId"]: told["userId"]
            for record in in_order(parts)
            if {"anonymousId", "userId"} <= (told := json.loads(record.value)).keys()
        }
        cluster = Cluster(BOTH, is_committed=False)
        cluster.shuffle(parts, random, drain=DAY, crashes=2)
        ids = defaultdict[tuple[Any, ...], list[str]](list)
        for each in cluster.told("decisions"):
            person = persons.get(each["user_id"], each["user_id"].removesuffix("@new"))
            ids[person, each["campaign"], each["trigger_event_id"] or each["at"]].append(each["decision_id"])
        repeated += sum(len(found) > 1 for found in ids.values())
        assert all(len(set(found)) == 1 for found in ids.values()), f"seed {seed}"
    assert repeated > RUNS / 3
