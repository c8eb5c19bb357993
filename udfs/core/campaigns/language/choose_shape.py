"""What `choose` may hold."""

from udfs.core.campaigns.bandit import MAX_BY, REWARDS
from udfs.core.values.shapes import choice, mapping, text

BANDITS = ("simple", "contextual")
BANDIT = mapping(
    {
        "bandit": choice(BANDITS, "simple: it learns about all customers alike. contextual: also apart, by what `by` says."),
        "by": {
            "type": "array",
            "minItems": 1,
            "maxItems": MAX_BY,
            "items": text("segment, daypart, a feature, or a value with few different results.", examples=["segment", "daypart", "device"]),
            "description": "With contextual: by what it learns apart.",
        },
        "reward": choice(REWARDS, "What it wants most of: that the goal is reached (conversion), or what that is worth (value).", default=REWARDS[0]),
    },
    required=("bandit",),
    means="A bandit: it sends more often what reaches the goal more often. It needs a goal.",
    **{
        "if": {"required": ["bandit"], "properties": {"bandit": {"const": "contextual"}}},
        "then": {"required": ["by"]},
        "else": {"properties": {"by": False}},
    },
)
CHOOSE = {
    "anyOf": [choice(("split", "bandit"), "By weight, or by a bandit."), BANDIT],
    "default": "split",
    "description": "How a variant is chosen: by weight (split), or by what has reached the goal (bandit). docs/bandits.md explains it.",
}
