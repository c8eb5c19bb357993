"""What a file of features may hold, key by key. Readers, JSON Schemas and the reference page are made from this."""

from udfs.core.features.aggregates import AGGREGATES, WINDOWED
from udfs.core.values.durations import UNITS
from udfs.core.values.shapes import DEFINITIONS, choice, document, mapping, ref, text

MAX_FEATURES = 200
ROOTS = ("properties", "traits", "context")
WITHOUT_VALUE = ("count", "time_since", "streak")
"""Aggregates that sum up events, not a value of theirs."""
REPEATS = ("last", "first", "distinct")
"""Aggregates that repeat what was told, in the currency in which it was told; the others calculate in the shop's."""
_NAMES = {"type": "string", "minLength": 1}

FEATURE = mapping(
    {
        "name": text("The name by which conditions, templates and models read it.", pattern="^[a-z][a-z0-9_]{0,39}$"),
        "event": {
            "anyOf": [_NAMES, {"type": "array", "minItems": 1, "items": _NAMES}],
            "description": "The event that is summed up, or a list of them.",
        },
        "filter": ref("condition", "Which events count.", examples=["event.total > 0"]),
        "aggregate": choice(AGGREGATES, "How events are summed up; streak counts days in a row."),
        "of": text("The value that is summed up.", pattern=rf"^({'|'.join(ROOTS)})\..+", examples=["properties.price"]),
        "window": ref("duration", "How far back; without one, ever.", examples=["7d"]),
        "unit": choice(UNITS, "Of time_since.", default="ms"),
        "default": {"type": ["string", "number", "boolean", "null"], "description": "Its value while there is none."},
        "purpose": ref("purpose", "Unknown to models without this customer's consent to it."),
        "doc": text("What it means, for people."),
        "ratio": {
            "type": "array",
            "minItems": 2,
            "maxItems": 2,
            "items": {"type": "string"},
            "description": "[numerator, denominator]: two features declared above.",
        },
        "expression": ref("value", "Computed from the session, the cart, the user's clock and the features above.", examples=["user.hour"]),
    },
    required=("name",),
    oneOf=[{"required": ["aggregate", "event"]}, {"required": ["ratio"]}, {"required": ["expression"]}],
    allOf=[
        {
            "if": {"required": ["aggregate"], "properties": {"aggregate": {"enum": list(WITHOUT_VALUE)}}},
            "then": {"properties": {"of": False}},
            "else": {"if": {"required": ["aggregate"]}, "then": {"required": ["of"]}},
        },
        {
            "if": {"required": ["aggregate"], "properties": {"aggregate": {"enum": [kind for kind in AGGREGATES if kind not in WINDOWED]}}},
            "then": {"properties": {"window": False}},
        },
    ],
)

FEATURES = document(
    "features",
    "Features of Kairos",
    mapping(
        {
            "features": {
                "type": "array",
                "maxItems": MAX_FEATURES,
                "items": ref("feature"),
                "description": "Each may be computed from those above it.",
            },
            "introduced": {
                "type": "object",
                "additionalProperties": {"type": "integer"},
                "description": "Since when each is counted, epoch milliseconds; publishing fills it in.",
            },
        },
        required=("features",),
        means="What is counted for each customer, kept up to date with every event.",
    ),
    {**{name: DEFINITIONS[name] for name in ("duration", "purpose", "condition", "value")}, "feature": FEATURE},
)
