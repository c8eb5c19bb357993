"""The world: deterministic, everybody's life her own, with bots, log-ins midway and advertisements."""

import itertools
from collections import Counter
from collections.abc import Iterable

import msgspec
import pytest

from simulation.customers import stranger
from simulation.segment_spec import encoded, segment_spec
from simulation.timeline import Posted
from simulation.world import World

pytestmark = pytest.mark.slow

START = 1_764_000_000_000
DAY = 86_400_000
CATEGORIES = ("tents", "boots")


def world(*, seed: int = 7, customers: int = 200, strangers: float = 0.25) -> World:
    return World(seed=seed, start=START, customers=customers, strangers=strangers)


def days(count: float, of: World) -> list[Posted]:
    return list(of.until(of.start + int(count * DAY)))


def hers(events: Iterable[Posted], number: int) -> list[bytes]:
    return [encoded(each) for each in events if each.person.anonymous_id == f"web-7-{number}"]


def action(user: str, *, at: int, channel: str = "email", percent: int = 10, decision: str = "d") -> dict[str, object]:
    return {"decision_id": decision, "user_id": user, "campaign": "c", "variant": "v", "channel": channel, "offer": {"percent": percent}, "at": at}


def test_the_same_seed_gives_the_same_bytes_whatever_the_steps() -> None:
    whole, steps = world(), world()
    at_once = [encoded(each) for each in days(3, whole)]
    bit_by_bit = [encoded(each) for hour in range(1, 73) for each in steps.until(START + hour * 3_600_000)]
    assert at_once == bit_by_bit
    assert len(at_once) > 1_000


def test_ones_life_does_not_depend_on_who_else_is_there() -> None:
    few, many = days(10, world(customers=40, strangers=0)), days(10, world(customers=300))
    assert all(hers(few, number) == hers(many, number) for number in range(40))
    assert sum(bool(hers(few, number)) for number in range(40)) > 30


def test_ones_life_does_not_depend_on_messages_to_others() -> None:
    quiet, told = world(), world()
    ordinary = days(10, quiet)
    for number, life in enumerate(told.customers[100:]):
        told.receive(action(life.person.key, at=START, channel="sms", percent=30, decision=f"d{number}"))
    lively = days(10, told)
    assert all(hers(ordinary, number) == hers(lively, number) for number in range(100))
    assert any(hers(ordinary, number) != hers(lively, number) for number in range(100, 200))


def test_time_may_pass_where_nobody_does_anything() -> None:
    alone = world(customers=1, strangers=0)
    assert list(alone.until(START + 1)) == []
    assert alone.now == START + 1


def test_some_visits_begin_anonymously_and_log_in_midway() -> None:
    events = [segment_spec(each) for each in days(10, world())]
    logged_in = 0
    for before, after in itertools.pairwise(events):
        if after["type"] == "identify" and "userId" not in before and before["anonymousId"] == after["anonymousId"]:
            assert after["userId"]
            logged_in += 1
    assert logged_in > 20


def test_visits_come_from_somewhere_on_some_device() -> None:
    contexts = [segment_spec(each)["context"] for each in days(5, world())]
    campaigns = Counter(context["campaign"]["source"] for context in contexts if "campaign" in context)
    assert set(campaigns) == {"search", "friends", "newsletter"}
    assert {context["device"]["type"] for context in contexts} == {"mobile", "desktop", "tablet"}
    assert any("referrer" in context.get("page", {}) for context in contexts)


def test_bots_are_in_the_stream_in_even_steps_without_carts_and_unmarked() -> None:
    events = days(20, world(customers=400, strangers=0.5))
    bots = {each.person.key for each in events if each.person.character.bot}
    assert bots
    for bot in bots:
        own = [each for each in events if each.person.key == bot]
        assert {each.click.name or each.click.kind for each in own} == {"page", "Product Viewed"}
        assert len({after.at - before.at for before, after in itertools.pairwise(own)}) == 1
        assert b"bot" not in b"".join(map(encoded, own))


def test_bots_are_few() -> None:
    bots = sum(stranger(number, seed=1, categories=CATEGORIES).character.bot for number in range(2_000))
    assert 10 < bots < 90


def test_the_night_is_quiet() -> None:
    hours = Counter((each.at // 3_600_000) % 24 for each in days(7, world()) if each.person.zone == "Europe/London")
    assert sum(hours[hour] for hour in (2, 3, 4)) < 0.2 * sum(hours[hour] for hour in (19, 20, 21))


def test_message_ids_count_a_persons_own_events() -> None:
    events = days(5, world())
    assert len({each.message_id for each in events}) == len(events)
    assert msgspec.json.decode(encoded(events[0]))["messageId"].startswith(events[0].person.anonymous_id)
