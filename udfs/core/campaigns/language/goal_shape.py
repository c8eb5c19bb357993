"""What a goal may hold, key by key."""

from udfs.core.campaigns.goal import BASES, GUARDS
from udfs.core.values.shapes import choice, mapping, ref

GOAL = mapping(
    {
        "event": ref("events", "The event that counts as a conversion, or several of which each does."),
        "within": ref("duration", "How long after the decision it counts; 90 days at most.", default="3d"),
        "value": ref(
            "value",
            "What a conversion is worth, in the shop's currency: revenue is what the order comes to; or an expression about the goal's event.",
            examples=["revenue", "event.total - event.shipping"],
        ),
        "when": ref("condition", "Which of these events count.", examples=["event.total > 20"]),
        "guard": {
            "anyOf": [{"enum": list(GUARDS)}, {"type": "array", "minItems": 1, "items": {"enum": list(GUARDS)}}],
            "description": "Rates that must not rise for it; the summary of kairos try shows them next to the conversions.",
        },
        "basis": choice(BASES, "What must have happened to a message before it is given credit.", default=BASES[0]),
        "half_life": ref("duration", "With time decay, a message that is so much older is given half the credit.", default="7d"),
    },
    required=("event",),
    means="What the campaign is for. Each decision that acts, or is held out, has an outcome. docs/outcomes.md explains it.",
)
