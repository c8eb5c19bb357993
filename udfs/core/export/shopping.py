"""What somebody has done: visits, products, carts, orders, and the figures that are made of it."""

from typing import Any

from udfs.core.export.part import Known, Part, fields_of, instant, plainly, timed
from udfs.core.expressions.moment import Moment
from udfs.core.profile import exited, orders, viewed
from udfs.core.profile.cart_state import Cart

_CART = {
    "id": "The cart's id.",
    "opened": "When the first product was put into it.",
    "last": "When it was touched last.",
    "currency": "In which its prices are.",
    "items": "Each product: price, quantity, name, image, page, and when it was added, in milliseconds after the cart was opened.",
    "doubtful": "Whether something about it could not be read, so that its value is unknown.",
    "name": "What else it is called.",
    "ended": "The latest order or clearing that it has outlived.",
    "listed": "When its products were last told as a whole.",
    "doubted": "When something was last told that could not be read.",
    "removed": "What was taken out.",
}


def _cart(cart: Cart) -> dict[str, Any]:
    return fields_of(cart, "opened", "last", "ended", "listed", "doubted")


def _features(known: Known) -> dict[str, Any]:
    """Every declared figure, also those that models may not see for want of consent: they are stored."""
    profile, declared = known.profile, known.book.features.features
    moment = Moment(user_id=known.user_id, profile=profile, now=known.now, cart=profile.carts.get(profile.current or ""), policy=known.book.policy)
    return {
        name: {"value": plainly(feature.compute(moment)), "means": feature.doc, "purpose": feature.purpose}
        for name, feature in declared.items()
        if feature.state is None or feature.state in profile.features
    }


def _ended(known: Known) -> list[dict[str, Any]]:
    return [{"at": instant(at), "name": mark.hex(), "id": cart_id or None} for at, mark, cart_id in known.profile.ended_carts]


PARTS = (
    Part(
        "visit",
        "The latest visit.",
        ("session",),
        lambda known: None if known.profile.session is None else fields_of(known.profile.session, "started", "last"),
        {
            "started": "When it began.",
            "last": "Its latest event.",
            "events": "How many events there were.",
            "product_views": "How many products were looked at.",
            "number": "How many visits there have been.",
            "longest": "The longest visit before it, in milliseconds.",
        },
    ),
    Part("last_times", "Each kind of event, and when it happened last.", ("seen",), lambda known: timed(known.profile.seen)),
    Part("last_browsed", "When a product was last looked at or searched for.", ("browsed",), lambda known: instant(known.profile.browsed)),
    Part(
        "products_viewed",
        "The products looked at of late.",
        ("packed_viewed",),
        lambda known: [{"product_id": product, "at": instant(at)} for product, at in viewed.opened(known.profile.packed_viewed)],
        {"product_id": "The product.", "at": "When it was looked at last."},
    ),
    Part(
        "products_bought",
        "The products ordered of late.",
        ("bought",),
        lambda known: [{"product_id": product, "at": instant(at)} for product, at in known.profile.bought],
        {"product_id": "The product.", "at": "When it was ordered last."},
    ),
    Part(
        "looked_for",
        "What was searched for, filtered by or read in reviews of late, as fingerprints.",
        ("wanted",),
        lambda known: [{"mark": mark.hex(), "at": instant(at)} for _, mark, at in known.profile.wanted],
        {"mark": "A fingerprint of the word or the filter.", "at": "When."},
    ),
    Part("carts", "Open carts.", ("carts",), lambda known: [_cart(cart) for cart in known.profile.carts.values()], _CART),
    Part("current_cart", "The id of the cart that was touched last.", ("current",), lambda known: known.profile.current),
    Part(
        "emptied_carts",
        "Carts that were emptied by hand of late.",
        ("emptied",),
        lambda known: [_cart(cart) for cart in known.profile.emptied],
        _CART,
    ),
    Part(
        "ended_carts",
        "Carts that were ordered or cleared of late.",
        ("ended_carts",),
        _ended,
        {"at": "When.", "name": "A fingerprint of the cart's name.", "id": "The cart's id, where that is another."},
    ),
    Part(
        "cart_endings",
        "Orders and cleared carts of late, as long as something may be told of what they were about.",
        ("closings",),
        lambda known: [fields_of(each, "at") for each in known.profile.closings],
        {
            "at": "When.",
            "carts": "Fingerprints of the names of the carts.",
            "products": "Fingerprints of the products.",
            "is_about_all": "Whether it named no cart that was known.",
            "told_by": "A fingerprint of the program that said so.",
        },
    ),
    Part("carts_begun", "How many carts there have been that had no id of their own.", ("carts_born",), lambda known: known.profile.carts_born),
    Part("last_cart_ended", "When a cart was last ordered or cleared.", ("cart_closed",), lambda known: instant(known.profile.cart_closed)),
    Part(
        "removals",
        "Products that were taken out of a cart before anything said that they were in it.",
        ("removals",),
        lambda known: [fields_of(each, "at") for each in known.profile.removals],
        {"at": "When.", "names": "What the product is called.", "quantity": "How many.", "cart": "A fingerprint of the cart's name."},
    ),
    Part(
        "orders",
        "Orders of the last 400 days.",
        ("packed_orders",),
        lambda known: [fields_of(each, "at", amounts=each.amount, taken=len(each.taken) // 6) for each in orders.ledger(known.profile)],
        {
            "mark": "A fingerprint of the order's number.",
            "at": "When it was placed.",
            "amounts": "What it came to, in the shop's currency.",
            "taken": "How many figures have counted it.",
            "back": "What was paid back of it.",
            "told": "Whether the order itself was reported, not only what happened to it.",
            "gone": "Whether it was cancelled, or paid back as a whole.",
            "unclear": "Whether something was paid back, and nobody knows how much.",
            "unit": "The currency in which it was reported, where that is not the shop's.",
            "sum": "What it came to in that currency.",
            "sum_back": "What was paid back in that currency.",
            "refunds": "Fingerprints of its refunds.",
            "waiting": "What was paid back in a currency that is not known yet.",
        },
    ),
    Part(
        "exits",
        "Events of the last days that end what campaigns wait for.",
        ("packed_exited",),
        lambda known: [fields_of(each, "at") for each in exited.unpack(known.profile.packed_exited)],
        {"name": "The event.", "at": "When it happened.", "about": "Fingerprints of what it was about, by property."},
    ),
    Part(
        "features",
        "Figures that are computed of what the person did: inputs of conditions and models. Each with its value, its meaning and its purpose; "
        "the value is null where it is not known, or where the consent to its purpose is missing.",
        ("features",),
        _features,
    ),
    Part(
        "figures_undeclared",
        "How many figures are stored that are declared no longer. They go at a visit more than 90 days later.",
        ("features",),
        lambda known: len(known.profile.features.keys() - {feature.state for feature in known.book.features.features.values()}),
    ),
)
