"""What goes out: the offer's values, and text made of what the moment knows."""

from typing import Any

import pytest

from tests.builders import HOUR, MONDAY, book, mail
from udfs.core.campaigns.campaign import Variant
from udfs.core.decision.content import offer_of, render
from udfs.core.expressions.moment import Moment
from udfs.core.profile.cart_state import Cart, Item
from udfs.core.profile.state import Profile, Session
from udfs.core.templates.compile import TemplateError

T = MONDAY + 12 * HOUR
CART = Cart("c1", T, T, "EUR", [Item("tent", 120.0, 2.0, "Two-person tent"), Item("lamp", 19.5, 1.0)])


def variant_of(content: dict[str, Any], **more: Any) -> Variant:
    document = mail(variants={"mail": {"channel": "email", "content": content, **more}})
    return book(document).campaigns["news"].variants[0]


def moment_of(*, cart: Cart | None = CART, properties: dict[str, Any] | None = None, **traits: Any) -> Moment:
    profile = Profile(born=T, now=T, traits=traits, session=Session(T, T, 5, 3))
    return Moment(user_id="ada", profile=profile, now=T, cart=cart, properties=properties or {})


def rendered(text: str, moment: Moment | None = None, *, offer: dict[str, Any] | None = None, field: str = "body") -> Any:
    found = render(variant_of({field: text}).content["email"], moment or moment_of(), campaign="news", offer=offer, features={"orders": 2})
    return found[field]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("Hi {{ user.first_name }}, {{ user.id }}", "Hi Ada, ada"),
        ("{{ cart.value }} {{ cart.currency }} in {{ cart.id }}", "259.5 EUR in c1"),
        (
            "{% for item in cart.items %}{{ item.quantity }} {{ item.name }} at {{ item.price }};{% endfor %}",
            "2 Two-person tent at 120;1 lamp at 19.5;",
        ),
        ("{{ event.plan }}", "gold"),
        ("{{ session.product_views }} of {{ session.events }}", "3 of 5"),
        ("{{ campaign.name }}, {{ features.orders }}", "news, 2"),
        ("{{ offer.code }}", "SAVE"),
    ],
)
def test_a_text_reads_customer_cart_event_session_features_and_offer(text: str, told: str) -> None:
    assert rendered(text, moment_of(first_name="Ada", properties={"plan": "gold"}), offer={"code": "SAVE"}) == told


def test_whole_numbers_are_written_as_a_person_writes_them_and_no_cart_is_an_empty_one() -> None:
    assert rendered("{{ cart.value }}{% if cart.empty %}, nothing in it{% endif %}", moment_of(cart=None)) == "0, nothing in it"


@pytest.mark.parametrize(("field", "told"), [("subject", "a Bcc: x"), ("body", "a\nBcc: x")])
def test_a_line_break_in_a_name_begins_no_header(field: str, told: str) -> None:
    assert rendered("{{ user.first_name }}", moment_of(first_name="a\nBcc: x"), field=field) == told


def test_a_missing_value_is_empty_and_an_object_cannot_be_printed() -> None:
    assert rendered("a{{ event.plan }}b") == "ab"
    with pytest.raises(TemplateError, match="an object cannot be printed"):
        rendered("{{ event.plan }}", moment_of(properties={"plan": {"an": "object"}}))


def test_an_offer_is_computed_at_the_moment_and_what_is_unknown_in_it_is_none() -> None:
    variant = variant_of({"body": "x"}, offer={"code": "SAVE", "percent": 10, "worth": "cart.value * 0.1", "left": "event.left"})
    assert offer_of(variant_of({"body": "x"}), moment_of()) is None
    assert offer_of(variant, moment_of()) == {"code": "SAVE", "percent": 10, "worth": pytest.approx(25.95), "left": None}
