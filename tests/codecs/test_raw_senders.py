"""What other systems send without an envelope is refused with the cure; and `params` are properties."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from udfs.codecs.decode import decode
from udfs.codecs.mappings import combined, fill, sender
from udfs.core.records import Event, Rejection

AT = 1_772_444_700_000


@pytest.mark.parametrize(
    ("record", "words"),
    [
        ({"client_id": "c", "events": [{"name": "add_to_cart", "params": {"value": 6}}]}, ("Measurement Protocol", "ga4.yaml")),
        ({"event_name": "add_to_cart", "user_pseudo_id": "c", "params": {}}, ("Google Analytics 4", "ga4.yaml")),
        ({"id": "1", "name": "checkout_completed", "clientId": "c", "data": {"checkout": {}}}, ("Shopify pixel", "shopify.yaml")),
        ({"id": "1", "name": "page_viewed", "clientId": "c", "type": "standard", "data": {}}, ("'standard'", "Shopify pixel", "shopify.yaml")),
        ({"id": "1", "name": "size_chosen", "clientId": "c", "type": "custom", "data": {"size": 4}}, ("Shopify pixel", "shopify.yaml")),
        ({"api_key": "x", "events": [{"external_id": "c", "name": "rented", "time": "2026-01-01"}]}, ("Braze", "external_id the userId")),
        ({"attributes": [{"external_id": "c", "first_name": "Ada"}]}, ("Braze",)),
        ({"purchases": [{"user_alias": {"alias_name": "c"}, "product_id": "p", "price": 1}]}, ("Braze",)),
        ({"external_id": "c", "app_id": "a", "name": "rented", "time": "2026-01-01", "properties": {}}, ("Braze",)),
        ({"app_instance_id": "c", "events": [{"name": "add_to_cart"}]}, ("Measurement Protocol",)),
        ({"id": 7, "admin_graphql_api_id": "gid://shopify/Order/7", "line_items": []}, ("Shopify webhook", "shopify.yaml")),
        ({"app_id": "web", "event_name": "add_to_cart", "collector_tstamp": "2026-01-01"}, ("Snowplow", "snowplow.yaml")),
        ({"user_id": "c", "device_id": "d", "event_type": "add_to_cart"}, ("Amplitude", "event_type as NAME", "device_id the anonymousId")),
        ({"user_id": None, "device_id": "c", "event_type": "view", "event_properties": {"sku": 1}, "time": 1_772_444_700_000}, ("Amplitude",)),
        ({"$insert_id": "i", "amplitude_id": 7, "event_time": "2026-01-01 10:00:00", "event_type": "watch_tutorial"}, ("an event of Amplitude",)),
        ({"api_key": "x", "events": [{"user_id": "c", "event_type": "view", "insert_id": "i"}]}, ("Amplitude's HTTP API", "one record for each")),
        ({"event": "Signed up", "properties": {"time": 1_772_444_700, "distinct_id": "c", "$insert_id": "i"}}, ("Mixpanel", "$insert_id")),
        ({"event": "$pageview", "distinct_id": "c", "properties": {"$current_url": "https://x"}, "timestamp": "2026-01-01"}, ("PostHog",)),
        ({"app_id": "1", "identity": "c@x.com", "event": "Send", "properties": {}}, ("Heap", "identity is the userId")),
        ({"data": {"type": "event", "attributes": {"properties": {}, "metric": {"data": {"attributes": {"name": "x"}}}}}}, ("Klaviyo",)),
        ({"email": "c@x.com", "eventName": "bought", "dataFields": {}}, ("Iterable", "its eventName as NAME")),
        ({"type": "person", "identifiers": {"id": "c"}, "action": "event", "name": "bought", "attributes": {}}, ("Customer.io",)),
        ({"name": "bought", "data": {"price": 6}}, ("Customer.io",)),
        ({"mpid": "1", "user_identities": {"customerid": "c"}, "events": [{"event_type": "custom_event", "data": {}}]}, ("mParticle",)),
        ({"customer_ids": {"registered": "c"}, "event_type": "purchase", "properties": {}}, ("Bloomreach",)),
        ({"_id": "i", "eventType": "commerce.purchases", "identityMap": {"ECID": [{"id": "c"}]}}, ("Adobe", "eventType")),
        ({"customer": "c", "event_type": "purchase", "when": 1}, ("another system, named by event_type", "its event_type as NAME")),
        ({"userId": "c", "eventName": "purchase"}, ("another system, named by eventName",)),
    ],
)
def test_a_raw_record_of_another_system_is_refused_with_what_to_do(record: dict[str, Any], words: tuple[str, ...]) -> None:
    found = decode(b"c", json.dumps(record).encode(), AT)
    assert isinstance(found, Rejection)
    assert all(word in found.message for word in (*words, "wrap it", "docs/publish-events.md")), found.message


@pytest.mark.parametrize(
    "value", [b'{"userId": "u"}', b'{"userId": "u", "events": 5}', b'{"userId": "u", "name": "x", "data": 1}', b'{"events": [{"name": "x"}]}']
)
def test_a_record_of_nobody_we_know_is_refused_as_before(value: bytes) -> None:
    found = decode(b"u", value, AT)
    assert isinstance(found, Rejection)
    assert "wrap it" not in found.message


@pytest.mark.parametrize("call", ["track", "Track ", "identify", "page"])
def test_a_message_of_the_spec_that_lacks_something_is_not_taken_for_another_system_s(call: str) -> None:
    found = decode(b"u", json.dumps({"type": call, "name": "", "data": {}, "external_id": "u"}).encode(), AT)
    assert isinstance(found, Rejection)
    assert "wrap it" not in found.message


def test_params_without_properties_are_the_properties() -> None:
    record = {"type": "track", "event": "add_to_cart", "userId": "u", "messageId": "m", "timestamp": AT, "params": {"item_id": "t", "price": 60}}
    found = decode(b"u", json.dumps(record).encode(), AT)
    assert isinstance(found, Event)
    assert (found.name, found.properties["product_id"], found.properties["price"]) == ("product_added", "t", 60)


def test_properties_win_over_params() -> None:
    record = {"type": "track", "event": "x", "userId": "u", "messageId": "m", "timestamp": AT, "params": {"a": 1}, "properties": {"a": 2}}
    found = decode(b"u", json.dumps(record).encode(), AT)
    assert isinstance(found, Event)
    assert found.properties == {"a": 2}


def test_the_mapping_that_the_page_shows_reads_an_order_of_its_own() -> None:
    text = (Path(__file__).parents[2] / "docs" / "publish-events.md").read_text(encoding="utf-8")
    (written,) = re.findall(r'^```yaml title="schemas/mappings/till\.yaml"\n(.*?)^```$', text, re.MULTILINE | re.DOTALL)
    till = combined([sender(YAML(typ="safe", pure=True).load(written))])
    meaning = till.everywhere["sale"]
    properties: dict[str, Any] = {"receipt_no": "r1", "amount_paid": 60, "basket": "b", "rows": [{"article": "tent", "unit_price": 60}]}
    fill(properties, "sale", meaning)
    assert meaning.event == "order_completed"
    assert (properties["order_id"], properties["total"], properties["cart_id"]) == ("r1", 60, "b")
    assert properties["products"][0]["product_id"] == "tent"
