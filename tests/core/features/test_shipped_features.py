"""The features that ship say what the owner's texts ask for."""

from typing import Any

import pytest

from services.documents.files import features_for, load_campaign_files, shipped
from tests.builders import DAY, HOUR, MINUTE, MONDAY, Life, book, event
from udfs.core.engine import Engine
from udfs.core.expressions.moment import Moment
from udfs.core.features.language.features import compile_features
from udfs.core.profile.stored import decode

DOCUMENT = features_for(load_campaign_files(shipped())).document
ASKED = compile_features(DOCUMENT)


def after(*history: Any, at: int) -> dict[str, Any]:
    """Every shipped feature at `at`."""
    life = Life(Engine(book(DOCUMENT))).live(history)
    assert life.blob is not None
    profile = decode(life.blob)
    return ASKED.vector(Moment(user_id="ada", profile=profile, now=at, cart=profile.carts.get(profile.current or "")))


def view(at: int, product: str = "tent") -> Any:
    return event("product_viewed", at, product_id=product)


def order(at: int, total: float = 100) -> Any:
    return event("order_completed", at, order_id=f"o{at}", total=total)


def test_visits_their_number_frequency_and_length_and_the_last_activity() -> None:
    history = [event("page", MONDAY - 40 * DAY), event("page", MONDAY), event("page", MONDAY + 12 * MINUTE), event("page", MONDAY + DAY)]
    found = after(*history, at=MONDAY + DAY + 6 * HOUR)
    assert (found["visits"], found["visits_30d"], found["visits_per_week"]) == (3, 2, 0.5)
    assert found["longest_visit"] == 12
    assert found["hours_since_activity"] == 6


def test_products_viewed_within_a_week_and_within_five_minutes() -> None:
    found = after(view(MONDAY), view(MONDAY + HOUR), view(MONDAY + HOUR + MINUTE, "peg"), at=MONDAY + HOUR + 2 * MINUTE)
    assert (found["products_7d"], found["views_5m"]) == (2, 2)
    assert after(view(MONDAY), at=MONDAY + 7 * MINUTE)["views_5m"] == 0


def test_the_average_cart_and_the_time_since_the_last_purchase() -> None:
    found = after(order(MONDAY, 50), order(MONDAY + DAY, 100), at=MONDAY + 3 * DAY)
    assert (found["average_cart_value"], found["days_since_order"], found["orders"]) == (75, 2, 2)
    assert after(view(MONDAY), at=MONDAY)["average_cart_value"] is None


def test_the_engagement_rate_counts_each_message_once() -> None:
    sent = [event("message_delivered", MONDAY + n, decision_id=f"d{n}", passive=True) for n in range(4)]
    sent += [event("message_sent", MONDAY, decision_id="d0", passive=True)]
    read = [event("message_opened", MONDAY + 10 + n, decision_id="d1") for n in range(3)]
    read += [event("message_clicked", MONDAY + 20, decision_id="d1"), event("message_clicked", MONDAY + 21, decision_id="d2")]
    found = after(*sent, *read, at=MONDAY + DAY)
    assert (found["messages_90d"], found["engaged_90d"], found["engagement_rate"]) == (4, 2, 0.5)
    assert after(view(MONDAY), at=MONDAY)["engagement_rate"] is None


def test_the_path_to_a_purchase() -> None:
    names = ["product_list_viewed", "product_viewed", "product_added", "product_viewed", "checkout_started", "order_completed"]
    found = after(*(event(name, MONDAY + n, product_id="tent", order_id="o") for n, name in enumerate(names)), at=MONDAY + DAY)
    assert found["path"] == ["order_completed", "checkout_started", "product_viewed", "product_added", "product_list_viewed"]


def test_device_hour_referrer_and_utm_are_those_of_the_visit_s_first_event() -> None:
    context = {
        "device": {"type": "ios"},
        "page": {"referrer": "https://example.com/blog"},
        "campaign": {"source": "news", "medium": "email", "name": "spring"},
        "timezone": "Europe/Berlin",
    }
    inside = {"page": {"referrer": "https://shop/home"}, "device": {"type": "ios"}}
    found = after(event("page", MONDAY, context=context), event("page", MONDAY + MINUTE, context=inside), at=MONDAY + 8 * HOUR)
    told = ("device", "referrer", "utm_source", "utm_medium", "utm_campaign", "hour")
    assert [found[name] for name in told] == ["ios", "https://example.com/blog", "news", "email", "spring", 9]


@pytest.mark.parametrize(
    ("days", "known", "stage"),
    [
        ((), False, "visitor"),
        ((), True, "lead"),
        ((1,), True, "new_customer"),
        ((1, 100), True, "customer"),
        ((1, 30, 80), False, "loyal"),
        ((120, 130), True, "at_risk"),
        ((380,), True, "lapsed"),
    ],
)
def test_the_lifecycle_stage(days: tuple[int, ...], known: bool, stage: str) -> None:  # noqa: FBT001 - a row of a table
    who = [event("identify", MONDAY - 400 * DAY, type="identify", traits={"email": "ada@example.com"})] if known else [view(MONDAY - 400 * DAY)]
    found = after(*who, *(order(MONDAY - ago * DAY) for ago in sorted(days, reverse=True)), at=MONDAY)
    assert found["lifecycle_stage"] == stage
