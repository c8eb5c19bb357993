"""What a file of recommendations may hold, key by key. The reader, its JSON Schema and the reference page are made from this."""

from udfs.core.recommend.strategy import DEFAULT_NAME, MAX_COUNT, Fill, Left, Source
from udfs.core.values.shapes import DEFINITIONS, Shape, choice, document, mapping, ref, text

MAX_WEIGHT = 1000
MAX_STRATEGIES = 50

_MEANS = {
    Source.TOGETHER: "What the same people took shortly before or after.",
    Source.ALIKE: "Items of which the catalogue says much the same.",
    Source.TRENDING: "What people took lately in the category looked at.",
    Source.NEW: "What has not been sold for long in the category looked at.",
    Source.WANTED: "What fits the filters, searches and reviews of this visit moves up by this share of the best score.",
}

WEIGHTS = mapping(
    {source.value: {"type": "number", "minimum": 0, "maximum": MAX_WEIGHT, "description": _MEANS[source]} for source in Source},
    means="How much each source counts. What is not named counts nothing. Without weights, they are those that training chose.",
    minProperties=1,
)
MAX_PER = mapping(
    {
        name: {"type": "integer", "minimum": 1, "maximum": MAX_COUNT, "description": f"Items of one {name} in a list, at most."}
        for name in ("category", "brand")
    },
    means="How mixed a list is.",
)
STRATEGY = mapping(
    {
        "description": text("What it is for, for people."),
        "weights": WEIGHTS,
        "ranker": {
            "type": "boolean",
            "default": True,
            "description": "Whether the ranker of the recommender orders what the sources bring. With weights, it never does.",
        },
        "fill": {
            "type": "array",
            "items": choice(Fill),
            "default": [fill.value for fill in Fill],
            "description": "What fills up a list that the sources leave short, in this order.",
        },
        "exclude": {
            "type": "array",
            "items": choice(Left),
            "default": [left.value for left in Left],
            "description": "What is left out.",
        },
        "max_per": MAX_PER,
        "explore": ref("share", "The share of places whose item is drawn among the 20 that follow. Decisions say how likely it was.", default="0%"),
    },
    means="A way to make lists.",
)
RECOMMENDATIONS: Shape = document(
    "recommendations",
    "Recommendations of Kairos",
    mapping(
        {
            "description": text("What they are for, for people."),
            "recommendations": {
                "type": "object",
                "minProperties": 1,
                "maxProperties": MAX_STRATEGIES,
                "propertyNames": {"$ref": "#/$defs/name"},
                "additionalProperties": ref("strategy"),
                "description": f'The strategies by name: recommend(8, strategy="…"). Where none is named, it is `{DEFAULT_NAME}`.',
            },
        },
        required=("recommendations",),
        means="How lists of products are made (docs/recommendations.md). There is one such file.",
    ),
    {"name": DEFINITIONS["name"], "share": DEFINITIONS["share"], "strategy": STRATEGY},
)
