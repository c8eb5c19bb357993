"""Carts, orders and money, each computed by hand from the third section of the world."""

import pytest

from tests.world_oracle.player import Record
from tests.world_oracle.telling import ANYWHERE, LEFT_CART, acted, add, play, told

EUR = {**ANYWHERE, "currency": {"base": "EUR", "rates": {"USD": 0.5}}}


def order(happened: str, arrived: str | None = None, **properties: object) -> Record:
    return told("order_completed", happened, arrived, properties)


def worth(value: str, *records: Record, rules: object = EUR) -> bool:
    """Whether the cart is worth exactly that when its silence is over."""
    assert isinstance(rules, dict)
    return len(acted(records, {**LEFT_CART, "when": f"cart.value == {value}"}, rules=rules)) == 1


def counted(condition: str, *records: Record, **more: object) -> bool:
    """Whether a condition about orders holds when the customer asks."""
    campaign = {"campaign": "ask", "trigger": {"event": "asked"}, "when": condition, "variants": {"v": {"channel": "email"}}}
    return len(acted([*records, told("asked", "+1d 10:00")], campaign, rules={**EUR, **more})) == 1


def test_a_cart_is_worth_its_lines() -> None:
    assert worth("155.5", add("10:00", quantity=2), add("10:01", product="pan", price="35.50"))


def test_each_piece_counts_at_the_price_at_which_it_was_put_in() -> None:
    assert worth("110", add("10:00", price=60), add("10:01", price=50))
    assert worth("120", add("10:00", price=60), add("10:01", price=None))


def test_event_time_orders_what_was_said_of_a_cart() -> None:
    listed = told("cart_viewed", "10:02", products=[{"product_id": "tent", "price": 70}])
    assert worth("70", listed, add("10:00", "10:05"))
    assert worth("130", add("10:03", "10:01"), listed)


def test_decimal_quantities() -> None:
    assert worth("45", add("10:00", quantity="0.75"))


def test_removing_takes_out_what_is_told_or_one_or_the_whole_line() -> None:
    two = add("10:00", quantity=2)
    assert worth("60", two, told("product_removed", "10:01", product_id="kettle", quantity=1))
    assert worth("60", two, told("product_removed", "10:01", product_id="kettle"))
    assert acted([two, told("product_removed", "10:01", product_id="kettle", quantity="some")]) == []


def test_a_removal_that_does_not_say_of_what_makes_the_value_unknown() -> None:
    assert acted([add("10:00"), add("10:01", product="tent"), told("product_removed", "10:02")]) == []
    assert acted([add("10:00"), told("product_removed", "10:02")]) == []


def test_currencies_are_compared_by_the_table() -> None:
    assert worth("80", add("10:00", currency="usd", quantity=1), add("10:01", product="pan", price=50, currency="EUR"))
    assert worth("30", add("10:00", price="60.00 USD"))


@pytest.mark.parametrize("currency", ["JPY", {"code": "JPY"}, "euros"])
def test_without_a_rate_the_value_is_unknown(currency: object) -> None:
    assert acted([add("10:00", currency=currency)], rules=EUR) == []


def test_without_a_table_one_currency_has_a_value_and_two_have_none() -> None:
    assert worth("60", add("10:00", currency="JPY"), rules=ANYWHERE)
    assert acted([add("10:00", currency="JPY"), add("10:01", product="tent", currency="EUR")]) == []


def test_a_cart_nobody_has_named_and_the_first_name_that_is_told_are_one() -> None:
    assert acted([add("10:00"), add("11:00", product="tent", cart_id="A"), add("12:00", product="pan")]) == ["10:30"]


@pytest.mark.parametrize("name", ["abc-1", " ABC-1 ", "gid://shopify/Cart/ABC-1?key=x"])
def test_one_id_in_several_spellings(name: str) -> None:
    other = add("10:01", product="tent", cart_id="XYZ")
    assert acted([add("10:00", cart_id="ABC-1"), other, order("10:05", cart_id=name)]) == ["10:31"]


def test_an_order_that_names_no_known_cart_is_about_the_one_that_is_open() -> None:
    assert acted([add("10:00", cart_id="A"), order("10:05", cart_id="tok-9")]) == []
    assert acted([add("10:00", cart_id="A"), order("10:05")]) == []


def test_of_several_about_the_one_whose_items_it_holds() -> None:
    carts = [add("10:00", cart_id="A"), add("10:01", product="tent", cart_id="B")]
    held = order("10:05", cart_id="tok-9", products=[{"product_id": "tent"}])
    assert [one.about for one in play([*carts, held]).decisions()] == ["cart 1"]


def test_else_about_all_that_were_touched_before_it() -> None:
    carts = [add("10:00", cart_id="A"), add("10:01", product="tent", cart_id="B")]
    assert acted([*carts, order("10:05", cart_id="tok-9")]) == []
    assert acted([*carts, add("10:20", product="pan", cart_id="C"), order("10:05", "10:21", cart_id="tok-9")]) == ["10:50"]


def test_items_added_after_the_order_stay() -> None:
    records = [add("10:00"), add("10:20", product="tent", price=50), order("10:10", "10:25")]
    assert acted(records) == ["10:50"]
    assert worth("50", *records)


@pytest.mark.parametrize("told_at", ["09:54", "07:10"])
def test_an_order_ends_the_cart_that_it_names_however_far_behind_its_clock_is(told_at: str) -> None:
    carts = [add("10:00", cart_id="A"), add("10:01", product="tent", cart_id="B")]
    assert acted([*carts, order(told_at, "10:10", cart_id="A")]) == ["10:31"]
    assert acted([*carts, order(told_at, "10:10", cart_id="tok-9")]) == ["10:30", "10:31"], "nobody knows of which cart it speaks"


def test_an_order_ends_the_cart_that_it_names_however_far_ahead_its_clock_is() -> None:
    assert acted([add("10:00", cart_id="A"), order("13:10", "10:10", cart_id="A")]) == []
    again = add("10:20", product="tent", cart_id="A")
    assert acted([add("10:00", cart_id="A"), order("13:10", "10:10", cart_id="A"), again]) == ["10:50"], "at most five minutes of it count"


def test_what_was_put_in_before_the_latest_list_does_not_make_a_cart_older_than_its_order() -> None:
    listed = told("cart_viewed", "12:31", products=[{"product_id": "tent", "price": 60}])
    assert acted([listed, add("09:43", "12:43", cart_id="A"), order("09:44", "12:50", cart_id="A")]) == []


def test_a_clearing_told_by_a_clock_that_is_behind_ends_its_cart_unless_one_of_that_name_was_bought_before() -> None:
    cleared = told("cart_cleared", "10:06", "11:05", cart_id="A")
    assert acted([add("11:00", cart_id="A"), cleared]) == []
    assert acted([add("10:00", cart_id="A"), order("10:05", cart_id="A"), add("11:00", cart_id="A"), cleared]) == ["11:30"]


def test_a_cart_begins_with_what_is_put_into_it_and_not_with_what_is_taken_out() -> None:
    records = [told("product_removed", "10:00", product_id="pan"), add("11:00"), order("10:20", "11:01", cart_id="tok-9")]
    assert acted([*records, told("checkout_started", "11:10", cart_id="A")]) == ["11:40"]


def test_a_cart_in_which_nothing_was_left_when_it_was_cleared_is_over_by_whatever_clock() -> None:
    emptied = [
        add("12:40", product="pan"),
        add("13:00"),
        told("product_removed", "15:30", product_id="kettle"),
        told("cart_cleared", "12:45", "15:45"),
    ]
    assert acted([*emptied, add("13:30", "16:30", product="tent")]) == ["13:30", "16:31"]


def test_a_cart_that_goes_on_after_its_order_falls_silent_anew_though_what_was_bought_had_a_later_time() -> None:
    bought = [add("10:02", "10:00:30", cart_id="A"), order("10:00:40", "10:01", cart_id="A")]
    assert acted([*bought, told("cart_viewed", "10:01:30", "10:02", cart_id="A", products=[{"product_id": "tent", "price": 50}])]) == ["10:31:30"]


def test_what_names_no_cart_is_not_of_one_of_which_only_an_earlier_removal_is_known() -> None:
    late = told("product_removed", "10:00", product_id="pan", cart_id="A")
    assert acted([late, add("11:00"), add("11:01", product="tent", cart_id="B")]) == ["11:31"]


def test_who_only_looks_names_no_cart_of_which_only_a_removal_is_known() -> None:
    looked = [told("product_removed", "10:00", product_id="pan"), told("checkout_started", "10:05", cart_id="B")]
    assert acted([*looked, add("11:00"), add("12:00", product="tent", cart_id="A")]) == ["11:30"]


def test_what_is_left_costs_what_the_same_product_costs() -> None:
    assert worth("120", add("10:00"), add("10:10", currency="EUR"), add("10:11", price=None), order("10:00", "10:12"))


def test_an_order_that_lists_its_products_ends_no_other_within_the_tolerance_of_clocks() -> None:
    records = [add("10:00"), add("10:12", product="tent"), order("10:10", "10:15", products=[{"product_id": "kettle"}])]
    assert acted(records) == ["10:42"]
    assert acted([*records[:2], order("10:10", "10:15")]) == []


def test_a_new_cart_after_an_order_is_spoken_of_again() -> None:
    assert acted([add("10:00"), order("10:40"), add("11:00")]) == ["10:30", "11:30"]
    assert acted([add("10:00", cart_id="A"), order("10:40", cart_id="A"), add("11:00", cart_id="A")]) == ["10:30"]


@pytest.mark.parametrize(("first", "second"), [("A", "B"), ("B", "A")])
def test_a_removal_that_names_no_cart_takes_out_of_one_cart_only(first: str, second: str) -> None:
    removed = told("product_removed", "10:10", product_id="tent", quantity=1)
    late = [add("10:05", "10:11", product="tent", cart_id=first), add("10:06", "10:12", product="tent", cart_id=second)]
    records = [add("10:00", price=1, cart_id="A"), removed, *late]
    assert len(acted(records, {**LEFT_CART, "when": "cart.value >= 60"})) == 1


def test_a_cart_that_was_emptied_is_another_when_it_is_filled_again() -> None:
    emptied = told("product_removed", "10:40", product_id="kettle")
    assert acted([add("10:00"), emptied, add("11:00")]) == ["10:30", "11:30"]


def test_a_thank_you_page_that_is_opened_again_closes_no_new_cart() -> None:
    first, again = order("10:05", order_id="o1"), order("10:20", order_id="O1 ")
    assert acted([add("10:00"), first, add("10:10"), again]) == ["10:40"]


def test_a_cleared_cart_is_over() -> None:
    assert acted([add("10:00"), told("cart_cleared", "10:10")]) == []


def test_an_order_is_counted_once_and_summed_once() -> None:
    twice = [order("10:00", order_id="o1", total=60), order("10:20", order_id=" O1", total=60), order("11:00", order_id="o2", total="40,00")]
    assert counted("orders_90d == 2 and spend_30d == 100", *twice)


def test_orders_without_an_id_are_as_many_as_their_messages() -> None:
    assert counted("orders_90d == 2", order("10:00", order_id="null"), order("10:20"))


@pytest.mark.parametrize(
    "back",
    [told("order_cancelled", "11:00", order_id="o1"), told("order_refunded", "11:00", order_id="o1"), told("order_refunded", "11:00", total=60)],
)
def test_a_cancellation_or_a_full_refund_takes_it_back(back: Record) -> None:
    assert counted("orders_90d == 0 and spend_30d == 0", order("10:00", order_id="o1", total=60), back)


def test_a_partial_refund_takes_back_its_amount() -> None:
    refund = told("order_refunded", "11:00", order_id="o1", total="20.00")
    assert counted("orders_90d == 1 and spend_30d == 40", order("10:00", order_id="o1", total=60), refund)


def test_a_cancellation_that_is_told_first_counts() -> None:
    assert counted("orders_90d == 0", told("order_cancelled", "10:30", "10:31", order_id="o1"), order("10:00", "11:00", order_id="o1"))


def test_an_amount_in_a_currency_without_a_rate_leaves_the_sum_unknown() -> None:
    yen = order("10:00", order_id="o1", total=60, currency="JPY")
    assert counted("orders_90d == 1", yen)
    assert not counted("spend_30d >= 0", yen)
    assert not counted("not spend_30d >= 0", yen)


def test_an_order_that_is_told_again_triggers_nothing() -> None:
    campaign = {"campaign": "thanks", "trigger": {"event": "order_completed"}, "variants": {"v": {"channel": "email"}}}
    assert acted([order("10:00", order_id="o1"), order("10:20", order_id="o1")], campaign) == ["10:00"]


@pytest.mark.parametrize("unknown", [{"total": 10, "currency": "JPY"}, {"total": "some"}, {"products": [{"product_id": "tent"}]}])
def test_a_refund_of_which_nobody_knows_how_much_leaves_the_sum_unknown(unknown: dict[str, object]) -> None:
    records = [order("10:00", order_id="o1", total=60), told("order_refunded", "11:00", None, {"order_id": "o1", **unknown})]
    assert counted("orders_90d == 1", *records)
    assert not counted("spend_30d >= 0", *records)


def test_a_negative_refund_pays_back_as_much_as_a_positive_one() -> None:
    assert counted(
        "orders_90d == 1 and spend_30d == 40", order("10:00", order_id="o1", total=60), told("order_refunded", "11:00", order_id="o1", total=-20)
    )
