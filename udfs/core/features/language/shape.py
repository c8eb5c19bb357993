"""What a file of features may hold, key by key. Readers, JSON Schemas and the reference page are made from this."""

from udfs.core.features.aggregates import AGGREGATES, BY_KEY, WINDOWED
from udfs.core.features.keyed import MAX_LATEST
from udfs.core.values.durations import UNITS
from udfs.core.values.shapes import DEFINITIONS, choice, document, mapping, ref, text

MAX_FEATURES = 200
ROOTS = ("properties", "traits", "context", "item")
"""Where a value stands: in the event, or in the item of a list of its."""
RECORDS = ("last", "last_n")
"""Aggregates that may keep several values of an event side by side."""
MAX_FIELDS = 6
"""Of such a record."""
WITHOUT_VALUE = ("count", "time_since", "time_since_first", "streak", "steps")
"""Aggregates that sum up events, not a value of theirs."""
REPEATS = ("last", "last_n", "first", "distinct", "top")
"""Aggregates that repeat what was sent, in the currency in which it was sent; the others calculate in the shop's."""
_NAMES = {"type": "string", "minLength": 1}
_WHERE = rf"^(({'|'.join(ROOTS)})\..+|name)$"
_VALUE = {"type": "string", "pattern": _WHERE}

WITHOUT_CONSENT = ("unknown", "forgotten")
"""What happens to a feature without consent to its purpose."""

FEATURE = mapping(
    {
        "name": text("The name by which conditions, templates and models read it.", pattern="^[a-z][a-z0-9_]{0,39}$"),
        "event": {
            "anyOf": [_NAMES, {"type": "array", "minItems": 1, "items": _NAMES}],
            "description": "The event that is summed up, or a list of them.",
        },
        "filter": ref("condition", "Which events count.", examples=["event.total > 0"]),
        "aggregate": choice(AGGREGATES, "How events are summed up; streak counts days in a row; steps are those of the latest visit, for models."),
        "of": {
            "anyOf": [_VALUE, {"type": "array", "minItems": 1, "maxItems": MAX_FIELDS, "items": _VALUE}],
            "description": "The value that is summed up; name is the event's own name. With last and last_n also a list of values: a small record.",
            "examples": ["properties.price"],
        },
        "by": text("Once for each value of this.", pattern=_WHERE, examples=["properties.category"]),
        "each": text(
            "A list of the event: its items are summed up, as item.", pattern=r"^(properties|traits|context)\..+", examples=["properties.products"]
        ),
        "times": text("With sum: the value is multiplied by this.", pattern=_WHERE, examples=["item.quantity"]),
        "n": {"type": "integer", "minimum": 1, "maximum": MAX_LATEST, "default": 3, "description": "With last_n: how many."},
        "window": ref("duration", "How far back; without one, ever.", examples=["7d"]),
        "unit": choice(UNITS, "Of time_since and time_since_first.", default="ms"),
        "default": {"type": ["string", "number", "boolean", "null"], "description": "Its value while there is none."},
        "purpose": ref("purpose", "Unknown to models without this customer's consent to it."),
        "without_consent": choice(
            WITHOUT_CONSENT, "What follows where that consent is missing: nobody sees it (unknown), or nothing of it is kept either (forgotten)."
        ),
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
        *(
            {"if": {"required": ["aggregate"], "properties": {"aggregate": {"not": {"enum": list(kinds)}}}}, "then": {"properties": {key: False}}}
            for key, kinds in (("by", sorted(BY_KEY)), ("n", ("last_n",)), ("times", ("sum",)))
        ),
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
            "removed": {
                "type": "object",
                "additionalProperties": {"type": "integer"},
                "description": "Since when what was counted before is not any more, epoch milliseconds; publishing fills it in.",
            },
        },
        required=("features",),
        means="What is counted for each customer, kept up to date with every event.",
    ),
    {**{name: DEFINITIONS[name] for name in ("duration", "purpose", "condition", "value")}, "feature": FEATURE},
)
