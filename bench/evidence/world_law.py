"""Claim 2 of the world: record time. Random histories with wrong clocks, reordering, delays, offline flushes and redelivery.

Each is lived by the engine with timers at random instants and without any, and by the oracle that was written from the specification alone.
"""

import random
from collections import Counter
from concurrent.futures import ProcessPoolExecutor

from bench.report import Claim, at_least, exactly
from tests.world_oracle.duel import differences
from tests.world_oracle.engine import Engine, engine
from tests.world_oracle.laws import broken_by
from tests.world_oracle.worlds import World, world

HISTORIES = 100_000
BATCH = 500
WORKERS = 2
LAWS = {
    "nothing_is_sent_after_a_stop_was_read": "messages that went out after a stop had been read",
    "no_cart_is_spoken_of_after_its_purchase_was_read": "cart messages decided after the purchase had arrived",
    "a_cart_is_spoken_of_once": "carts with more than one message",
    "each_order_is_counted_once": "orders counted twice",
    "a_cart_mail_is_recalled_when_the_purchase_arrives_in_time": "cart messages that were not recalled although the purchase came in time",
    "a_recall_speaks_of_a_message_that_went_out": "recalls of what never went out, or went out once and was recalled twice",
    "timers_change_nothing": "histories in which timers changed a decision",
    "redelivery_changes_nothing": "histories in which a repeated record changed a decision",
    "bytes": "histories in which timers changed the state's bytes",
    "oracle": "histories on which engine and oracle do not agree",
}


def check(histories: int = HISTORIES) -> list[Claim]:
    """All laws on every history."""
    broken: Counter[str] = Counter()
    records = 0
    with ProcessPoolExecutor(WORKERS) as pool:
        for found, told in pool.map(_lived, range(0, histories, BATCH)):
            broken += found
            records += told
    return [
        at_least("random histories of one customer", histories, "histories", HISTORIES),
        at_least("records in them", records, "records", histories),
        *(exactly(what, broken[law], "histories", 0) for law, what in LAWS.items()),
    ]


def _lived(first: int) -> tuple[Counter[str], int]:
    broken: Counter[str] = Counter()
    records = 0
    for seed in range(first, first + BATCH):
        story = world(seed)
        records += len(story.told)
        found = {*broken_by(story, engine)}
        found |= {"bytes"} if profiles(story, timers=True) != profiles(story, timers=False) else set()
        found |= {"oracle"} if differences(story, engine) else set()
        broken.update(found)
        if found:
            print(f"   history {seed}: {', '.join(sorted(found))}", flush=True)
    return broken, records


def profiles(story: World, *, timers: bool) -> dict[str, bytes]:
    """What is stored at the end; where time passes, it passes at random instants before each record."""
    chance = random.Random(story.seed)
    player: Engine = engine(story)
    last = story.told[0].record.at if story.told else 0
    for told in story.told:
        moments = sorted(chance.randint(last, told.record.at) for _ in range(chance.randrange(4)))
        for at in moments if timers else ():
            player.time(at)
        player.record(told.record.key, told.record.value, told.record.at)
        last = told.record.at
    player.time(last)
    return player.profiles()
