"""Records as other systems send them, without the envelope of the Segment spec: a refusal says which they are, and how to wrap them."""

import json
from collections.abc import Mapping
from typing import Any

from udfs.codecs.foreign import CALLS
from udfs.codecs.reasons import Refused, RejectionReason

_ENVELOPE_LACKS = frozenset({RejectionReason.MISSING_FIELD, RejectionReason.UNKNOWN_TYPE})
_BRAZE_IDS = frozenset({"external_id", "braze_id", "user_alias"})
_GOOGLE_IDS = frozenset({"client_id", "app_instance_id", "user_pseudo_id"})
_ENVELOPE = '{"type": "track", "event": NAME, "userId" or "anonymousId", "messageId", "timestamp", "properties": …}'
_SEE = "docs/publish-events.md#raw-events-of-other-systems"


def with_cure(refused: Refused, value: bytes) -> Refused:
    """The same refusal; of a record that another system sends, with what to do. Only refused records are looked at."""
    if refused.reason not in _ENVELOPE_LACKS or refused.field not in {"type", "event", "user_id"}:
        return refused
    try:
        document = json.loads(value)
    except (ValueError, RecursionError):
        return refused
    known = _known(document) if isinstance(document, Mapping) else None
    if known is None:
        return refused
    who, name, inside, mapping = known
    reads = f"schemas/mappings/{mapping}.yaml reads the names ({_SEE})" if mapping else f"see {_SEE}"
    message = f"{refused.message}. This looks like {who}: wrap it, {_ENVELOPE}, with {name} as NAME and {inside} as the properties; {reads}"
    return Refused(refused.reason, refused.field, message)


def _known(document: Mapping[str, Any]) -> tuple[str, str, str, str] | None:
    """What it is, where its name and its fields are, and the mapping that reads them, if one ships."""
    if str(document.get("type")).strip().lower() in CALLS:
        return None
    if any(_has(each, _BRAZE_IDS) for part in ("events", "purchases", "attributes") for each in _objects(document.get(part))):
        name = "the name of each of its events (one record for each, its external_id the userId and its time the timestamp)"
        return "the body of Braze's /users/track", name, "the properties of that event", ""
    if _has(document, _BRAZE_IDS) and "name" in document:
        return "an event of Braze", "its name", "its properties (external_id is the userId, time the timestamp)", ""
    of_google = _has(document, _GOOGLE_IDS)
    if any("name" in each and (of_google or "params" in each) for each in _objects(document.get("events"))):
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


def _objects(found: Any) -> list[Mapping[str, Any]]:
    return [each for each in found if isinstance(each, Mapping)] if isinstance(found, list) else []


def _has(found: Mapping[str, Any], names: frozenset[str]) -> bool:
    return not names.isdisjoint(found)
