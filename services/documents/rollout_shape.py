"""What a rollout file may hold: how a new version of a model comes into use. The JSON Schema and the reference page are made from this."""

from udfs.core.values.shapes import DEFINITIONS, document, mapping, ref

MIN_CUSTOMERS = 100
"""Of each side, before scores are compared: no step ends with fewer."""
STEPS = ("shadow", "1%", "5%", "10%", "25%", "50%", "100%")
STEP = {
    "anyOf": [{"enum": ["shadow"]}, {"$ref": "#/$defs/share"}],
    "description": "shadow, or the share of customers for whom the new version is used.",
}

GUARDRAILS = mapping(
    {
        "errors": ref("share", "At most so many of its answers fail: it is refused, fails, is not a number, does not return.", default="1%"),
        "latency_ms": {
            "type": "number",
            "minimum": 0.1,
            "maximum": 1000,
            "default": 10,
            "description": "At most one answer in twenty takes longer than so many milliseconds.",
        },
        "shift": {
            "type": "number",
            "minimum": 0.05,
            "maximum": 100,
            "default": 0.5,
            "description": "How far its scores may be from the champion's: the population stability index, beyond what chance explains.",
        },
        "reward": ref(
            "share",
            "By how much less the goals of campaigns may be reached by its customers than by the champion's, or be worth, as a share of theirs.",
            default="0%",
        ),
    },
    means="What ends the rollout and takes the version back, at any moment.",
)

ROLLOUT = document(
    "rollout",
    "A rollout of Kairos",
    mapping(
        {
            "rollout": ref("name", "The name of the model."),
            "steps": {"type": "array", "minItems": 1, "items": STEP, "default": list(STEPS), "description": "The way to all customers, in order."},
            "hold": ref("duration", "Each step lasts at least so long.", default="1h"),
            "sample": {
                "type": "integer",
                "minimum": MIN_CUSTOMERS,
                "maximum": 20_000,
                "default": 200,
                "description": "At each step the new version has answered about at least so many customers.",
            },
            "shadow_ms_per_s": {
                "type": "number",
                "minimum": 0.1,
                "maximum": 500,
                "default": 20,
                "description": "How many milliseconds of each second a shadow may take, in each task of the job. Beyond that it is not asked.",
            },
            "guardrails": GUARDRAILS,
        },
        required=("rollout",),
        means="How a new version of a model comes into use: `kairos models rollout`. docs/training.md explains it.",
    ),
    {name: DEFINITIONS[name] for name in ("name", "duration", "share")},
)
