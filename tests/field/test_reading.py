"""Public bug reports of this trade, made into small inputs: those that are about reading what trackers send."""

import pytest

from services.local.job import Output
from tests.field.playing import at, decisions, needs_cases, played
from udfs.core.records import Action, Rejection

pytestmark = needs_cases


def set_aside(found: list[Output]) -> list[tuple[str, str | None]]:
    rejections = [each for each in found if isinstance(each, Rejection)]
    assert [each for each in rejections if not each.accepted] == []
    return [(str(each.reason), each.field) for each in rejections]


def test_an_order_with_a_quantity_in_kilograms_stops_the_mail_about_its_cart() -> None:
    found = played("refused-order-decimal-quantity")
    assert (decisions(found), set_aside(found)) == ([], [])


def test_an_order_without_an_id_stops_the_mail_about_its_cart() -> None:
    found = played("refused-order-without-order-id")
    assert (decisions(found), set_aside(found)) == ([], [("MISSING_PROPERTY", "properties.order_id")])


def test_an_unsubscription_in_seconds_with_an_odd_channel_or_an_empty_decision_is_heard() -> None:
    found = played("refused-unsubscribe")
    channels = {each.user_id: each.channel for each in found if isinstance(each, Action)}
    assert channels == {"u1": "push"}
    assert {each[0]: each[2:] for each in decisions(found) if each[0] != "u1"} == {
        "u2": ("withheld", "UNSUBSCRIBED"),
        "u3": ("withheld", "UNSUBSCRIBED"),
    }
    assert set_aside(found) == [("BAD_PROPERTY", "properties.channel")]


def test_users_called_null_and_undefined_are_the_visitors_that_their_anonymous_ids_say() -> None:
    found = played("everybody-is-null")
    assert [each for each in decisions(found) if each[2] == "acted"] == [
        ("web-1", at("2026-03-02T10:30:00"), "acted", "ELIGIBLE"),
        ("web-4", at("2026-03-02T10:42:00"), "acted", "ELIGIBLE"),
    ]
    assert set_aside(found) == [("PLACEHOLDER_ID", "userId")] * 4


def test_identify_with_its_traits_in_the_context_greets_by_name() -> None:
    found = played("identify-with-context-traits")
    (mail,) = [each for each in found if isinstance(each, Action)]
    assert mail.content["body"].startswith("Hi Kim,")


def test_a_line_of_quantity_zero_is_gone_from_the_cart() -> None:
    found = played("line-of-quantity-zero")
    assert (decisions(found), set_aside(found)) == ([], [])


def test_a_zone_in_small_letters_is_where_the_customer_sleeps() -> None:
    found = decisions(played("zone-spelled-otherwise"))
    assert found[0] == ("u1", at("2026-03-02T21:40:00"), "deferred", "QUIET_HOURS")
    assert [each[2:] for each in found[1:]] == [("withheld", "EXPIRED")], "the mail lives six hours"
    assert 0 <= found[1][1] - at("2026-03-03T07:00:00") < 1_000, "eight in Berlin"


def test_a_birthday_at_midnight_utc_is_that_day_in_new_york() -> None:
    assert decisions(played("birthday-as-utc-midnight"))[0] == ("u1", at("2026-05-17T13:00:00"), "acted", "ELIGIBLE")


def test_a_phone_three_hours_slow_has_its_cart_mail_half_an_hour_after_the_last_touch() -> None:
    found = decisions(played("phone-clock-three-hours-slow"))
    assert [each[:3] for each in found] == [("u1", at("2026-03-02T10:36:00"), "acted")]


def test_a_phone_four_minutes_fast_sends_no_mail_to_who_has_bought() -> None:
    assert decisions(played("phone-four-minutes-fast-order-by-the-server")) == []


@pytest.mark.parametrize("case", ["pass-one-mail-a-cart", "pass-list-unsubscribe", "pass-ampersand-in-the-subject"])
def test_what_was_right_before_stays_right(case: str) -> None:
    found = played(case)
    assert set_aside(found) == []
    assert [each[2] for each in decisions(found)].count("acted") == 1
