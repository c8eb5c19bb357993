"""What goes out: the offer's values and the rendered text."""

from collections.abc import Mapping
from typing import Any

from udfs.core import carts
from udfs.core.campaigns import Variant
from udfs.core.expressions import Expression
from udfs.core.moment import Moment, session_of
from udfs.core.profile import Cart
from udfs.core.templates import Template

ONE_LINE = frozenset({"subject", "title", "preheader", "from", "reply_to", "url"})
"""Fields that become a header or a heading: a line break in a customer's name must not begin another header of the e-mail."""


def offer_of(variant: Variant, moment: Moment) -> dict[str, Any] | None:
    """The offer at this moment; an expression whose value is unknown gives None."""
    if variant.offer is None:
        return None
    return {key: value.evaluate(moment) if isinstance(value, Expression) else value for key, value in variant.offer.items()}


def render(
    fields: Mapping[str, Template], moment: Moment, *, campaign: str, offer: Mapping[str, Any] | None, features: Mapping[str, Any]
) -> dict[str, Any]:
    """Every field of the content as text; TemplateError when one cannot be made."""
    session = session_of(moment)
    context = {
        "user": {**moment.profile.traits, "id": moment.user_id},
        "event": dict(moment.properties),
        "cart": _cart(moment.cart),
        "session": {"events": session.events, "product_views": session.product_views, "started": session.started},
        "offer": dict(offer or {}),
        "campaign": {"name": campaign},
        "features": dict(features),
    }
    return {name: _one_line(template.render(context)) if name in ONE_LINE else template.render(context) for name, template in fields.items()}


def _one_line(text: str) -> str:
    return " ".join(text.splitlines())


def _cart(cart: Cart | None) -> dict[str, Any]:
    if cart is None:
        return {"id": None, "value": 0, "items": [], "empty": True, "currency": None}
    items = [
        {
            "product_id": item.product_id,
            "name": item.name or item.product_id,
            "price": _plain(item.price),
            "quantity": _plain(item.quantity),
            "image_url": item.image,
            "url": item.url,
        }
        for item in cart.items
    ]
    return {"id": cart.id, "value": _plain(carts.value(cart)), "items": items, "empty": False, "currency": cart.currency}


def _plain(number: float | None) -> float | None:
    """2.0 as 2, the way a person writes it."""
    return int(number) if number is not None and float(number).is_integer() else number
