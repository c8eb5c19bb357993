"""The job without a cluster acts exactly when a naive reading of the rule says so, whatever the history."""

import itertools
import json
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.oracle import acts
from bench.public_data import DATA
from services.documents.files import shipped_folder
from services.local.book import book_of
from services.local.job import LocalJob, Output
from services.replay.online_retail import online_retail
from services.replay.records import Record
from tests.public_data import needs
from udfs.core.campaigns.book import Book
from udfs.core.records import Action, Decision, Event, Rejection

RETAIL = "online_retail/online_retail_all.csv.gz"
REAL = DATA / RETAIL
START = 1_767_600_000_000
SECOND, MINUTE, HOUR = 1_000, 60_000, 3_600_000


@cache
def book() -> Book:
    return book_of([shipped_folder() / "cart-abandonment.yaml"])


def record(at: int, name: str, *, user: str = "ada", message_id: str | None = None, **properties: Any) -> Record:
    message_id = message_id or f"{user}-{at}-{name}"
    event = {"messageId": message_id, "type": "track", "event": name, "userId": user, "timestamp": at, "properties": properties}
    return Record(at, user.encode(), msgspec.json.encode(event))


def run(records: list[Record], **options: Any) -> list[Output]:
    return [output for outputs in LocalJob(book()).run(records, **options) for output in outputs]


def acted(outputs: list[Output]) -> Counter[tuple[str, int]]:
    return Counter((output.user_id, output.at) for output in outputs if isinstance(output, Decision) and output.outcome == "acted")


def expected(records: list[Record]) -> Counter[tuple[str, int]]:
    def events() -> Iterator[dict[str, Any]]:
        for each in records:
            event = json.loads(each.value, parse_float=Decimal)
            yield {**event, "timestamp": stamp(each.at)}

    return Counter((act.user, act.due) for act in acts(events()))


def stamp(at: int) -> str:

    return datetime.fromtimestamp(at / 1000, UTC).isoformat()


PRODUCT = st.fixed_dictionaries(
    {"product_id": st.sampled_from(["tent", "peg"]), "price": st.sampled_from([0, 10, 33.1, 49.5, 99, 99.01, 120])},
    optional={"quantity": st.integers(1, 3)},
)
CART = st.sampled_from([{}, {}, {"cart_id": "c1"}, {"cart_id": "c2"}])
HAPPENED = st.one_of(
    st.tuples(st.just("Product Added"), PRODUCT),
    st.tuples(st.just("Product Added"), PRODUCT),
    st.tuples(st.just("Product Removed"), PRODUCT),
    st.tuples(
        st.just("Cart Viewed"), st.fixed_dictionaries({}, optional={"products": st.lists(PRODUCT, max_size=2, unique_by=lambda p: p["product_id"])})
    ),
    st.tuples(st.just("Checkout Started"), st.just({})),
    st.tuples(st.just("Order Completed"), st.just({})),
    st.tuples(st.just("Cart Cleared"), st.just({})),
    st.tuples(st.just("Product Viewed"), st.just({"product_id": "tent"})),
)
PAUSE = st.sampled_from([0, 1, SECOND, 10 * MINUTE, 30 * MINUTE - 1, 30 * MINUTE, 30 * MINUTE + 1, HOUR])


@st.composite
def histories(draw: st.DrawFn) -> list[Record]:
    steps = draw(st.lists(st.tuples(PAUSE, st.sampled_from(["ada", "bob"]), CART, HAPPENED), max_size=25))
    at, records = START, []
    for number, (pause, user, cart, (name, properties)) in enumerate(steps):
        at += pause
        numbered = {"order_id": str(number)} if name == "Order Completed" else {}
        records.append(record(at, name, user=user, message_id=str(number), **cart, **properties, **numbered))
    return records


@pytest.mark.slow
@settings(max_examples=1000, deadline=None)
@given(histories())
def test_it_acts_when_the_naive_rule_says_so_and_never_else(history: list[Record]) -> None:
    assert acted(run(history)) == expected(history)


@pytest.mark.slow
@needs(RETAIL)
def test_it_acts_when_the_naive_rule_says_so_on_real_purchases() -> None:
    records = list(itertools.islice(online_retail(REAL, abandon=0.3).records, 40_000))
    found = run(records)
    assert acted(found) == expected(records)
    assert acted(found).total() > 300
    assert not [output for output in found if isinstance(output, Rejection)]


def test_outputs_come_in_order_of_time_and_a_decision_with_its_action() -> None:
    history = sorted(record(START + n * 7 * MINUTE, "Product Added", user=f"user {n % 5}", product_id="tent", price=120) for n in range(40))
    steps = list(LocalJob(book()).run(history))
    times = [step[0].at for step in steps]
    assert times == sorted(times)
    assert all({type(output) for output in step} == {Decision, Action} for step in steps)


def test_an_event_at_the_due_time_wins_over_it() -> None:
    bought = record(START + 30 * MINUTE, "Order Completed", order_id="1")
    assert acted(run([record(START, "Product Added", product_id="tent", price=120), bought])) == Counter()


def test_draining_settles_what_is_due_by_then_and_nothing_later() -> None:
    history = [record(START, "Product Added", product_id="tent", price=120)]
    assert acted(run(history, drain=30 * MINUTE - 1)).total() == 0
    assert acted(run(history, drain=30 * MINUTE)).total() == 1
    assert acted(run(history)).total() == 1


def test_a_record_that_is_no_event_is_rejected_and_the_next_one_decided() -> None:
    history = [Record(START, b"unreadable", b"nonsense"), record(START, "Product Added", product_id="tent", price=120)]
    rejected, *decided = run(history)
    assert isinstance(rejected, Rejection)
    assert (rejected.reason, rejected.original) == ("UNKNOWN_FORMAT", b"nonsense")
    assert len(decided) == 2


def test_a_failure_of_the_engine_costs_that_one_event_only(monkeypatch: pytest.MonkeyPatch) -> None:
    job = LocalJob(book())
    engine_on_event = job.engine.on_event

    def broken(blob: bytes | None, event: Event, kept: bytes | None) -> Any:
        if event.properties.get("product_id") == "bomb":
            raise ZeroDivisionError
        return engine_on_event(blob, event, kept)

    monkeypatch.setattr(job.engine, "on_event", broken)
    history = [
        record(START, "Product Added", product_id="tent", price=120),
        record(START + SECOND, "Product Added", product_id="bomb", price=1),
    ]
    outputs = [output for step in job.run(history) for output in step]
    assert [output.reason for output in outputs if isinstance(output, Rejection)] == ["ENGINE_ERROR"]
    assert acted(outputs) == Counter({("ada", START + 30 * MINUTE): 1})  # silence is measured from the accepted event


def test_a_birthday_has_no_end_so_draining_all_ends_after_400_days(tmp_path: Path) -> None:
    campaign = tmp_path / "birthday.yaml"
    campaign.write_text(
        "campaign: birthday\ntrigger: {date: user.birthday}\nvariants: {mail: {channel: email, content: {body: Hurray}}}\n", encoding="utf-8"
    )
    payload = {"messageId": "m", "type": "identify", "userId": "ada", "timestamp": "2026-01-05T10:00:00Z", "traits": {"birthday": "05-17"}}
    record = Record(at=1_767_607_200_000, key=b"ada", value=json.dumps(payload).encode())
    outputs = [output for outputs in LocalJob(book_of([campaign])).run([record]) for output in outputs]
    assert [output.at for output in outputs if isinstance(output, Decision)] == [1_779_008_400_000]
