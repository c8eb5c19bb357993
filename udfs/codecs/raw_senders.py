"""Records as other systems send them, without the envelope of the Segment spec: a refusal says which they are, and how to wrap them."""

import json
from collections.abc import Mapping
from typing import Any

from udfs.codecs.reasons import Refused, RejectionReason

_ENVELOPE = '{"type": "track", "event": NAME, "userId" or "anonymousId", "messageId", "timestamp", "properties": …}'
_SEE = "docs/publish-events.md#raw-events-of-other-systems"


def with_cure(refused: Refused, value: bytes) -> Refused:
    """The same refusal; of a record without a type that another system sends, with what to do. Only refused records are looked at."""
    if refused.reason is not RejectionReason.MISSING_FIELD or refused.field not in {"type", "event", "user_id"}:
        return refused
    try:
        document = json.loads(value)
    except (ValueError, RecursionError):
        return refused
    known = _known(document) if isinstance(document, Mapping) else None
    if known is None:
        return refused
    who, name, inside, mapping = known
    message = (
        f"{refused.message}. This looks like {who}: wrap it, {_ENVELOPE}, with {name} as NAME and {inside} as the properties; "
        f"schemas/mappings/{mapping}.yaml reads the names ({_SEE})"
    )
    return Refused(refused.reason, refused.field, message)


def _known(document: Mapping[str, Any]) -> tuple[str, str, str, str] | None:
    """What it is, where its name and its fields are, and the mapping that reads them."""
    if document.get("type") is not None:
        return None
    events = document.get("events")
    if isinstance(events, list) and any(isinstance(each, Mapping) and "name" in each for each in events):
        return "Google Analytics' Measurement Protocol", "the name of each of its events (one record for each)", "its params", "ga4"
    if "event_name" in document and ("params" in document or "event_params" in document or "event_timestamp" in document):
        return "an event of Google Analytics 4", "event_name", "the params", "ga4"
    if "name" in document and isinstance(document.get("data"), Mapping):
        return "an event of a Shopify pixel", "its name", "its data (clientId is the anonymousId)", "shopify"
    if "admin_graphql_api_id" in document:
        return "a Shopify webhook", "its topic, such as orders/create,", "the whole record", "shopify"
    if "event_name" in document or "collector_tstamp" in document:
        return "an event of Snowplow", "event_name", "the event's own fields", "snowplow"
    return None
