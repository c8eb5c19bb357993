"""Records as other systems send them, without the envelope of the Segment spec: a refusal says which they are, and how to wrap them."""

import json
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from udfs.codecs.foreign import CALLS
from udfs.codecs.reasons import Refused, RejectionReason

_ENVELOPE_LACKS = frozenset({RejectionReason.MISSING_FIELD, RejectionReason.UNKNOWN_TYPE})
_ENVELOPE = '{"type": "track", "event": NAME, "userId" or "anonymousId", "messageId", "timestamp", "properties": …}'
_SEE = "docs/publish-events.md#raw-events-of-other-systems"
_EACH = "one record for each"
_BRAZE_IDS = ("external_id", "braze_id", "user_alias")
_GOOGLE_IDS = ("client_id", "app_instance_id", "user_pseudo_id")
_NAMES = ("event_type", "eventType", "event_name", "eventName", "action", "activity", "evtName")
"""Under which systems that nobody knows here say what happened."""

Document = Mapping[str, Any]


class Known(NamedTuple):
    """A system, and how its records differ from others."""

    is_one: Callable[[Document], bool]
    who: str
    name: str
    """Where its events have their name."""
    inside: str
    """Where they have their fields, and who they are about."""
    mapping: str = ""
    """Of a file that ships, which reads its names."""


def with_cure(refused: Refused, value: bytes) -> Refused:
    """The same refusal; of a record that another system sends, with what to do. Only refused records are looked at."""
    if refused.reason not in _ENVELOPE_LACKS or refused.field not in {"type", "event", "user_id"}:
        return refused
    try:
        document = json.loads(value)
    except (ValueError, RecursionError):
        return refused
    if not isinstance(document, Mapping) or str(document.get("type")).strip().lower() in CALLS:
        return refused
    known = next((each for each in SYSTEMS if each.is_one(document)), None) or _some_other(document)
    if known is None:
        return refused
    reads = f"schemas/mappings/{known.mapping}.yaml reads the names ({_SEE})" if known.mapping else f"see {_SEE}"
    cure = f"This looks like {known.who}: wrap it, {_ENVELOPE}, with {known.name} as NAME and {known.inside} as the properties; {reads}"
    return Refused(refused.reason, refused.field, f"{refused.message}. {cure}")


def _some_other(document: Document) -> Known | None:
    """A record that says what happened under a name of its own."""
    name = next((each for each in _NAMES if isinstance(document.get(each), str)), None)
    return None if name is None else Known(_never, f"an event of another system, named by {name}", f"its {name}", "its other fields")


def _never(_: Document) -> bool:
    return False


def _of_braze(document: Document) -> bool:
    return any(_has(each, *_BRAZE_IDS) for part in ("events", "purchases", "attributes") for each in _objects(document.get(part)))


def _of_google(document: Document) -> bool:
    is_sender = _has(document, *_GOOGLE_IDS)
    return any("name" in each and (is_sender or "params" in each) for each in _objects(document.get("events")))


def _of_amplitude(document: Document) -> bool:
    return "event_type" in document and _has(document, "device_id", "amplitude_id", "insert_id", "$insert_id", "event_properties", "user_properties")


def _of_mixpanel(document: Document) -> bool:
    properties = document.get("properties")
    return "event" in document and isinstance(properties, Mapping) and _has(properties, "distinct_id", "$device_id", "$user_id")


def _of_klaviyo(document: Document) -> bool:
    data = document.get("data")
    attributes = data.get("attributes") if isinstance(data, Mapping) else None
    return isinstance(attributes, Mapping) and "metric" in attributes


def _objects(found: Any) -> list[Mapping[str, Any]]:
    return [each for each in found if isinstance(each, Mapping)] if isinstance(found, list) else []


def _has(found: Document, *names: str) -> bool:
    return any(name in found for name in names)


SYSTEMS = (
    Known(
        _of_braze,
        "the body of Braze's /users/track",
        f"the name of each of its events ({_EACH}, its external_id the userId and its time the timestamp)",
        "the properties of that event",
    ),
    Known(
        lambda found: _has(found, *_BRAZE_IDS) and "name" in found,
        "an event of Braze",
        "its name",
        "its properties (external_id is the userId, time the timestamp)",
    ),
    Known(_of_google, "Google Analytics' Measurement Protocol", f"the name of each of its events ({_EACH})", "its params", "ga4"),
    Known(
        lambda found: "event_name" in found and _has(found, "params", "event_params", "event_timestamp"),
        "an event of Google Analytics 4",
        "event_name",
        "the params",
        "ga4",
    ),
    Known(
        lambda found: any(_of_amplitude(each) for each in _objects(found.get("events"))),
        "the body of Amplitude's HTTP API",
        f"event_type of each of its events ({_EACH}; user_id is the userId, device_id the anonymousId, insert_id the messageId, time the timestamp)",
        "its event_properties",
    ),
    Known(
        lambda found: _has(found, "mpid", "user_identities") and _has(found, "events", "event_type"),
        "a batch of mParticle",
        f"data.event_name of each of its events ({_EACH}; customerid of the user_identities is the userId, mpid the anonymousId)",
        "data.custom_attributes",
    ),
    Known(
        lambda found: "event_type" in found and "customer_ids" in found,
        "an event of Bloomreach",
        "its event_type",
        "its properties (customer_ids.registered is the userId, cookie the anonymousId)",
    ),
    Known(
        _of_amplitude,
        "an event of Amplitude",
        "its event_type",
        "its event_properties (user_id is the userId, device_id the anonymousId, insert_id the messageId, time or event_time the timestamp)",
    ),
    Known(
        _of_mixpanel,
        "an event of Mixpanel",
        "its event",
        "its properties ($user_id is the userId, $device_id the anonymousId, distinct_id whichever of the two it is, $insert_id the messageId)",
    ),
    Known(
        lambda found: "event" in found and "distinct_id" in found,
        "an event of PostHog",
        "its event",
        "its properties (distinct_id is the userId of whom you have identified, else the anonymousId; uuid is the messageId)",
    ),
    Known(lambda found: "event" in found and "identity" in found, "an event of Heap", "its event", "its properties (identity is the userId)"),
    Known(_of_klaviyo, "an event of Klaviyo", "the name of its metric", "data.attributes.properties (the profile's id or external_id is the userId)"),
    Known(
        lambda found: "eventName" in found and "dataFields" in found,
        "an event of Iterable",
        "its eventName",
        "its dataFields (createdAt is the timestamp)",
    ),
    Known(
        lambda found: "name" in found and ("identifiers" in found or (isinstance(found.get("data"), Mapping) and "clientId" not in found)),
        "an event of Customer.io",
        "its name",
        "its attributes, or data (the customer's id is the userId)",
    ),
    Known(
        lambda found: _has(found, "identityMap", "xdm"),
        "an experience event of Adobe",
        "its eventType",
        "its other fields (an id of the identityMap is the userId, _id the messageId)",
    ),
    Known(
        lambda found: "name" in found and "clientId" in found and isinstance(found.get("data"), Mapping),
        "an event of a Shopify pixel",
        "its name",
        "its data (clientId is the anonymousId)",
        "shopify",
    ),
    Known(
        lambda found: "admin_graphql_api_id" in found,
        "a Shopify webhook",
        "its topic, such as orders/create,",
        "the whole record",
        "shopify",
    ),
    Known(
        lambda found: "collector_tstamp" in found or ("event_name" in found and _has(found, "app_id", "event_vendor", "platform")),
        "an event of Snowplow",
        "event_name",
        "the event's own fields",
        "snowplow",
    ),
)
"""The first that fits."""
