"""The steps of a visit: whatever the order of arrival, the text is that of the whole sequence, worked out at once by an oracle."""

import math
from bisect import bisect_right
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.builders import DAY, HOUR, MINUTE, MONDAY, Life, book, event
from udfs.core.engine import Engine
from udfs.core.expressions.moment import Moment
from udfs.core.features.features import FeatureError
from udfs.core.features.language.features import compile_features
from udfs.core.features.model_inputs import Input, columns, encode
from udfs.core.features.steps import ALPHABET, LENGTH, MAX_STEPS, WIDTH, levels
from udfs.core.profile.stored import decode
from udfs.core.records import Event

KINDS = ["product_viewed", "product_added", "product_removed", "checkout_started", "order_completed", "page"]
VISIT = {"name": "visit", "event": KINDS, "aggregate": "steps"}
DOCUMENT = {"features": [VISIT]}
Told = tuple[int, str, str | None, float | None, int]
"""When, what, which product, its price, how many."""


def oracle(told: Sequence[Told], now: int) -> str | None:
    """Worked out from the events themselves, all of them, in order of time."""
    told = sorted(told)[-MAX_STEPS:]
    if not told or now - told[-1][0] > DAY:
        return None
    visit = [told[-1]]
    for each in reversed(told[:-1]):
        if visit[0][0] - each[0] > 30 * MINUTE:
            break
        visit.insert(0, each)
    rows: list[list[int]] = []
    worth, pieces, seen = 0.0, 0, set()
    before = visit[0][0]
    for at, name, told_product, price, quantity in visit:
        product = None if name == "order_completed" else told_product  # an order is known by its id
        kept = 0.0 if price is None else math.expm1(round(math.log1p(price) * 20) / 20)
        if name == "order_completed":
            worth, pieces = 0.0, 0
        elif name in {"product_added", "product_removed"}:
            sign = 1 if name == "product_added" else -1
            worth, pieces = max(0.0, worth + sign * kept * quantity), max(0, pieces + sign * quantity)
        rows.append([KINDS.index(name) + 1, seconds(at - before), money(kept), money(worth), min(pieces, 63), int(product in seen)])
        before = at
        if product:
            seen.add(product)
    rows.append([0, seconds(now - before), 0, money(worth), min(pieces, 63), 0])
    return "".join(ALPHABET[each] for row in rows for each in row)


def seconds(ms: float) -> int:
    return bisect_right([round(math.expm1((level + 0.5) / 5.5) * 1000) for level in range(63)], ms)  # whole milliseconds, as times are


def money(amount: float) -> int:
    return bisect_right([math.expm1((level + 0.5) / 5.5) for level in range(63)], amount + 1e-9)


def happened(told: Told, *, user: str = "ada", number: int = 0) -> Event:
    at, name, product, price, quantity = told
    fields: dict[str, Any] = {"quantity": quantity} | ({"product_id": product} if product else {}) | ({} if price is None else {"price": price})
    return event(name, MONDAY + at, user=user, message_id=f"{user}-{number}-{told}", **fields)


def text(life: Life, at: int) -> Any:
    """What a model would be asked with."""
    assert life.blob is not None
    return compile_features(DOCUMENT).vector(Moment(user_id="ada", profile=decode(life.blob), now=at, cart=None))["visit"]


def lived(*events: Event) -> Life:
    return Life(Engine(book(DOCUMENT))).live(events)


steps = st.tuples(
    st.integers(0, 3 * HOUR).map(lambda ms: ms // 7_000 * 7_000),
    st.sampled_from(KINDS),
    st.sampled_from(("tent", "peg", None)),
    st.sampled_from((None, 0.0, 3.0, 19.5, 240.0)),
    st.integers(1, 3),
)
histories = st.lists(steps, min_size=1, max_size=70, unique_by=lambda each: each[0])


@settings(max_examples=60, deadline=None)
@given(history=histories, order=st.randoms(use_true_random=False), gap=st.integers(0, 30 * HOUR))
def test_in_whatever_order_it_came_the_text_is_that_of_the_whole_sequence(history: list[Told], order: Any, gap: int) -> None:
    """Late events find their places; the profile goes through its bytes after every event, as in a job that is killed."""
    shuffled = list(history)
    order.shuffle(shuffled)
    now = max(each[0] for each in history) + gap
    assert text(lived(*map(happened, shuffled)), MONDAY + now) == oracle(history, now)


def test_a_repeat_of_an_event_is_no_second_step() -> None:
    one = happened((0, "product_viewed", "tent", 60.0, 1))
    assert len(text(lived(one, one, one), MONDAY + MINUTE)) == 2 * WIDTH


def test_a_long_visit_keeps_its_last_fifty_steps_and_a_bounded_number_of_bytes() -> None:
    told: list[Told] = [(n * MINUTE, KINDS[n % 6], f"p{n}", float(n), 1) for n in range(300)]
    life = lived(*map(happened, told))
    assert text(life, MONDAY + 300 * MINUTE) == oracle(told, 300 * MINUTE)
    assert life.blob is not None
    (held,) = decode(life.blob).features.values()
    assert len(held) == MAX_STEPS * 11


def test_after_half_an_hour_of_silence_a_visit_begins_anew_and_a_late_event_may_join_the_two() -> None:
    first, second, between = (0, "product_viewed", "tent", 60.0, 1), (50 * MINUTE, "page", None, None, 1), (25 * MINUTE, "page", None, None, 1)
    apart = lived(happened(first), happened(second))
    assert len(text(apart, MONDAY + HOUR)) == 2 * WIDTH
    assert text(apart.live([happened(between)]), MONDAY + HOUR) == oracle([first, second, between], HOUR)
    assert len(text(apart, MONDAY + HOUR)) == 4 * WIDTH


def test_a_visit_that_ended_over_a_day_ago_is_unknown_and_the_steps_of_an_old_one_are_forgotten() -> None:
    life = lived(happened((0, "product_viewed", "tent", 60.0, 1)))
    assert text(life, MONDAY + DAY) is not None
    assert text(life, MONDAY + DAY + 1) is None
    life.live([happened((3 * DAY, "page", None, None, 1))])
    assert life.blob is not None
    (held,) = decode(life.blob).features.values()
    assert len(held) == 11


@pytest.mark.parametrize("price", ["59,90 EUR?", [1], {"a": 1}, -5, True, None, "nan"])
def test_an_amount_that_nobody_can_read_counts_as_none_and_the_step_stands(price: Any) -> None:
    life = lived(event("product_added", MONDAY, product_id="tent", price=price, quantity="many"))
    assert text(life, MONDAY) == oracle([(0, "product_added", "tent", None, 1)], 0)


def test_amounts_and_quantities_beyond_measure_stay_in_range() -> None:
    life = lived(event("product_added", MONDAY, product_id="x" * 9_000, price=1e300, quantity=10**30))
    found = levels(text(life, MONDAY))
    assert found is not None and max(found) == 63


def test_who_never_did_anything_has_no_steps_and_other_events_are_none() -> None:
    assert text(lived(event("wishlist_viewed", MONDAY)), MONDAY) is None


def test_without_such_a_feature_nothing_is_kept() -> None:
    life = Life(Engine(book({"features": []}))).live([happened((0, "product_viewed", "tent", 60.0, 1))])
    assert life.blob is not None and not decode(life.blob).features


@pytest.mark.parametrize(
    ("changes", "key", "says"),
    [
        ({"event": ["page", "visit_started"]}, "event", "no event of its own"),
        ({"event": [f"e{n}" for n in range(61)]}, "event", "at most 60"),
        ({"of": "properties.price"}, "of", "sums up events"),
        ({"window": "7d"}, "window", "no window"),
        ({"by": "properties.category"}, "by", "not kept by key"),
        ({"each": "properties.products"}, "each", "have no each"),
        ({"default": "AA"}, "default", "have no default"),
    ],
)
def test_a_mistake_in_the_declaration_is_named(changes: dict[str, Any], key: str, says: str) -> None:
    with pytest.raises(FeatureError) as caught:
        compile_features({"features": [VISIT | changes]})
    assert [(each.path[-1], says in each.message) for each in caught.value.problems] == [(key, True)]


def test_the_encoding_is_part_of_the_definition_and_so_is_the_order_of_its_events(monkeypatch: pytest.MonkeyPatch) -> None:
    def definition(**changes: Any) -> str:
        return compile_features({"features": [VISIT | changes]}).features["visit"].definition

    before = definition()
    assert definition(event=KINDS[::-1]) != before and definition(doc="other") == before
    monkeypatch.setattr("udfs.core.features.language.features.ENCODING", 2)
    assert definition() != before


def test_a_model_reads_the_last_steps_from_the_earliest_and_nan_after_them() -> None:
    inputs = [Input("a", ""), Input("visit", "", steps=3), Input("b", "")]
    assert columns(inputs) == {"a": slice(0, 1), "visit": slice(1, 19), "b": slice(19, 20)}
    row = encode(inputs, {"a": 1, "b": 2, "visit": "ABCDEF" + "GHIJKL"})
    assert row[:13] == [1, *range(12)] and all(map(math.isnan, row[13:19])) and row[19] == 2
    assert encode(inputs, {"visit": "A" * 6 + "BCDEFG" * 3})[1:19] == [1, 2, 3, 4, 5, 6] * 3


@pytest.mark.parametrize("value", [None, "", "ABCDE", "ABCDE!", "ABCDEé", 5, ["A"] * 6, True, b"ABCDEF"])
def test_what_is_no_such_text_is_unknown(value: Any) -> None:
    row = encode([Input("visit", "", steps=LENGTH)], {"visit": value})
    assert len(row) == LENGTH * WIDTH and all(map(math.isnan, row))


def test_a_feature_introduced_later_is_unknown_for_a_day() -> None:
    features = compile_features({**DOCUMENT, "introduced": {"visit": MONDAY}})
    life = lived(happened((0, "page", None, None, 1)))
    assert life.blob is not None
    profile = decode(life.blob)
    profile.born = MONDAY - 1
    for now, known in ((MONDAY + HOUR, False), (MONDAY + DAY, True)):
        moment = Moment(user_id="ada", profile=profile, now=now, cart=None)
        assert (features.vector(moment)["visit"] is not None, moment.warming) == (known, not known)


def test_without_consent_to_its_purpose_nothing_is_read_or_kept() -> None:
    limited = {"features": [VISIT | {"purpose": "personalization", "without_consent": "forgotten"}]}
    life = Life(Engine(book(limited, {"consent": {"default": {"personalization": "deny"}}}))).live([happened((0, "product_viewed", "tent", 60.0, 1))])
    assert life.blob is not None and not decode(life.blob).features
