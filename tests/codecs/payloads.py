"""Events as trackers really send them (Segment's and Jitsu's own test data), and in the shapes that trackers document."""

from typing import Any

from tests.codecs.test_real_payloads import FOLDER, jitsu_events, segment_envelopes

Payloads = dict[str, list[dict[str, Any]]]
_WHEN = {"originalTimestamp": "2026-03-02T10:00:00.000Z", "sentAt": "2026-03-02T10:00:01.000Z"}
_TENT = {"item_id": "T1", "item_name": "Tent", "price": 120.0, "quantity": 1, "item_category": "tents"}


def real() -> Payloads:
    """What others have recorded; empty where the public data are absent."""
    if not FOLDER.is_dir():
        return {}
    envelopes = segment_envelopes()
    messages = [message for envelope in envelopes for message in envelope["batch"]]
    return {"Segment, analytics-go fixtures": [*envelopes, *messages], "Jitsu, event tests": [*jitsu_events().values()]}


def documented() -> Payloads:
    """Written after the public documentation of each."""
    return {
        "Segment, spec of e-commerce events": [
            _track("Product Added", cart_id="c1", product_id="507f1f77bcf86cd799439011", sku="G-32", price=18.99, quantity=1, currency="usd"),
            _track("Cart Viewed", cart_id="c1", products=[{"product_id": "507f1f77bcf86cd799439011", "price": 19, "quantity": 1}]),
            _track("Checkout Started", order_id="o1", value=30, revenue=25.0, shipping=3, tax=2, discount=2.5, currency="USD", products=[]),
            _track("Order Completed", checkout_id="co1", order_id="o1", total=27.5, revenue=25.0, currency="USD", products=[{"product_id": "5"}]),
            _track("Order Refunded", order_id="o1", total=30, currency="USD", products=[{"product_id": "5", "quantity": 1}]),
            {"type": "identify", "userId": "97980cfea0067", "traits": {"email": "peter@example.com", "plan": "premium", "logins": 5}, **_WHEN},
            {"type": "group", "userId": "97980cfea0067", "groupId": "0e8c78ea9d9", "traits": {"name": "Initech", "employees": 329}, **_WHEN},
            {"type": "page", "anonymousId": "507f191e810c", "name": "Home", "properties": {"title": "Welcome", "url": "https://x.test"}, **_WHEN},
        ],
        "RudderStack, event spec": [
            {"type": "identify", "userId": "1hKOmRA4", "context": {"traits": {"email": "alex@example.com", "firstName": "Alex"}}, **_WHEN},
            {**_track("Product Reviewed", product_id="12345", rating="5"), "channel": "web", "rudderId": "b2", "context": {"traits": {"plan": "x"}}},
            {**_track("Order Completed", order_id="1234", total=25, products=[{"product_id": "a1"}]), "timestamp": "2026-03-02T10:00:00.5Z"},
            {"type": "screen", "anonymousId": "7e327b99", "name": "Main", "properties": {"prop1": "5"}, **_WHEN},
        ],
        "Google Analytics 4, recommended events": [
            _track("add_to_cart", currency="EUR", value=120.0, items=[_TENT]),
            _track("view_item", currency="EUR", value=120.0, items=[_TENT]),
            _track("begin_checkout", currency="EUR", value=120.0, coupon="SUMMER", items=[_TENT]),
            _track("purchase", transaction_id="T_12345", value=125.0, tax=4.9, shipping=5.99, currency="EUR", items=[_TENT]),
            _track("remove_from_cart", currency="EUR", value=120.0, items=[_TENT]),
        ],
        "Shopify, customer events and webhooks": [
            _track("product_added_to_cart", cartLine={"quantity": 1, "merchandise": {"sku": "T", "price": {"amount": 5.0}, "product": {"id": "7"}}}),
            _track("checkout_completed", checkout={"token": "t", "order": {"id": "o9"}, "totalPrice": {"amount": 60.0}, "currencyCode": "EUR"}),
            _track("orders/create", id=820982911946154508, total_price="403.00", currency="USD", line_items=[{"product_id": 7, "price": "5.00"}]),
            _track("carts/update", token="exampleCartId", line_items=[{"product_id": 788032119674292922, "quantity": 1, "price": "398.00"}]),
        ],
        "Snowplow, e-commerce plug-in": [
            _track("add_to_cart", products=[{"id": "P125", "name": "Hat", "price": 9.0, "currency": "USD", "quantity": 2}], cart={"cart_id": "c"}),
            _track("product_view", products=[{"id": "P125", "name": "Hat", "price": 9.0, "currency": "USD"}]),
        ],
    }


def _track(event: str, **properties: Any) -> dict[str, Any]:
    return {"type": "track", "event": event, "userId": "019mr8mf4r", "messageId": f"doc-{event}", "properties": properties, **_WHEN}
