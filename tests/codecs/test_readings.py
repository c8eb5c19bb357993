"""What can be read in one way only is read: as shops, PHP and spreadsheets write it. Amounts are in `test_readings_of_amounts`."""

import json
from typing import Any

import pytest

from tests.codecs.builders import ABSENT, NOON, added, all_of, event, said, taken, with_properties


@pytest.mark.parametrize(
    "products",
    [
        {"product_id": "a", "price": 5},
        [{"product_id": "a", "price": 5}],
        '[{"product_id": "a", "price": 5}]',
        '{"product_id": "a", "price": 5}',
        ['{"product_id": "a", "price": 5}'],
        {"1": {"product_id": "a", "price": 5}},
    ],
)
def test_products_as_a_list_as_one_object_as_a_map_and_as_json_in_a_text(products: Any) -> None:
    assert event(said("Cart Viewed", products=products)).properties["products"] == [{"product_id": "a", "price": 5}]


@pytest.mark.parametrize("nothing", [[], {}, "[]", "{}"])
def test_an_empty_list_is_empty_however_it_is_written(nothing: Any) -> None:
    assert event(said("Cart Viewed", products=nothing)).properties["products"] == []


@pytest.mark.parametrize("field", ["properties", "traits", "context"])
@pytest.mark.parametrize("empty", [[], None, ""])
def test_an_empty_object_as_php_writes_it(field: str, empty: Any) -> None:
    assert event(added(event="Tent Pitched", **{field: empty})).name == "tent_pitched"


def test_an_object_as_json_in_a_text() -> None:
    text = json.dumps({"product_id": "tent", "price": 1})
    assert event(added(properties=text)).properties == {"product_id": "tent", "price": 1}


@pytest.mark.parametrize(("written", "identifier"), [(12.0, "12"), (4711, "4711"), (10**30, str(10**30))])
def test_an_id_that_is_a_number_is_its_digits(written: float, identifier: str) -> None:
    assert event(with_properties(product_id=written)).properties["product_id"] == identifier


def test_a_whole_number_beyond_64_bits_is_its_digits() -> None:
    assert event(with_properties(gtin=10**29)).properties["gtin"] == str(10**29)


@pytest.mark.parametrize("empty", ["", " ", None])
@pytest.mark.parametrize("name", ["cart_id", "currency", "checkout_id"])
def test_an_empty_id_or_currency_is_absent(name: str, empty: str | None) -> None:
    assert name not in event(with_properties(**{name: empty})).properties


@pytest.mark.parametrize(
    "written",
    [
        NOON // 1000,
        str(NOON // 1000),
        NOON,
        NOON / 1000,
        "Fri, 01 Mar 2024 12:00:00 GMT",
        "2024-03-01 12:00:00 UTC",
        "2024-03-01T13:00:00+0100",
    ],
)
def test_a_time_in_any_spelling(written: Any) -> None:
    assert event(added(timestamp=written), at=NOON + 60_000).at == NOON


def test_a_byte_order_mark_and_blanks_before_the_object_are_nothing() -> None:
    plain = json.dumps(added()).encode()
    assert event(b"\xef\xbb\xbf" + plain) == event(b" \r\n\t" + plain) == event(plain)


def test_a_line_break_inside_a_text_is_read() -> None:
    value = json.dumps(with_properties(name="a|b")).encode().replace(b"|", b"\n")
    assert event(value).properties["name"] == "a\nb"


@pytest.mark.parametrize(("written", "kind"), [("Track", "track"), (" IDENTIFY ", "identify"), (ABSENT, "track"), ("", "track")])
def test_a_type_in_any_case_and_none_for_what_says_what_happened(written: Any, kind: str) -> None:
    assert event(added(type=written)).type == kind


def test_keys_in_snake_case_are_those_in_camel_case() -> None:
    payload = {
        "type": "track",
        "event": "product_viewed",
        "message_id": "m",
        "anonymous_id": "web",
        "original_timestamp": "2024-03-01T10:00Z",
        "sent_at": "2024-03-01T10:00Z",
        "write_key": "shop",
        "properties": {"product_id": "tent"},
    }
    read = event(payload, key=b"web")
    assert (read.message_id, read.anonymous_id, read.at, read.source) == ("m", "web", NOON, "shop")


def test_properties_in_camel_case_are_known_and_stay_as_they_were_sent() -> None:
    read = event(said("Order Completed", orderId=7, cartId="c", products=[{"productId": 1, "price": "2"}]))
    assert read.properties == {
        "orderId": 7,
        "order_id": "7",
        "cartId": "c",
        "cart_id": "c",
        "products": [{"productId": 1, "product_id": "1", "price": 2}],
    }


def test_a_property_in_both_spellings_is_the_one_of_the_spec() -> None:
    assert event(with_properties(productId="other")).properties["product_id"] == "tent"


def test_traits_by_which_somebody_is_reached_are_known_in_camel_case() -> None:
    read = event(added(type="identify", traits={"firstName": "Ada", "emailReachable": "no", "sms_reachable": "true", "dateOfBirth": "1990-05-17"}))
    assert (read.traits["first_name"], read.traits["email_reachable"], read.traits["sms_reachable"]) == ("Ada", False, True)
    assert read.traits["date_of_birth"] == "1990-05-17"


class TestConsent:
    """What a banner says, in one shape."""

    @pytest.mark.parametrize(("ticked", "granted"), [("true", True), ("granted", True), (1, True), ("false", False), ("denied", False), (0, False)])
    def test_a_tick_in_words_or_figures(self, ticked: Any, granted: bool) -> None:  # noqa: FBT001
        read = event(added(context={"consent": {"categoryPreferences": {"marketing": ticked}}}))
        assert read.context["consent"]["categoryPreferences"] == {"marketing": granted}

    def test_a_tick_that_cannot_be_read_grants_nothing(self) -> None:
        read, asides = taken(added(context={"consent": {"category_preferences": {"marketing": {}}}}))
        assert read.context["consent"]["categoryPreferences"] == {"marketing": False}
        assert [aside.field for aside in asides] == ["context.consent.categoryPreferences.marketing"]

    def test_many_ticks_that_cannot_be_read_are_one_report_and_grant_nothing(self) -> None:
        ticks: dict[str, Any] = {f"category {number}": {} for number in range(200)}
        read, asides = taken(added(context={"consent": {"categoryPreferences": {**ticks, "marketing": True}}}))
        assert read.context["consent"]["categoryPreferences"] == {**dict.fromkeys(ticks, False), "marketing": True}
        assert [aside.field for aside in asides] == ["context.consent.categoryPreferences.category 0"]

    def test_a_category_that_is_null_is_refused_and_no_other(self) -> None:
        read = event(added(context={"consent": {"categoryPreferences": {"marketing": True, "analytics": None}}}))
        assert read.context["consent"]["categoryPreferences"] == {"marketing": True, "analytics": False}

    def test_of_two_spellings_a_null_denies(self) -> None:
        told = {"categoryPreferences": {"marketing": True}, "category_preferences": {"marketing": None}}
        assert event(added(context={"consent": told})).context["consent"]["categoryPreferences"] == {"marketing": False}

    def test_one_id_is_a_list_of_one(self) -> None:
        read = event(added(context={"consentManagement": {"deniedConsentIds": "ads", "allowedConsentIds": []}}))
        assert read.context["consentManagement"] == {"deniedConsentIds": ["ads"], "allowedConsentIds": []}


class TestWithoutAMessageId:
    """It is made from the content, so that the same bytes sent again are the same message."""

    @pytest.mark.parametrize("missing", [ABSENT, None, "", " "])
    def test_it_is_made_from_the_content(self, missing: Any) -> None:
        one, again = (event(added(messageId=missing)) for _ in range(2))
        other = event(added(messageId=missing, context={"locale": "de"}))
        assert one.derived_id
        assert one.message_id == again.message_id != other.message_id

    def test_a_number_is_an_id(self) -> None:
        read = event(added(messageId=7))
        assert (read.message_id, read.derived_id) == ("7", False)


class TestPlaceholders:
    """What trackers send for nobody is nobody."""

    @pytest.mark.parametrize(
        "nobody",
        [
            "null",
            "undefined",
            "None",
            "NaN",
            "0",
            0,
            -1,
            "false",
            False,
            "Guest",
            " anonymous ",
            "[object Object]",
            "00000000-0000-0000-0000-000000000000",
        ],
    )
    def test_beside_an_anonymous_id_it_is_ignored_and_said(self, nobody: Any) -> None:
        read, asides = taken(added(userId=nobody, anonymousId="web-1"), key=b"web-1")
        assert (read.user_id, read.anonymous_id) == ("web-1", "web-1")
        assert [aside.field for aside in asides] == ["userId"]


class TestZones:
    @pytest.mark.parametrize("zone", ["europe/berlin", " Europe/Berlin", "+01:00", "GMT+1", "W. Europe Standard Time", "(GMT+01:00) Berlin"])
    def test_a_zone_in_any_spelling_is_no_fault(self, zone: str) -> None:
        assert event(added(context={"timezone": zone}, traits={"timezone": zone})).context["timezone"] == zone


class TestOfSeveralProducts:
    """An event that is about one product, with a list of them: as many events."""

    def test_each_product_is_an_event_of_its_own(self) -> None:
        payload = said("Product Added", cart_id="c", products=[{"product_id": "a", "price": "5"}, {"product_id": "b", "price": 6, "quantity": 2}])
        events, asides = all_of(payload)
        assert [(each.message_id, each.properties) for each in events] == [
            ("m-1", {"cart_id": "c", "product_id": "a", "price": 5}),
            ("m-1#1", {"cart_id": "c", "product_id": "b", "price": 6, "quantity": 2}),
        ]
        assert asides == []

    def test_with_a_product_of_its_own_what_is_seen_or_taken_out_is_one_event(self) -> None:
        for name in ("Product Viewed", "Product Removed"):
            assert len(all_of(said(name, product_id="tent", products=[{"product_id": "a"}, {"product_id": "b"}]))[0]) == 1
