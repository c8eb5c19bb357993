"""The catalogue says what it must, in kinds that exist."""

from udfs.codecs.catalogue import catalogue

ECOMMERCE_V2 = {
    "products_searched",
    "product_list_viewed",
    "product_list_filtered",
    "promotion_viewed",
    "promotion_clicked",
    "product_clicked",
    "product_viewed",
    "product_added",
    "product_removed",
    "cart_viewed",
    "checkout_started",
    "checkout_step_viewed",
    "checkout_step_completed",
    "payment_info_entered",
    "order_updated",
    "order_completed",
    "order_refunded",
    "order_cancelled",
    "coupon_entered",
    "coupon_applied",
    "coupon_denied",
    "coupon_removed",
    "product_added_to_wishlist",
    "product_removed_from_wishlist",
    "wishlist_product_added_to_cart",
    "product_shared",
    "cart_shared",
    "product_reviewed",
}
"""https://segment.com/docs/connections/spec/ecommerce/v2/"""
MESSAGES = {"message_sent", "message_delivered", "message_bounced", "message_opened", "message_clicked", "message_dismissed"}


def test_every_event_of_segments_ecommerce_spec_is_known() -> None:
    assert ECOMMERCE_V2 - set(catalogue().events) == set()


def test_every_report_on_a_message_names_its_decision() -> None:
    assert {catalogue().events[name].needs for name in MESSAGES} == {("decision_id",)}


def test_what_others_did_is_no_activity_of_the_person() -> None:
    passive = {name for name, known in catalogue().events.items() if known.passive}
    told_by_the_shop = {name for name in passive if name.startswith(("order_", "payment_", "invoice_", "trial_", "subscription_"))}
    about_data = {"user_erased", "profile_requested"}
    of_products = {"price_dropped", "back_in_stock", "low_stock", "new_in_category"}
    assert passive == {"message_sent", "message_delivered", "message_bounced"} | about_data | told_by_the_shop | of_products
    assert {"order_refunded", "order_cancelled", "order_paid", "order_delivered"} <= told_by_the_shop
    assert "order_completed" not in passive


def test_every_property_that_is_needed_has_a_kind() -> None:
    needed = {name for known in catalogue().events.values() for name in known.needs}
    assert needed - set(catalogue().kinds) == set()


def test_every_event_says_what_it_means() -> None:
    assert [known.name for known in catalogue().events.values() if not known.means] == []
