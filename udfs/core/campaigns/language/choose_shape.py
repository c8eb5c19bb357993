"""What `choose` may hold."""

from udfs.core.bandits.linear import MAX_FEATURES
from udfs.core.campaigns.bandit import MAX_BY, REWARDS
from udfs.core.values.shapes import choice, mapping, text

BANDITS = ("simple", "contextual", "linear")
BANDIT = mapping(
    {
        "bandit": choice(
            BANDITS, "simple: it learns about all customers alike. contextual: also apart, by what `by` says. linear: by how large what `by` says is."
        ),
        "by": {
            "type": "array",
            "minItems": 1,
            "maxItems": MAX_FEATURES,
            "items": text(
                "segment, daypart, a feature, or a value with few different results. With linear: a number, or true or false.",
                examples=["segment", "daypart", "device", "orders_90d"],
            ),
            "description": f"With contextual: by what it learns apart, {MAX_BY} at most. With linear: by which features it learns.",
        },
        "reward": choice(REWARDS, "What it wants most of: that the goal is reached (conversion), or what that is worth (value).", default=REWARDS[0]),
    },
    required=("bandit",),
    means="A bandit: it sends more often what reaches the goal more often. It needs a goal.",
    **{
        "if": {"required": ["bandit"], "properties": {"bandit": {"const": "simple"}}},
        "then": {"properties": {"by": False}},
        "else": {"required": ["by"], "if": {"properties": {"bandit": {"const": "contextual"}}}, "then": {"properties": {"by": {"maxItems": MAX_BY}}}},
    },
)
CHOOSE = {
    "anyOf": [choice(("split", "bandit"), "By weight, or by a bandit."), BANDIT],
    "default": "split",
    "description": "How a variant is chosen: by weight (split), or by what has reached the goal (bandit). docs/bandits.md explains it.",
}
