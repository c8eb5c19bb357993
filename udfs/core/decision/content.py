"""What goes out: the offer's values and the rendered text."""

from collections.abc import Callable, Mapping
from typing import Any

from udfs.core.campaigns.because import BECAUSE, VALUE
from udfs.core.campaigns.campaign import Variant
from udfs.core.expressions.compiler import Expression
from udfs.core.expressions.moment import Moment, Read, products_of, session_of, zone_of
from udfs.core.items.item import AMOUNTS, LOOKUP
from udfs.core.profile import cart_worth
from udfs.core.recommend.call import READS, Asked
from udfs.core.recommend.shown import Shown
from udfs.core.templates.compile import Template
from udfs.core.templates.locales import ANYWHERE, Local

ONE_LINE = frozenset({"subject", "title", "preheader", "from", "reply_to", "url"})
"""Fields that become a header or a heading: a line break in a customer's name must not begin another header of the e-mail."""


def offer_of(variant: Variant, moment: Moment) -> dict[str, Any] | None:
    """The offer at this moment; an expression whose value is unknown gives None."""
    if variant.offer is None:
        return None
    return {key: value.evaluate(moment) if isinstance(value, Expression) else value for key, value in variant.offer.items()}


Speak = Callable[[Template, Any], str]
"""Fills in a phrase about a value. Raises TemplateError."""


def render(
    fields: Mapping[str, Template],
    moment: Moment,
    *,
    campaign: str,
    offer: Mapping[str, Any] | None,
    features: Mapping[str, Any],
    because: Callable[[Speak], str | None] | None = None,
) -> dict[str, Any]:
    """Every field of the content as text; TemplateError when one cannot be made. `because` is asked where a field reads it: why it is sent."""
    context: dict[str, Any] = {"offer": offer or {}, "campaign": {"name": campaign}, "features": features}
    local = _local(moment)

    def speak(phrase: Template, value: Any) -> str:
        _fill(context, phrase, moment)
        return " ".join(phrase.render({**context, VALUE: value}, local).split())

    for template in fields.values():
        _fill(context, template, moment)
        if because is not None and BECAUSE in template.roots and BECAUSE not in context:
            context[BECAUSE] = because(speak)
    written = {name: template.render(context, local) for name, template in fields.items()}
    return {name: _one_line(text) if name in ONE_LINE else text for name, text in written.items()}


def _fill(context: dict[str, Any], template: Template, moment: Moment) -> None:
    """Make what a template reads, and nothing else."""
    for root in template.roots:
        if root not in context and root != BECAUSE:
            context[root] = _MADE[root](moment)


def _local(moment: Moment) -> Local:
    """How money, numbers and dates are written: by the trait `locale`, else by the device last seen, else by nobody's habits."""
    told = moment.profile.traits.get("locale")
    stated = told if isinstance(told, str) and told.strip() else moment.profile.locale
    return Local(stated, zone_of(moment.profile) or ANYWHERE.zone)


def _user(moment: Moment) -> dict[str, Any]:
    return {**moment.profile.traits, "id": moment.user_id}


def _session(moment: Moment) -> dict[str, Any]:
    session = session_of(moment)
    return {"events": session.events, "product_views": session.product_views, "started": session.started}


def _one_line(text: str) -> str:
    return " ".join(text.splitlines())


def _cart(moment: Moment) -> dict[str, Any]:
    cart = moment.cart
    if cart is None:
        return {"id": None, "value": 0, "items": [], "products": [], "empty": True, "currency": None}
    shown = cart_worth.shown(cart, moment.policy.currency)
    currency = shown.currency
    if currency is None and moment.items is not None and all(price is None for price in shown.prices):
        currency = next(filter(None, (moment.items.currency_of(item.product_id) for item in cart.items)), None)
    items = products_of(cart, shown.prices, _completing(moment, currency))
    known = {"id": cart.name or cart.id, "value": _plain(shown.value), "currency": currency}
    return {**known, "items": items, "products": items, "empty": False}


def _completing(moment: Moment, currency: str | None) -> Read | None:
    """What completes the lines of a cart for customers: with prices in the currency of the cart, and in no other."""
    lookups = moment.items
    if lookups is None or not lookups.has_catalogue:
        return None

    def read(item: str, field: str) -> Any:
        return lookups.as_told(item, field) if field not in AMOUNTS or lookups.currency_of(item) == currency else None

    return read


def _plain(number: float | None) -> float | None:
    """2.0 as 2, the way a person writes it."""
    return int(number) if number is not None and float(number).is_integer() else number


def _lookup(moment: Moment) -> Callable[[Any, str], Any]:
    return moment.items.as_told if moment.items is not None else lambda key, field: None


def _recommending(moment: Moment) -> Callable[[Asked], list[Shown]]:
    return moment.recommends.shown if moment.recommends is not None else lambda asked: []


_MADE: Mapping[str, Callable[[Moment], Any]] = {
    "user": _user,
    "event": lambda moment: moment.told,
    "cart": _cart,
    "session": _session,
    "group": lambda moment: moment.profile.group,
    LOOKUP: _lookup,
    READS: _recommending,
}
