"""What `choose` may hold."""

from udfs.core.bandits.linear import MAX_FEATURES
from udfs.core.campaigns.bandit import MAX_BY, REWARDS
from udfs.core.values.shapes import choice, mapping, ref, text

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
UPLIFT = mapping(
    {
        "uplift": mapping(
            {
                "worth": {
                    "type": ["number", "string"],
                    "description": "What one more goal is worth, in the unit of the costs, such as 0.3 * cart.value.",
                },
                "explore": ref("share", "The share of decisions that are drawn evenly among all variants and nothing.", default="10%"),
            },
            means="What a message must bring.",
        ),
    },
    required=("uplift",),
    means="By whom a message moves: it sends what brings most for its cost, or nothing. It needs a goal, and a score for each variant.",
)
CHOOSE = {
    "anyOf": [choice(("split", "bandit", "uplift"), "By weight, by a bandit, or by uplift."), BANDIT, UPLIFT],
    "default": "split",
    "description": "How a variant is chosen: by weight (split), by what has reached the goal (bandit, docs/bandits.md), or by whom a message moves "
    "(uplift, docs/uplift.md).",
}
