"""Nobody gets messages about what they have said not to be interested in: that campaign, its topic, or the products that it is about."""

from collections.abc import Mapping, Sequence
from typing import Any

from udfs.core.items.categories import names_of
from udfs.core.policy.case import Case, Closed
from udfs.core.profile import interests
from udfs.core.profile.cart_state import Cart
from udfs.core.profile.state import Profile
from udfs.core.records import Reason
from udfs.core.values.instants import in_utc

Thing = tuple[tuple[str, str], ...]
"""One product: kind and name of everything by which it may be declined, a category by each part of its path."""


def check(case: Case, channel: str | None) -> Closed | None:
    """Whether the customer is not interested. What is transactional is sent all the same."""
    if not case.profile.declined or case.bypasses:
        return None
    return against(case.profile, case.campaign.name, case.campaign.tags, case.about)


def against(profile: Profile, campaign: str, tags: Sequence[str], about: Sequence[Thing] = ()) -> Closed | None:
    """What somebody is not interested in of this; None: they may be. `about`: its products; one that is not declined is enough."""
    for kind, name in (("campaign", campaign), *(("topic", tag) for tag in tags)):
        if (since := interests.is_declined(profile, kind, name)) is not None:
            return _closed(kind, name, since)
    declined = [_declined(profile, thing) for thing in about]
    if declined and all(declined):
        return next(each for each in declined if each)
    return None


def about(properties: Mapping[str, Any], cart: Cart | None) -> list[Thing]:
    """The products of a cart, or else those that an event names."""
    if cart is not None and cart.items:
        return [(("product", item.product_id),) for item in cart.items]
    lines = properties.get("products")
    found = [properties, *(line for line in lines if isinstance(line, Mapping))] if isinstance(lines, list) else [properties]
    return [thing for each in found if (thing := _thing(each))]


def _thing(line: Mapping[str, Any]) -> Thing:
    product, category = line.get("product_id"), line.get("category")
    named = [] if category is None else names_of(str(category))
    return (*((("product", str(product)),) if product is not None else ()), *(("category", name) for name in named))


def _declined(profile: Profile, thing: Thing) -> Closed | None:
    for kind, name in thing:
        if (since := interests.is_declined(profile, kind, name)) is not None:
            return _closed(kind, name, since)
    return None


def _closed(kind: str, name: str, since: int) -> Closed:
    return Closed(
        Reason.NOT_INTERESTED, f"{kind} {name}: not interested, said at {in_utc(since)}", ({"about": kind, "name": name, "said_at": since},)
    )
