"""An export tells every field of a profile, each with its meaning, and nothing of it is bytes."""

import json
from typing import Any

import msgspec

from tests.builders import DAY, HOUR, MINUTE, MONDAY, Life, add, book, campaign, event, mail
from udfs.core.engine import Engine
from udfs.core.export.everything import PARTS, exported, with_meanings
from udfs.core.export.part import Known
from udfs.core.profile import exited, orders, packed, viewed, windows
from udfs.core.profile.cart_state import Cart, Closing, Item, Removal
from udfs.core.profile.cart_state import Waiting as WaitingRemoval
from udfs.core.profile.due import Armed, Deferred, Recheck, Step, Waiting
from udfs.core.profile.identity import Identity
from udfs.core.profile.measured import Measured
from udfs.core.profile.scored import Scored
from udfs.core.profile.state import Consent, Entered, Message, Profile, Reaction, Session, Underway
from udfs.core.profile.stored import decode

T = MONDAY + 10 * HOUR
FEATURES: dict[str, Any] = {
    "features": [
        {"name": "views", "event": "product_viewed", "aggregate": "count", "doc": "Products looked at."},
        {"name": "private_views", "event": "product_viewed", "aggregate": "distinct", "of": "properties.product_id", "purpose": "personalization"},
    ]
}
BOOK = book(mail(), campaign(), FEATURES, {"consent": {"default": {"marketing": "grant", "personalization": "deny"}}})


def full() -> Profile:
    """A profile in which every field holds something."""
    item = Item("tent", 120.0, 1.0, adds=[(0, 1.0)])
    cart = Cart("c1", T, T, "EUR", [item], removed=[Removal(1, ["peg"], 1.0, [item])], ended=T, listed=T, doubted=T, name="c")
    found = Profile(
        born=T,
        now=T + 1,
        zone="Europe/Berlin",
        traits={"first_name": "Ada"},
        session=Session(T, T, 1),
        carts={"c1": cart},
        current="c1",
        carts_born=1,
        cart_closed=T,
        browsed=T,
        seen={"page": T},
        features={BOOK.features.features["views"].state or "": 3, "gone00": 1},
        ids=b"12345678",
        packed_viewed=viewed.pack([("tent", T)]),
        due=[
            Armed(T, "a"),
            Waiting(T, "a", "v", T, T),
            Deferred(T, "a", "v", T, T, "k", 1, ["QUIET_HOURS"]),
            Step(T, "a", "0", T, T),
            Recheck(T),
        ],
        entered={"news": Entered(T, b"12345678", T)},
        active=T,
        scores={"m": Scored("1", T, [0.5])},
        consents={"marketing": Consent(True, T, "form", T + DAY)},
        unreachable={"email": T},
        reactions=[Reaction(T, "opened", "email", "news")],
        segments={"lookers": T},
        clock=T + 2,
        locale="de-DE",
        ended_carts=[(T, b"12345678", "c0")],
        removals=[WaitingRemoval(T, ["peg"], 1.0)],
        group={"id": "acme"},
        anonymous=True,
        bounced={"sms": b"12345678"},
        addressed={"email": T},
        closings=[Closing(T, b"12345678")],
        emptied=[cart],
        packed_exited=packed.packed([exited.Exited("order_completed", T, {"order_id": b"12345678"})]),
        listed=(T // DAY) << 40 | 1,
        declined={"topic/sale": T},
        bought=[("peg", T)],
        wanted=[(b"12345678", b"87654321", T)],
        identity=Identity({"web-1": T}, "web-1", {"news": "web-0"}),
    )
    orders.keep(found, [orders.Order(b"12345678", T, [120.0])])
    found.messages = [Message(T, "email", "news", outcomes={"opened": T})]
    found.underway = [Underway(b"1234567812345678", 0, "news", "email", "marketing", T + DAY, T)]
    held = windows.Held(opened=1, windows=[windows.Window(1, b"1234567812345678", T, T + DAY, "news", "v", "mail", "email", "acted", 0, 0, 0)])
    held.conversions = [windows.Conversion(b"12345678", T, [(1, None)])]
    windows.keep(found, held, settled=T + DAY)
    return found


def test_every_field_of_a_profile_is_told_by_some_part() -> None:
    assert {field for part in PARTS for field in part.tells} == set(Profile.__struct_fields__)


def test_every_part_has_a_name_of_its_own_and_a_meaning() -> None:
    assert len({part.name for part in PARTS}) == len(PARTS)
    assert all(part.means.endswith(".") for part in PARTS)


def test_the_profile_of_these_tests_holds_something_in_every_field() -> None:
    blank, filled = Profile(born=0, now=0), full()
    assert [name for name in Profile.__struct_fields__ if getattr(blank, name) == getattr(filled, name)] == []
    assert isinstance(filled.measured, Measured)


def test_every_part_tells_another_thing_once_its_fields_hold_something() -> None:
    blank = exported(Known("ada", Profile(born=0, now=0), T, BOOK))
    filled = exported(Known("ada", full(), T, BOOK, b"x" * 24))
    assert [name for name in blank if blank[name] == filled[name]] == []


def test_what_is_exported_is_json_and_every_entry_of_a_list_has_a_meaning() -> None:
    found = exported(Known("ada", full(), T, BOOK))
    assert json.loads(json.dumps(found)) == found
    for part in PARTS:
        entries = found[part.name] if isinstance(found[part.name], list) else [found[part.name]] if part.name in {"visit", "other_ids"} else []
        for entry in entries:
            if part.fields:
                assert set(entry) <= set(part.fields), part.name
                assert all(meaning.endswith(".") for meaning in part.fields.values())


def test_a_figure_for_which_consent_is_missing_is_stored_and_said_to_be_there() -> None:
    life = Life(Engine(BOOK)).live([event("product_viewed", T, received=T, product_id="tent")])
    features = exported(Known("ada", decode(life.blob or b""), T, BOOK))["features"]
    assert features["views"] == {"value": 1, "means": "Products looked at.", "purpose": None}
    assert features["private_views"] == {"value": None, "means": "", "purpose": "personalization"}


def test_figures_of_the_cart_are_those_of_the_cart_that_was_touched_last() -> None:
    declared = {"features": [{"name": "cart_value", "expression": "cart.value", "default": 0}]}
    made = book(declared)
    life = Life(Engine(made)).live([add(T, received=T, price=120)])
    assert exported(Known("ada", decode(life.blob or b""), T, made))["features"]["cart_value"]["value"] == 120


def test_an_export_changes_nothing() -> None:
    life = Life(Engine(BOOK)).live([add(T, received=T), event("go", T + MINUTE, received=T + MINUTE)])
    profile = decode(life.blob or b"")
    exported(Known("ada", profile, T + HOUR, BOOK))
    assert msgspec.msgpack.encode(profile) == life.blob


def test_each_value_stands_beside_its_meaning_and_a_part_of_a_newer_job_is_told_without() -> None:
    found = with_meanings({"locale": "de-DE", "from_tomorrow": 1})
    assert found == {"locale": {"means": "Language and country of the device.", "value": "de-DE"}, "from_tomorrow": {"value": 1}}
