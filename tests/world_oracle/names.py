"""What events are called, and what kind each is."""

import re

ALIASES = {  # Segment's first version of its e-commerce spec
    "completed_order": "order_completed",
    "viewed_product": "product_viewed",
    "added_product": "product_added",
    "removed_product": "product_removed",
    "viewed_product_category": "product_list_viewed",
    "viewed_cart": "cart_viewed",
    "started_checkout": "checkout_started",
    "cancelled_order": "order_cancelled",
    "refunded_order": "order_refunded",
    "updated_order": "order_updated",
    "searched_products": "products_searched",
}
CALLS = frozenset({"identify", "page", "screen", "alias", "group"})
ADDS = frozenset({"product_added", "wishlist_product_added_to_cart"})
LISTS = frozenset({"cart_viewed", "checkout_started"})  # a full product list replaces what is in the cart
CART = ADDS | LISTS | {"product_removed"}
BROWSING = frozenset({"product_viewed", "products_searched"})
PASSIVE = frozenset({"order_refunded", "order_cancelled", "message_sent", "message_delivered", "message_bounced"})
RECEIPTS = frozenset({f"message_{word}" for word in ("sent", "delivered", "bounced", "opened", "clicked", "dismissed", "complained")})
CONSENT = frozenset({"consent_given", "consent_withdrawn", "subscribed", "unsubscribed"})
# Ids of what adds or stops something are remembered for 72 hours; of all others the last 128.
REMEMBERED = CART | CONSENT | {"cart_cleared", "message_bounced", "message_complained", "message_dismissed"}
IDENTIFIERS = frozenset({"product_id", "cart_id", "order_id", "checkout_id", "decision_id", "group_id", "previous_id", "sku"})
PLACEHOLDERS_ARE_NOBODY = frozenset({"cart_id", "order_id", "checkout_id", "decision_id"})
AMOUNTS = frozenset({"price", "revenue", "subtotal", "total", "tax", "shipping", "discount", "value"})


def snake(text: str) -> str:
    """`userId`, `User ID` and `user_id` are one key."""
    return re.sub(r"[\s\-]+", "_", re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", text.strip())).casefold()


def event(text: str) -> str:
    """The normalised name, aliases resolved."""
    name = snake(text)
    return ALIASES.get(name, name)


def is_order(name: str) -> bool:
    """An event about an order, whichever."""
    return name.startswith("order_")


def is_remembered(name: str) -> bool:
    """Whether its message id is remembered for 72 hours."""
    return name in REMEMBERED or is_order(name)


def shop_states(name: str) -> bool:
    """What the shop itself says, and no device: it ends what began up to five minutes later, whoever reports it."""
    return is_order(name) or name in {"cart_cleared", "unsubscribed", "consent_withdrawn"}
