"""The evaluation of recommendations from a file of events to its figures, written from docs/recommendations.md alone: it imports nothing of what it
checks. Slow, and plain enough to be right."""

import json
import math
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

Taken = tuple[int, str]
"""Epoch milliseconds, and an item."""
Recommend = Callable[[Sequence[str], frozenset[str]], list[str]]
"""From a history and what must not be shown to a list."""
HALF_AN_HOUR = 30 * 60_000
LONGEST = 100


class Case(NamedTuple):
    """What is asked."""

    history: list[str]
    target: str


def taken(path: Path) -> dict[str, list[Taken]]:
    """Person -> the items, in order of time; the same message, and the same product of the same order, once."""
    found: list[tuple[int, str, str]] = []
    marks: set[Any] = set()
    for line in path.read_text(encoding="utf-8").splitlines():
        event = json.loads(line)
        at = int(datetime.fromisoformat(event["timestamp"]).timestamp() * 1000 + 0.5)
        properties, person = event["properties"], event["userId"]
        if event["event"] == "Product Viewed":
            products = [properties]
        elif event["event"] == "Order Completed":
            products = properties["products"]
        else:
            continue
        for place, product in enumerate(products):
            order = properties.get("order_id")
            mark = (person, order, product["product_id"]) if order else (person, event["messageId"], place)
            if mark not in marks:
                marks.add(mark)
                found.append((at, person, product["product_id"]))
    people: dict[str, list[Taken]] = defaultdict(list)
    for at, person, item in sorted(found, key=lambda each: each[0]):
        people[person].append((at, item))
    return people


def leave_one_out(people: Mapping[str, list[Taken]]) -> tuple[list[list[str]], list[Case]]:
    """What is learned from, and what is asked: the last item that was new to each person."""
    learned, cases = [], []
    for mine in people.values():
        items = [item for _, item in mine]
        new = [place for place, item in enumerate(items) if item not in items[:place]]
        if len(new) == 1:
            learned.append(items)
            continue
        cases.append(Case(items[: new[-1]], items[new[-1]]))
        learned.append(items[: new[-2]])
    return learned, cases


def by_sessions(people: Mapping[str, list[Taken]]) -> tuple[list[list[str]], list[Case]]:
    """The visits before the latest tenth, and every step of that tenth."""
    visits: list[list[Taken]] = []
    for mine in people.values():
        visit = [mine[0]]
        for before, now in pairwise(mine):
            if now[0] - before[0] > HALF_AN_HOUR:
                visits.append(visit)
                visit = []
            visit.append(now)
        visits.append(visit)
    visits.sort(key=lambda visit: visit[-1][0])
    asked = [place for place, visit in enumerate(visits) if len(visit) > 1]
    first = asked[-max(1, round(len(asked) * 0.1))]
    cases = []
    for visit in visits[first:]:
        items = [item for _, item in visit]
        cases += [Case(items[:place], items[place]) for place in range(max(1, len(items) - LONGEST), len(items))]
    return [[item for _, item in visit] for visit in visits[:first]], cases


def popular(learned: Sequence[Sequence[str]]) -> dict[str, int]:
    """How many people, or visits, have each item."""
    found: dict[str, int] = defaultdict(int)
    for items in learned:
        for item in set(items):
            found[item] += 1
    return found


def by_popularity(learned: Sequence[Sequence[str]]) -> Recommend:
    """What most took, then by id."""
    order = sorted((item for item in popular(learned).items()), key=lambda each: (-each[1], each[0]))
    return lambda history, hidden: [item for item, _ in order if item not in hidden][:20]


def by_pairs(learned: Sequence[Sequence[str]], *, backward: float, damping: float, decay: float, repeats: bool) -> Recommend:
    """What the same people took shortly before or after the latest ten items: one say for each pair, its closest one."""
    together: dict[tuple[str, str], float] = defaultdict(float)
    for items in learned:
        mine: dict[tuple[str, str], float] = {}
        for here, one in enumerate(items):
            for there, two in enumerate(items):
                if here != there and abs(here - there) <= 30 and (repeats or one != two):
                    weight = (1 if there > here else backward) / abs(there - here)
                    mine[one, two] = max(mine.get((one, two), 0), weight)
        for pair, weight in mine.items():
            together[pair] += weight
    people = popular(learned)
    near: dict[str, list[tuple[float, str]]] = defaultdict(list)
    for (one, two), weight in together.items():
        near[one].append((weight / math.sqrt((people[one] + damping) * (people[two] + damping)), two))
    near = {one: sorted(found, key=lambda each: (-each[0], each[1]))[:100] for one, found in near.items()}

    def recommend(history: Sequence[str], hidden: frozenset[str]) -> list[str]:
        scores: dict[str, float] = defaultdict(float)
        for back, item in enumerate(reversed(history[-10:])):
            for score, other in near.get(item, []):
                scores[other] += decay**back * score
        left = [(round(score * 1e6), item) for item, score in scores.items() if item not in hidden and score * 1e6 > 0.5]
        return [item for _, item in sorted(left, key=lambda each: (-each[0], each[1]))[:20]]

    return recommend


def figures(recommend: Recommend, learned: Sequence[Sequence[str]], cases: Sequence[Case], items: int, *, masked: bool) -> dict[str, float]:
    """The measures."""
    lists = [recommend(case.history, frozenset(case.history) if masked else frozenset()) for case in cases]
    places = [shown.index(case.target) + 1 if case.target in shown else 99 for shown, case in zip(lists, cases, strict=True)]
    people = popular(learned)
    slots = [item for shown in lists for item in shown]
    wanted = sum(people.get(case.target, 0) for case in cases) / len(cases)
    return {
        "HR@10": sum(place <= 10 for place in places) / len(places),
        "HR@20": sum(place <= 20 for place in places) / len(places),
        "NDCG@10": sum(1 / math.log2(place + 1) for place in places if place <= 10) / len(places),
        "MRR@20": sum(1 / place for place in places if place <= 20) / len(places),
        "coverage@20": len(set(slots)) / items,
        "popularity_bias@20": sum(people[item] for item in slots) / len(slots) / wanted,
    }
