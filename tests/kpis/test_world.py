"""Ten ways in which the world does not do what metrics expect, each known from the issues of other products."""

from datetime import date
from zoneinfo import ZoneInfo

import pytest

from tests.kpi_oracle.compare import reported
from tests.kpis.shops import DAY, HOUR, MINUTE, START, Making, answer, figure, metric
from udfs.core.values.durations import SECOND

pytestmark = pytest.mark.slow


def test_machines_open_and_scanners_click_every_mail() -> None:
    """Apple's mail privacy and link scanners: kannon 412, mautic 16263."""
    made = Making()
    for number in range(4):
        decision = made.decision(number, number * MINUTE)
        made.event("message_delivered", number * MINUTE + SECOND, decision_id=decision)
        made.event("message_opened", number * MINUTE + SECOND, decision_id=decision, machine=True)
        made.event("message_clicked", number * MINUTE + 2 * SECOND, decision_id=decision, machine=number != 3)
    made.end(DAY)
    assert figure(made.world, "open-rate").value == 0
    opens = metric("numerator: {count: events, where: event == 'message_opened'}\nunit: number")
    assert figure(made.world, opens).value == 0
    clicks = figure(made.world, "click-rate")
    assert (clicks.numerator, clicks.denominator) == (1, 4)
    assert any("1 messages were clicked within two seconds" in note for note in reported(made.world).notes)


def test_a_provider_that_reports_opens_and_no_deliveries_has_no_open_rate_of_a_hundred_per_cent() -> None:
    made = Making()
    for number in range(10):
        decision = made.decision(number, number * MINUTE, channel="sms")
        if number < 3:
            made.event("message_opened", number * MINUTE + HOUR, decision_id=decision)
        if number == 9:
            made.event("message_bounced", number * MINUTE + HOUR, decision_id=decision)
    made.end(DAY)
    found = figure(made.world, "open-rate")
    assert (found.numerator, found.denominator) == (3, 9)
    assert any("Nobody reports deliveries by sms" in note for note in reported(made.world).notes)


def test_orders_in_several_currencies_are_never_added() -> None:
    """akaunting 2047: Rp. 150.000 and $10 made Rp. 150.010."""
    made = Making().event("page", 0).event("order_completed", 1, order_id="a", total=150_000, currency="IDR")
    made.event("order_completed", 2, order_id="b", total=10, currency="USD").event("order_completed", 3, order_id="c", total=7).end(DAY)
    found = {each.currency: each.value for each in answer(made.world, "revenue").figures}
    assert found == {"IDR": 150_000, "USD": 10, "": 7}
    assert {each.currency: each.denominator for each in answer(made.world, "revenue-per-user").figures} == {"IDR": 1, "USD": 1, "": 1}
    made.world.base, made.world.rates = "USD", {"IDR": 0.0001}
    assert {each.currency: each.value for each in answer(made.world, "revenue").figures} == {"USD": 32}


@pytest.mark.parametrize("total", [1e308, -1e308, 2e15])
def test_an_amount_that_nobody_pays_is_no_revenue_as_in_the_job(total: float) -> None:
    made = Making(base="USD").event("order_completed", 0, order_id="a", total=total).event("order_completed", 1, order_id="b", total=total)
    made.event("order_completed", 2, order_id="c", total=50)
    made.event("order_completed", 3, order_id="d", products=[{"price": total, "quantity": 10}]).end(DAY)
    assert [each.value for each in answer(made.world, "revenue").figures] == [50]
    assert figure(made.world, "average-order-value").value == 50


def test_a_refund_of_next_month_changes_the_month_of_its_order() -> None:
    """WooCommerce 2650, liberusoftware 748: refunded orders stayed in revenue and the average order value."""
    made = Making(base="USD").event("order_completed", 0, order_id="a", total=100).event("order_completed", DAY, order_id="b", total=50)
    made.event("order_refunded", 40 * DAY, order_id="a", total=30).event("order_refunded", 41 * DAY, order_id="b")
    period = {"first": date(2026, 3, 1), "last": date(2026, 3, 31)}
    assert figure(made.world, "revenue", **period).value == 70
    assert figure(made.world, "average-order-value", **period).value == 70
    assert figure(made.world, "refund-rate", **period).numerator == 2


def test_an_order_that_two_systems_report_and_one_sends_twice_is_one_order() -> None:
    made = Making(base="USD").event("order_completed", 0, order_id="A-1", total=20, message="browser")
    made.event("order_completed", MINUTE, order_id="a-1 ", total=20, message="server").event(
        "order_completed", 0, order_id="A-1", message="browser", recorded=HOUR
    )
    made.end(DAY)
    assert figure(made.world, "revenue").value == 20
    orders = metric("numerator: {count: events, where: event == 'order_completed'}\nunit: number")
    assert figure(made.world, orders).value == 1


def test_a_group_of_nobody_has_no_figure_and_no_zero() -> None:
    """experimenter 13389, grafana 33015: 0/0 was NaN, and then an error or a zero."""
    made = Making().event("page", 0).end(DAY)
    for name in ("open-rate", "conversion-rate", "clv-90d", "average-order-value"):
        found = figure(made.world, name)
        assert found.value is None
        assert found.why
    assert figure(made.world, "bounce-rate").value == 1


def test_the_newest_cohort_does_not_look_as_if_nobody_came_back() -> None:
    """PostHog 52680, GrowthBook 1844: everybody was in the denominator from the first moment on."""
    made = Making()
    for number in range(4):
        made.event("page", number * 10 * DAY, f"u{number}")
    made.event("page", 8 * DAY, "u0").end(34 * DAY)
    found = figure(made.world, "retention-7d")
    assert (found.numerator, found.denominator, found.pending) == (1, 3, 1)


def test_weeks_begin_at_midnight_of_the_zone_also_where_clocks_change() -> None:
    """InfluxDB 19676, openScale 1454: an hour of Sunday fell into the next week, or Sunday began it."""
    berlin = ZoneInfo("Europe/Berlin")
    made = Making()
    change = 27 * DAY - 9 * HOUR  # Sunday 29 March 2026, 00:00 UTC: Berlin goes from +01:00 to +02:00 at 01:00
    for at in (change + 21 * HOUR + 59 * MINUTE, change + 22 * HOUR + 29 * MINUTE + 59 * SECOND + MINUTE):
        made.event("page", at, f"u{at}")
    made.end(change + 3 * DAY)
    assert START % DAY == 9 * HOUR
    pages = metric("numerator: {count: pages}\nunit: number")
    weeks = {each.group.get("week"): each.value for each in answer(made.world, pages, ("week",), zone=berlin).figures}
    assert weeks == {None: 2, "2026-W13": 1, "2026-W14": 1}
    assert {each.group.get("week"): each.value for each in answer(made.world, pages, ("week",), zone=ZoneInfo("UTC")).figures} == {
        None: 2,
        "2026-W13": 2,
    }


def test_a_landing_page_that_sends_two_signals_bounces_and_a_single_page_has_no_duration() -> None:
    """bumblebee 535: two signals of one page made the bounce rate zero; betterlytics 189: single pages counted as visits of no time."""
    made = Making().event("page", 0, "u1").event("product_viewed", 1, "u1", product_id="tent")
    made.event("page", 0, "u2").event("page", MINUTE, "u2").event("page", 0, "u3").end(DAY)
    bounced = figure(made.world, "bounce-rate")
    assert (bounced.numerator, bounced.denominator) == (2, 3)
    assert figure(made.world, metric("numerator: {median: sessions.seconds, where: seconds >= 1}\nunit: duration")).value == 60


def test_a_visitor_who_logs_in_is_one_person_and_a_browser_that_changes_hands_keeps_its_past() -> None:
    """PostHog 3953: users stood in a funnel several times."""
    made = Making().event("page", 0, "", anonymous="web").event("product_viewed", MINUTE, "", anonymous="web", product_id="tent")
    made.event("identify", 2 * MINUTE, "kim", anonymous="web").event("product_added", 3 * MINUTE, "kim", product_id="tent", price=1)
    made.event("identify", DAY, "lee", anonymous="web").event("page", DAY + MINUTE, "", anonymous="web").end(3 * DAY)
    came = figure(made.world, "sessions-per-user")
    assert (came.numerator, came.denominator) == (2, 2)
    stages = {each.stage: each.denominator for each in answer(made.world, "funnel-drop-off").figures}
    assert stages == {"visit": 2, "product": 1, "cart": 1, "checkout": 0, "order": 0}


def test_the_same_event_twice_in_a_funnel_needs_two_events() -> None:
    """TelemetryDeck 375: a funnel from an event to the same event was always a hundred per cent."""
    text = "unit: percent\nfunnel:\n  of: people\n  within: 30d\n  stages: {first: event == 'order_completed', again: event == 'order_completed'}"
    made = Making().event("order_completed", 0, "u1", order_id="a").event("order_completed", DAY, "u1", order_id="b")
    made.event("order_completed", 0, "u2", order_id="c").event("order_completed", DAY, "u2", order_id="c", message="again").end(40 * DAY)
    first, again = answer(made.world, metric(text)).figures
    assert (first.numerator, first.denominator, again.denominator) == (1, 2, 1)


def test_a_refund_that_names_nothing_is_pointed_out_and_taken_from_nobody() -> None:
    made = Making(base="USD").event("order_completed", 0, order_id="a", total=10).event("order_completed", 1, order_id="b", total=10)
    made.event("order_refunded", DAY, total=5).event("order_refunded", DAY, order_id="never", total=5)
    assert figure(made.world, "revenue").value == 20
    notes = " ".join(reported(made.world).notes)
    assert "1 refunds or cancellations name no order" in notes
    assert "1 refunds or cancellations are of orders that nobody reported" in notes


def test_a_refund_in_a_currency_that_has_a_rate_says_nothing_of_an_order_whose_currency_has_none() -> None:
    made = Making(base="USD", rates={"EUR": 1.5}).event("order_completed", 0, order_id="a", total=60, currency="GBP")
    made.event("order_refunded", DAY, order_id="a", total=60, currency="EUR").end(2 * DAY)
    found = figure(made.world, "average-order-value")
    assert (found.value, found.currency, found.unknown) == (None, "GBP", 1)
    assert any("Of 1 orders nobody knows" in note for note in reported(made.world).notes)
