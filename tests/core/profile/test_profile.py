"""The profile's bytes: small, bounded, tagged, and readable forever."""

import msgspec
import pytest

from tests.builders import DAY, HOUR, MINUTE, MONDAY, Life, book, campaign, event
from udfs.core.engine import Engine
from udfs.core.profile.state import RING, Message, Profile
from udfs.core.profile.stored import decode, encode


def test_a_typical_profile_is_about_2_kb() -> None:
    """Forty events over two weeks: visits, a cart of three, an order, traits, and the shipped features."""
    from importlib import resources

    from ruamel.yaml import YAML

    features = YAML(typ="safe", pure=True).load((resources.files("campaigns") / "features.yaml").read_text())
    life = Life(Engine(book(features, campaign())))
    life.live([event("identify", MONDAY, type="identify", traits={"email": "ada@example.org", "first_name": "Ada", "plan": "gold"})])
    for visit in range(8):
        start = MONDAY + visit * 2 * DAY
        life.live(event("product_viewed", start + i * MINUTE, product_id=f"sku-{visit}-{i}", category="tents", price=20.5 + i) for i in range(4))
    last = MONDAY + 16 * DAY
    life.live(event("product_added", last + i, product_id=f"sku-{i}", name=f"Product {i}", price=19.99, quantity=1) for i in range(3))
    life.live([event("order_completed", last + HOUR, order_id="o1", total=59.97, currency="USD")])
    life.live(event("product_added", last + DAY + i, product_id=f"sku-{i}", name=f"Product {i}", price=19.99, quantity=1) for i in range(3))
    assert life.blob is not None
    assert len(life.blob) < 2_200, len(life.blob)


@pytest.mark.slow
@pytest.mark.parametrize("rounds", [1_500, pytest.param(5_000, marks=pytest.mark.slow)])
def test_a_profile_stays_bounded_however_busy_its_user(rounds: int) -> None:
    life = Life(Engine(book(campaign("every", trigger={"event": "page"}, when=None, entry=None), campaign())))
    for number in range(rounds):
        at = MONDAY + number * MINUTE
        life.live([event("page", at), event(f"custom_{number}", at, a=1)])
        life.live([event("product_added", at, product_id=f"p{number}", price=1, quantity=1, cart_id=f"c{number % 500}")])
        life.live([event("identify", at, type="identify", traits={f"trait_{number}": "x" * 2000})])
    assert life.blob is not None
    assert len(life.blob) < 64 * 1024
    assert len(decode(life.blob).ids) == RING * 8


def test_fields_added_later_have_defaults_so_that_old_savepoints_still_read() -> None:
    whole = msgspec.msgpack.decode(encode(Profile(born=1, now=2, zone="UTC")))
    for length in range(3, len(whole)):
        assert decode(msgspec.msgpack.encode(whole[:length])).now == 2


def test_fields_of_a_newer_version_are_skipped() -> None:
    whole = msgspec.msgpack.decode(encode(Profile(born=1, now=2)))
    assert decode(msgspec.msgpack.encode([*whole, "from the future"])) == Profile(born=1, now=2)


@pytest.mark.parametrize("junk", [b"\xc1", b"\x93\x08\x01\x02", encode(Profile(born=1, now=2))[:-1]])
def test_what_is_no_profile_is_refused_rather_than_read_as_one(junk: bytes) -> None:
    with pytest.raises(msgspec.DecodeError):
        decode(junk)


def test_messages_are_kept_packed_and_read_as_they_were_put() -> None:
    profile = Profile(born=0, now=0)
    for number in range(100):
        profile.keep(Message(at=number, channel="email", campaign=f"c{number}"), since=-1, most=500)
        assert [message.at for message in profile.messages] == list(range(number + 1))
        profile = decode(encode(profile))
    for number in range(100, 2_000):
        profile.keep(Message(at=number, channel="email", campaign="c"), since=number - 200, most=150)
    assert 150 <= len(profile.messages) <= 150 + 32
    assert profile.messages[-1].at == 1_999


def test_messages_of_an_older_state_are_read_and_kept() -> None:
    first, second = Message(1, "email", "news"), Message(2, "sms", "news")
    older = decode(encode(Profile(born=0, now=0, packed_messages=[first])))
    assert older.messages == [first]
    older.keep(second, since=0, most=10)
    assert decode(encode(older)).messages == [first, second]
