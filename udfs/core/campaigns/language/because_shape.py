"""What a campaign may say of why it was sent, key by key."""

from udfs.core.values.shapes import mapping, text

PHRASE = "because you looked at tents {{ value }} times this week"
DEFAULT = "because you know us"

BECAUSE_SHAPE = mapping(
    {
        "score": text("Which score is explained, by its name; where there is one, that one.", minLength=1),
        "say": {
            "type": "object",
            "additionalProperties": text("What is said of it. {{ value }} is its value; a phrase that comes out empty is not said.", minLength=1),
            "description": "Feature -> phrase. What has no phrase here, and none with its model, is never mentioned.",
            "examples": [{"views_7d": PHRASE}],
        },
        "default": text("What is said where nothing else may be.", minLength=1, examples=[DEFAULT]),
    },
    minProperties=1,
    means="What {{ because }} says in a message: the phrase of the feature that has added most to the score.",
)
