"""The ranker learns from lists that were shown: what counts as a click, how much it says, and that it finds an order that the log hides."""

import dataclasses
import gzip
import json
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import pytest

from tests.builders import DAY, MINUTE, MONDAY
from tests.core.recommend.rankers import facts
from training.errors import HistoryError
from training.recommend import exposed, ranker
from training.recommend.cases import Cases
from training.recommend.clicks import MAX_WEIGHT, clicks
from training.recommend.interactions import Interactions, Told
from training.recommend.reranked import TRIED, candidates
from training.recommend.sequences import Sequences
from training.recommend.shown import Log, ShownList, read
from udfs.core.recommend.candidates import About
from udfs.core.recommend.candidates import candidates as brought
from udfs.core.recommend.chosen import Pool, chosen
from udfs.core.recommend.strategy import Strategy
from udfs.recommend.packed import Learned, PackedRecommender, Rows, pack

NOBODY = Told(events=0, used=0, rejected=0, set_aside=0, again=0, without_product=0, others={}, first_rejected=None, note=None)
GOOD = [f"good{number}" for number in range(6)]
POOR = [f"poor{number}" for number in range(6)]
ITEMS = sorted(["seen", *GOOD, *POOR])
LIKED = {**dict.fromkeys(GOOD, 0.35), **dict.fromkeys(POOR, 0.2)}
"""How likely somebody takes an item that they look at: the truth, which the policy does not know."""


def interactions(taken: list[list[tuple[str, int]]]) -> Interactions:
    """What each person took, and when."""
    number = {name: place for place, name in enumerate(ITEMS)}
    items = np.array([number[item] for mine in taken for item, _ in mine], np.int32)
    times = np.array([at for mine in taken for _, at in mine], np.int64)
    starts = np.cumsum([0, *map(len, taken)]).astype(np.int64)
    return Interactions(sequences=Sequences(items, times, starts, len(ITEMS)), people=[f"u{n}" for n in range(len(taken))], items=ITEMS, told=NOBODY)


def recommender() -> PackedRecommender:
    """The poor ones have the largest sums, and so they are shown first, again and again. People take the good ones lately."""
    number = {name: place for place, name in enumerate(ITEMS)}
    near = [number[each] for each in [*POOR, *GOOD]]
    rows = [(near, [1 - place / 20 for place in range(12)]) if name == "seen" else ([], []) for name in ITEMS]
    told = facts(ITEMS, item_people=dict.fromkeys(POOR, 5.0), item_lately=dict.fromkeys(GOOD, 3.0))
    return PackedRecommender(
        pack(Learned(ids=ITEMS, decay=0.8, weights={"together": 1.0}, near={"together": Rows.of(rows)}, leading={}, of_items=told)), ""
    )


def simulated(people: int, *, explore: float = 0.3) -> tuple[list[ShownList], Interactions]:
    """Everybody is shown one list. The second place is looked at half as much as the first, the third a third as much, and so on."""
    random = Random(7)
    source, strategy = recommender(), Strategy(explore=explore, fill=())
    ordered = list(brought(source, strategy, About(["seen"])))
    lists, taken = [], []
    for person in range(people):
        at = MONDAY + person * MINUTE
        found = chosen(Pool(iter(ordered), lambda _: True), strategy, 8, lambda _: random.random())
        items = [each.candidate.item for each in found]
        lists.append(ShownList(f"u{person}", at, items, [each.probability for each in found]))
        mine = [("seen", at - MINUTE)]
        mine += [(item, at + MINUTE) for place, item in enumerate(items, 1) if random.random() < LIKED[item] / place]
        taken.append(mine)
    return lists, interactions(taken)


def right(found: ranker.Ranker) -> float:
    """How often it puts a good item before a poor one."""
    known = interactions([[("seen", MONDAY)]]).sequences
    one = np.array([0], np.int64)
    listed = candidates(recommender(), Cases(known, one, one + 1, np.array([0], np.int32), one - 1, one, masked=False), ())
    score = dict(zip([ITEMS[each] for each in listed.ids], ranker.predict(found.booster, listed.features), strict=True))
    return float(np.mean([score[good] > score[poor] for good in GOOD for poor in POOR]))


@pytest.mark.slow
def test_the_better_order_is_found_where_clicks_alone_say_what_was_shown_first() -> None:
    lists, told = simulated(3_000)
    found = clicks(lists, told, since=0)
    assert found.is_measured and found.examined[0] == 1 and found.examined[3] < 0.5
    count = {name: sum(ITEMS[each.item] == name for each in found.clicks) for name in ITEMS}
    assert sum(map(count.__getitem__, POOR)) > 1.3 * sum(map(count.__getitem__, GOOD)), "counted, the poor ones are the better ones"
    made = exposed.groups(found, told.sequences, recommender(), ())
    assert made is not None
    fitted = ranker.fit(made, seed=0, tried=TRIED)
    naive = ranker.fit(dataclasses.replace(made, weights=np.ones(len(made.target))), seed=0, tried=TRIED)
    assert fitted is not None and naive is not None
    assert right(fitted) > 0.95
    assert right(naive) < 0.9, "clicks alone keep the item first that was always shown first"


def test_a_log_says_what_it_was_learned_from_and_one_with_few_clicks_why_not() -> None:
    lists, told = simulated(1_500)
    found = exposed.learn(Log(lists=lists, left_out={}), told, lambda _: recommender(), (), seed=0)
    assert found.ranker is not None and "lists that were shown" in found.told and "measured on drawn items" in found.told
    few = exposed.learn(Log(lists=lists[-30:], left_out={"records that are no decision": 2}), told, lambda _: recommender(), (), seed=0)
    assert few.ranker is None and "fewer than 200" in few.told and "2 records that are no decision" in few.told
    none = exposed.learn(Log(lists=[], left_out={}), told, lambda _: recommender(), (), seed=0)
    assert none.ranker is None and "no list" in none.told


def test_what_is_learned_from_comes_before_the_lists_whose_clicks_are_used() -> None:
    lists, told = simulated(1_500)
    seen: list[Sequences] = []

    def opened(early: Sequences) -> PackedRecommender:
        seen.append(early)
        return recommender()

    exposed.learn(Log(lists=lists, left_out={}), told, opened, (), seed=0)
    (early,) = seen
    since = int(np.quantile(told.sequences.times, 0.5))
    assert len(early) == len(told.sequences) and early.times.max() < since and len(early.items) == (told.sequences.times < since).sum()


def shown(at: int, *items: str, person: str = "u0", probability: float = 1.0) -> ShownList:
    return ShownList(person, at, items, [probability] * len(items))


def test_a_click_is_what_is_taken_within_a_day_of_the_latest_list_that_had_it() -> None:
    told = interactions([[("seen", MONDAY), ("good0", MONDAY + 20 * MINUTE), ("good1", MONDAY + 3 * DAY)]])
    lists = [shown(MONDAY + MINUTE, "poor0", "good0"), shown(MONDAY + 2 * MINUTE, "good0", "good1")]
    (found,) = clicks(lists, told, since=0).clicks
    assert (ITEMS[found.item], found.place, found.end) == ("good0", 0, 1)
    assert [ITEMS[each] for each in found.shown] == ["good1"]


def test_lists_of_strangers_of_people_without_a_history_and_of_unknown_items_are_no_harm() -> None:
    told = interactions([[("good0", MONDAY + MINUTE)], [("seen", MONDAY), ("good0", MONDAY + 2 * MINUTE)]])
    lists = [
        shown(MONDAY, "good0", "poor0"),
        shown(MONDAY, "good0", "poor0", person="nobody"),
        shown(MONDAY, "gone", "good0", "zzz", person="u1"),
    ]
    (found,) = clicks(lists, told, since=0).clicks
    assert (found.person, found.place, found.shown) == (1, 1, [])
    made = exposed.groups(clicks(lists, told, since=0), told.sequences, recommender(), ())
    assert made is not None and not len(made.target), "one item is no order"


def test_a_rare_click_counts_more_and_none_beyond_measure() -> None:
    told = interactions([[("seen", MONDAY), ("good0", MONDAY + 2 * MINUTE)] for _ in range(3)])
    lists = [shown(MONDAY + MINUTE, "good0", "poor0", person=f"u{n}", probability=p) for n, p in enumerate((1.0, 0.25, 0.001))]
    weights = clicks(lists, told, since=0).weights
    assert weights[1] / weights[0] == pytest.approx(4) and weights[2] / weights[0] == pytest.approx(MAX_WEIGHT)


def record(**changed: Any) -> dict[str, Any]:
    items = [{"item": name, "score": 1.0, "source": "together", "because_of": None, "probability": 1.0} for name in ("a", "b")]
    made = {"asked": "recommend(2)", "strategy": "default", "items": items, "reason": None}
    return {"decision_id": "d", "user_id": "u", "campaign": "c", "at": MONDAY, "outcome": "acted", "recommended": [made], **changed}


def test_hostile_logs_are_read_as_far_as_they_say_something(tmp_path: Path) -> None:
    (made,) = record()["recommended"]
    bad = [
        record(),
        record(),
        {"topic": "decisions", "key": "k", "value": record(decision_id="e", at=MONDAY - 1)},
        {"topic": "outcomes", "value": {}},
        {"topic": "decisions"},
        {"decision_id": "f"},
        record(decision_id="g", outcome="withheld"),
        record(decision_id="h", recommended=[{**made, "asked": "recommend(2, like=a)"}]),
        record(decision_id="i", recommended=[{**made, "items": made["items"][:1]}]),
        record(decision_id="j", recommended=[{**made, "items": [{**each, "probability": 0.0} for each in made["items"]]}]),
        record(decision_id="k", recommended=None),
    ]
    path = tmp_path / "decisions.jsonl.gz"
    path.write_bytes(gzip.compress("\n".join(map(json.dumps, bad)).encode() + b"\n\n"))
    found = read([path])
    assert [each.at for each in found.lists] == [MONDAY - 1, MONDAY]
    assert dict(found.left_out) == {
        "lists of a decision that was there before": 1,
        "records that are no decision": 3,
        "lists of messages that were not sent": 1,
        "lists that go by something else than the customer's history": 1,
        "lists with fewer than two items": 1,
        "lists without a probability above 0 and at most 1": 1,
    }
    (tmp_path / "torn.jsonl").write_text('{"decision_id": ')
    with pytest.raises(HistoryError, match="line 1"):
        read([tmp_path / "torn.jsonl"])
