"""What bandits have learned: it counts while the operator runs, kept over a restore, and refused where it cannot be used."""

import json

import msgspec
from pyflink.common import Row

from tests.operators.fakes import FakeContext
from tests.operators.running import T0, entry, iso, opened, sent
from udfs.core.bandits.learned import Learned
from udfs.core.bandits.posterior import Beta, Posterior
from udfs.core.campaigns.compile_book import compile_book
from udfs.operators.decide import Decide

BANDIT = {
    "campaign": "news",
    "trigger": {"event": "product_viewed"},
    "purpose": "transactional",
    "choose": "bandit",
    "goal": {"event": "order_completed"},
    "variants": {name: {"channel": "email", "content": {"body": name}} for name in ("a", "b")},
}
BOOK = compile_book([entry(0, BANDIT, name="news")], end=1)


def learned(epoch: int, better: str = "a") -> bytes:
    arms: dict[str, Posterior] = {name: Beta(900, 100) if name == better else Beta(100, 900) for name in ("a", "b")}
    return msgspec.json.encode(Learned(campaign="news", epoch=epoch, prior=Beta(1, 1), arms=arms))


def told(operator: Decide, context: FakeContext, value: bytes | None, offset: int = 0) -> list[Row]:
    return list(operator.process_broadcast_element(Row("arms/news", value, offset), context) or ())


def choice(operator: Decide, context: FakeContext, at: int) -> tuple[int, dict[str, float]]:
    event = {"type": "track", "event": "Product Viewed", "messageId": f"m{at}", "userId": "anna", "timestamp": iso(at), "properties": {}}
    rows = sent(operator, context, at, json.dumps(event).encode())
    (decision,) = [json.loads(row[2]) for row in rows if row[0] == "decisions"]
    return decision["choice"]["epoch"], decision["choice"]["probabilities"]


def test_what_was_learned_counts_from_the_next_event_on(context: FakeContext) -> None:
    operator = opened(context, BOOK)
    assert choice(operator, context, T0) == (0, {"a": 0.5, "b": 0.5})
    assert told(operator, context, learned(7)) == []
    assert choice(operator, context, T0 + 1) == (7, {"a": 0.99, "b": 0.01})


def test_after_a_restore_it_is_still_known(context: FakeContext) -> None:
    told(opened(context, BOOK), context, learned(7))
    assert choice(opened(context, BOOK), context, T0) == (7, {"a": 0.99, "b": 0.01})


def test_a_campaign_that_changes_does_not_make_it_forgotten(context: FakeContext) -> None:
    operator = opened(context, BOOK)
    told(operator, context, learned(7))
    changed = entry(5, {**BANDIT, "priority": 3}, name="news")
    operator.process_broadcast_element(Row(changed.key, changed.value, changed.offset), context)
    assert choice(operator, context, T0)[0] == 7


def test_an_older_epoch_is_passed_over(context: FakeContext) -> None:
    operator = opened(context, BOOK)
    told(operator, context, learned(7))
    told(operator, context, learned(6, better="b"), 1)
    assert choice(operator, context, T0) == (7, {"a": 0.99, "b": 0.01})
    assert choice(opened(context, BOOK), context, T0 + 1)[0] == 7


def test_what_cannot_be_used_is_refused_and_the_last_good_one_stays(context: FakeContext) -> None:
    operator = opened(context, BOOK)
    told(operator, context, learned(7))
    (row,) = told(operator, context, b'{"epoch": 8}', 3)
    refused = json.loads(row[2])
    assert (row[0], refused["reason"], refused["key"], refused["field"]) == ("rejected", "BAD_CONTROL", "arms/news", "value")
    assert "(arms offset 3)" in refused["message"]
    assert choice(operator, context, T0)[0] == 7


def test_a_tombstone_makes_it_forget_and_a_restore_does_not_bring_it_back(context: FakeContext) -> None:
    operator = opened(context, BOOK)
    told(operator, context, learned(7))
    told(operator, context, None, 1)
    assert choice(operator, context, T0)[0] == 0
    assert choice(opened(context, BOOK), context, T0 + 1)[0] == 0


def test_what_an_older_version_kept_and_this_one_cannot_read_stops_nothing(context: FakeContext) -> None:
    context.control.put("arms/news", b"\0" * 8 + b"\1{}")
    assert choice(opened(context, BOOK), context, T0)[0] == 0
