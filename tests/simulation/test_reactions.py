"""What people do with messages: their echo carries the decision's id, comes after it, and never after they unsubscribed there."""

from collections import Counter, defaultdict
from collections.abc import Iterator

import pytest

from simulation.dice import dice
from simulation.segment_spec import encoded
from simulation.timeline import Posted
from simulation.world import World
from udfs.codecs.decode import decode
from udfs.core.records import Event

START = 1_764_000_000_000
HOUR = 3_600_000
DAY = 24 * HOUR
ECHO = {"Message Delivered", "Message Bounced", "Message Opened", "Message Clicked", "Message Dismissed", "Unsubscribed"}
CHANNELS = ("email", "push", "sms", "onsite")


def action(user: str, *, at: int, decision: str, channel: str = "email", percent: int = 10, lives: int = 6 * HOUR) -> dict[str, object]:
    return {
        "decision_id": decision,
        "user_id": user,
        "campaign": "spring",
        "variant": "discount",
        "channel": channel,
        "offer": {"percent": percent, "code": "SPRING"},
        "at": at,
        "expires_at": at + lives,
    }


class Pestered:
    """A world in which everybody gets a message every day, wherever she may be found."""

    def __init__(self) -> None:
        self.world = World(seed=5, start=START, customers=300, strangers=0.1)
        self.sent: dict[str, tuple[int, str, str]] = {}
        self.events: list[Posted] = []
        for day in range(12):
            for life in self.world.customers:
                channel = dice(day, life.person.key).choice(CHANNELS)
                self._send(life.person.key, channel, self.world.now)
            for posted in self.world.until(START + (day + 1) * DAY):
                self.events.append(posted)
                if posted.click.name == "Product Viewed" and posted.known and dice("there", posted.message_id).random() < 0.05:
                    self._send(posted.key, "onsite", posted.at)

    def _send(self, user: str, channel: str, at: int) -> None:
        decision = f"d{len(self.sent)}"
        self.sent[decision] = (at, user, channel)
        self.world.receive(action(user, at=at, decision=decision, channel=channel))

    def echo(self) -> Iterator[Posted]:
        return (each for each in self.events if each.click.name in ECHO)


@pytest.fixture(scope="module")
def pestered() -> Pestered:
    return Pestered()


def test_everything_that_can_happen_happens(pestered: Pestered) -> None:
    assert {each.click.name for each in pestered.echo()} == ECHO


def test_an_echo_carries_its_decision_and_comes_after_it_to_the_same_person(pestered: Pestered) -> None:
    for each in pestered.echo():
        at, user, channel = pestered.sent[each.click.properties["decision_id"]]
        assert each.at > at
        assert each.key == user
        assert each.click.properties["channel"] == channel


def test_each_message_is_delivered_or_bounces_then_opened_then_followed(pestered: Pestered) -> None:
    story: dict[str, list[str]] = defaultdict(list)
    for each in pestered.echo():
        story[each.click.properties["decision_id"]].append(str(each.click.name))
    for decision, names in story.items():
        assert names[0] in {"Message Delivered", "Message Bounced"}
        assert len(set(names)) == len(names)
        if "Message Clicked" in names and pestered.sent[decision][2] != "sms":
            assert names.index("Message Opened") < names.index("Message Clicked")


def test_nothing_comes_of_a_channel_after_unsubscribing_from_it(pestered: Pestered) -> None:
    gone: set[tuple[str, str]] = set()
    for each in pestered.echo():
        place = (each.key, each.click.properties["channel"])
        assert place not in gone
        if each.click.name == "Unsubscribed":
            gone.add(place)
    assert len(gone) > 10


def test_whoever_gets_too_many_leaves_more_often() -> None:
    rare = World(seed=5, start=START, customers=300, strangers=0)
    for number, life in enumerate(rare.customers):
        rare.receive(action(life.person.key, at=START, decision=f"d{number}"))
    assert sum(each.click.name == "Unsubscribed" for each in rare.until(START + 3 * DAY)) <= 5


def test_the_codec_takes_every_echo(pestered: Pestered) -> None:
    for each in pestered.echo():
        assert isinstance(decode(each.key.encode(), encoded(each), each.at), Event)


def test_who_follows_a_message_comes_by_its_link(pestered: Pestered) -> None:
    came = [each for each in pestered.events if each.source.campaign and each.source.campaign["source"] == "kairos"]
    assert came
    assert all(each.source.campaign and each.source.campaign["name"] == "spring" for each in came)


def test_a_discount_that_was_seen_is_taken_off_the_order(pestered: Pestered) -> None:
    orders = [each.click.properties for each in pestered.events if each.click.name == "Order Completed"]
    reduced = [order for order in orders if "coupon" in order]
    assert reduced
    assert len(reduced) < len(orders)
    for order in reduced:
        full = sum(product["price"] * product["quantity"] for product in order["products"])
        assert order["total"] == pytest.approx(full * 0.9, abs=0.02)


@pytest.mark.parametrize("channel", CHANNELS)
def test_a_decision_reaches_her_once_however_often_it_comes(channel: str) -> None:
    once, twice = (World(seed=2, start=START, customers=50, strangers=0) for _ in range(2))
    for number in range(50):
        sent = action(once.customers[number].person.key, at=START, decision=f"d{number}", channel=channel)
        once.receive(sent)
        twice.receive(sent)
        twice.receive(sent)
    assert [encoded(each) for each in once.until(START + DAY)] == [encoded(each) for each in twice.until(START + DAY)]


def test_what_has_expired_or_is_for_nobody_is_not_delivered() -> None:
    world = World(seed=2, start=START, customers=50, strangers=0)
    list(world.until(START + DAY))
    world.receive(action(world.customers[0].person.key, at=START, decision="late"))
    world.receive(action("nobody", at=START + DAY, decision="nobody"))
    assert not [each for each in world.until(START + 2 * DAY) if each.click.name in ECHO]


def test_a_message_on_the_page_reaches_only_who_is_there() -> None:
    world = World(seed=2, start=START, customers=50, strangers=0)
    away = [life for life in world.customers if not life.inside]
    for number, life in enumerate(away):
        world.receive(action(life.person.key, at=START, decision=f"d{number}", channel="onsite"))
    assert not [each for each in world.until(START + DAY) if each.click.name in ECHO]


def test_messages_move_some_to_buy(pestered: Pestered) -> None:
    followed = Counter(each.click.name for each in pestered.events if each.source.campaign and each.source.campaign["source"] == "kairos")
    assert followed["Order Completed"] > 5
