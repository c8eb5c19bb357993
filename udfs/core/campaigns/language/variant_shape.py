"""What a variant of a campaign may hold, key by key."""

from udfs.core.values.channels import MAX_CHANNELS
from udfs.core.values.shapes import mapping, ref, text

VARIANT = mapping(
    {
        "weight": {
            "type": "number",
            "minimum": 0,
            "exclusiveMaximum": 1_000_000_000,
            "default": 1,
            "description": "Shares follow from all weights together.",
        },
        "channel": {
            "anyOf": [
                ref("channel"),
                {"type": "array", "minItems": 1, "maxItems": MAX_CHANNELS, "items": ref("channel")},
                mapping(
                    {
                        "best": {
                            "type": "array",
                            "minItems": 2,
                            "maxItems": MAX_CHANNELS,
                            "uniqueItems": True,
                            "items": ref("channel"),
                            "description": "Among these the one by which the customer is likeliest to answer (docs/best-channel.md).",
                        }
                    },
                    required=("best",),
                ),
            ],
            "description": "By which channel, or which channels in the order of preference. `best`: of those that its template has, the one by "
            "which the customer is likeliest to answer (docs/best-channel.md). "
            "The job must be submitted for it (kairos submit --channels).",
        },
        "template": text("The name of a file in templates/ next to the campaign, without .yaml."),
        "content": {
            "type": "object",
            "minProperties": 1,
            "additionalProperties": {"type": "string"},
            "description": "The words, field by field, such as subject and body.",
        },
        "offer": {
            "type": "object",
            "minProperties": 1,
            "additionalProperties": {"type": ["string", "number", "boolean", "null"]},
            "description": "What to offer: numbers, texts or expressions, such as percent: 15 if score < 0.1 else 5.",
        },
        "wait": ref("duration", "Acts this long after it was chosen, if nothing cancels it."),
        "cost": {
            "type": ["number", "string"],
            "description": "With choose: uplift, what sending it costs: a number, or an expression that gives one.",
        },
    },
    required=("channel",),
    oneOf=[{"required": ["content"]}, {"required": ["template"]}],
)
