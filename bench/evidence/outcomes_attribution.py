"""Claim 1 of outcomes: attribution equals an oracle that works out every outcome from the whole history, whenever timers fire.

Histories hold refunds, cancellations, orders that two messages report, late receipts, recalls, unsubscriptions, customers who are forgotten,
holdouts and control groups. Every second one is of somebody who has two ids until a link makes them one.
"""

import random
from collections import Counter
from concurrent.futures import ProcessPoolExecutor

from bench.report import Claim, at_least, exactly, measured
from tests.outcome_oracle.compare import differences
from tests.outcome_oracle.play import again
from tests.outcome_oracle.two import again_of_two, differences_of_two, outcomes_by_decision, world_of_two
from tests.outcome_oracle.world import World
from tests.outcome_oracle.worlds import world

HISTORIES = 100_000
BATCH = 250
WORKERS = 2


def check(histories: int = HISTORIES) -> list[Claim]:
    """Every history once by the engine and by the oracle, and twice more with other timers."""
    found: Counter[str] = Counter()
    with ProcessPoolExecutor(WORKERS) as pool:
        for batch in pool.map(_lived, range(0, histories, BATCH)):
            found += batch
    return [
        at_least("random histories of one customer", histories, "histories", HISTORIES),
        measured("of these, of somebody with two ids", found["of two"], "histories"),
        at_least("events in them", found["events"], "events", histories),
        at_least("outcomes in them", found["outcomes"], "records", histories),
        at_least("of these, revisions of a final outcome", found["revised"], "records", histories // 100),
        exactly("histories on which engine and oracle do not agree", found["oracle"], "histories", 0),
        exactly("histories in which timers changed an outcome", found["timers"], "histories", 0),
        exactly("histories in which timers changed the state's bytes", found["bytes"], "histories", 0),
    ]


def _lived(first: int) -> Counter[str]:
    found: Counter[str] = Counter()
    for seed in range(first, first + BATCH):
        made, broken = _of_two(seed) if seed % 2 else _of_one(seed)
        found["of two"] += seed % 2
        found["events"] += len(made.happenings)
        found["outcomes"] += len(made.told)
        found["revised"] += _revised(made)
        found.update(law for law, is_broken in broken.items() if is_broken)
        if any(broken.values()):
            print(f"   history {seed}: {', '.join(sorted(law for law, is_broken in broken.items() if is_broken))}", flush=True)
    return found


def _of_one(seed: int) -> tuple[World, dict[str, bool]]:
    made, chance = world(seed), random.Random(seed)
    never, at_random = again(made, lambda _: False), again(made, lambda _: chance.random() < 0.5)
    timers = not never.world.told == at_random.world.told == made.told
    return made, {"oracle": bool(differences(made)), "timers": timers, "bytes": never.blob != at_random.blob}


def _of_two(seed: int) -> tuple[World, dict[str, bool]]:
    """Two keys have no order between them, so what is written is compared decision by decision."""
    made, chance = world_of_two(seed), random.Random(seed)
    never, at_random = again_of_two(made, lambda _: False), again_of_two(made, lambda _: chance.random() < 0.5)
    timers = not outcomes_by_decision(never.world) == outcomes_by_decision(at_random.world) == outcomes_by_decision(made)
    return made, {"oracle": bool(differences_of_two(made)), "timers": timers, "bytes": never.blob != at_random.blob}


def _revised(made: World) -> int:
    """How many records say again what a final one said."""
    final: Counter[str] = Counter(each["decision_id"] for each in made.told if each["status"] == "final")
    return sum(number - 1 for number in final.values())
