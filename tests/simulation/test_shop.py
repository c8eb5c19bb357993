"""The shop is deterministic, in order of time, plausible, and speaks what the codec takes."""

import json
from collections import Counter
from collections.abc import Iterable
from itertools import islice, takewhile

import pytest

from simulation.segment_spec import iso, segment_spec
from simulation.shop import BRISK, REAL, Posted, Shop, Tempo
from simulation.sources import Origin
from udfs.codecs.decode import decode
from udfs.core.records import Event

pytestmark = pytest.mark.slow

START = 1_764_000_000_000  # 2025-11-24T16:00:00Z


def opened(*, seed: int = 7, rate: float = 100.0, customers: int = 2_000, strangers: float = 0.25, tempo: Tempo = BRISK) -> Shop:
    return Shop(seed=seed, start=START, rate=rate, customers=customers, strangers=strangers, tempo=tempo)


def written(events: Iterable[Posted]) -> list[str]:
    return [json.dumps(segment_spec(each)) for each in events]


@pytest.fixture(scope="module")
def ten_minutes() -> list[Posted]:
    return list(takewhile(lambda each: each.at < START + 600_000, opened()))


def names(events: Iterable[Posted]) -> Counter[str]:
    return Counter(each.click.name or each.click.kind for each in events)


def test_the_same_seed_gives_the_same_events_byte_for_byte() -> None:
    assert written(islice(opened(), 5_000)) == written(islice(opened(), 5_000))


def test_another_seed_is_another_shop() -> None:
    assert written(islice(opened(), 50)) != written(islice(opened(seed=8), 50))


def test_customers_are_the_same_people_in_every_run_of_a_seed() -> None:
    today = {each.person.key: each.person for each in islice(opened(), 5_000) if each.person.user_id}
    tomorrow = Shop(seed=7, start=START + 86_400_000, rate=100)
    again = {each.person.key: each.person for each in islice(tomorrow, 5_000) if each.person.user_id}
    shared = today.keys() & again.keys()
    assert len(shared) > 100
    assert all(today[key] == again[key] for key in shared)


def test_message_ids_are_unique_also_between_two_runs_of_a_seed() -> None:
    first = [each.message_id for each in islice(opened(), 5_000)]
    second = [each.message_id for each in islice(Shop(seed=7, start=START + 1, rate=100), 5_000)]
    assert len({*first, *second}) == 10_000


@pytest.mark.parametrize("tempo", [BRISK, REAL])
def test_events_come_in_order_of_time_from_the_start_on(tempo: Tempo) -> None:
    times = [each.at for each in islice(opened(tempo=tempo, rate=5), 5_000)]
    assert times == sorted(times)
    assert times[0] >= START


@pytest.mark.parametrize("rate", [20.0, 100.0, 200.0])
def test_the_rate_is_about_what_was_asked_for_from_the_first_seconds_on(rate: float) -> None:
    seen = Counter((each.at - START) // 5_000 for each in takewhile(lambda each: each.at < START + 60_000, opened(rate=rate)))
    spread = max(0.25, 0.5 * (20 / rate) ** 0.5)  # people come by chance: of few, the share that varies is larger
    assert all(seen[window] / 5 == pytest.approx(rate, rel=spread) for window in range(12)), seen


def test_every_event_is_taken_by_the_codec(ten_minutes: list[Posted]) -> None:
    for posted in islice(ten_minutes, 10_000):
        event = decode(posted.key.encode(), json.dumps(segment_spec(posted)).encode(), posted.at)
        assert isinstance(event, Event), event
        assert (event.user_id, event.at, event.message_id) == (posted.key, posted.at, posted.message_id)


def test_the_funnel_narrows_as_in_a_shop(ten_minutes: list[Posted]) -> None:
    seen = names(ten_minutes)
    visits = seen["page"]
    assert 2.0 < seen["Product Viewed"] / visits < 4.5
    assert 0.3 < seen["Product Added"] / visits < 0.9
    assert 0.4 < seen["Order Completed"] / seen["Checkout Started"] < 0.95
    assert seen["Checkout Started"] < seen["Cart Viewed"] < seen["Product Viewed"]
    assert 0.08 < seen["Order Completed"] / visits < 0.25


def test_most_who_fill_a_cart_walk_away_and_some_come_back_to_buy(ten_minutes: list[Posted]) -> None:
    added = {each.person.key for each in ten_minutes if each.click.name == "Product Added"}
    bought = {each.person.key for each in ten_minutes if each.click.name == "Order Completed"}
    assert 0.2 < len(bought) / len(added) < 0.6
    visits = Counter(each.person.key for each in ten_minutes if each.click.kind == "page")
    assert any(visits[key] > 1 for key in bought)


def test_carts_lie_on_both_sides_of_99(ten_minutes: list[Posted]) -> None:
    values = [each.click.properties["value"] for each in ten_minutes if each.click.name == "Cart Viewed"]
    assert 0.3 < sum(value > 99 for value in values) / len(values) < 0.9


def test_an_order_is_what_was_put_into_the_cart_and_not_taken_out(ten_minutes: list[Posted]) -> None:
    carts: dict[str, Counter[str]] = {}
    for posted in ten_minutes:
        cart, name, properties = carts.setdefault(posted.person.key, Counter()), posted.click.name, posted.click.properties
        if name == "Product Added":
            cart[properties["product_id"]] += properties["quantity"]
        elif name == "Product Removed":
            del cart[properties["product_id"]]
        elif name in {"Cart Viewed", "Order Completed"}:
            assert {each["product_id"]: each["quantity"] for each in properties["products"]} == cart
            if name == "Order Completed":
                cart.clear()


def test_strangers_say_nothing_of_themselves(ten_minutes: list[Posted]) -> None:
    strangers = [segment_spec(each) for each in ten_minutes if each.person.user_id is None]
    assert 0.1 < len(strangers) / len(ten_minutes) < 0.4
    assert all("userId" not in each and "traits" not in each for each in strangers)


def test_nobody_is_in_the_shop_twice_at_once() -> None:
    visits: dict[str, list[Origin]] = {}
    for posted in islice(opened(customers=3, rate=20), 20_000):  # so few customers that they are here all the time
        sources = visits.setdefault(posted.person.key, [])
        if not any(posted.source is source for source in sources[-1:]):
            assert not any(posted.source is source for source in sources), "she went on with an earlier visit"
            sources.append(posted.source)
    assert max(map(len, visits.values())) > 20


def test_a_shop_without_a_rate_is_refused() -> None:
    with pytest.raises(ValueError, match="rate above 0"):
        opened(rate=0)


def test_times_are_written_as_trackers_do() -> None:
    assert iso(START + 7) == "2025-11-24T16:00:00.007Z"
