"""What a campaign may declare as usual, key by key."""

from udfs.core.values.durations import DAY, HOUR, MINUTE
from udfs.core.values.shapes import mapping, text

PERIODS = {"minute": MINUTE, "hour": HOUR, "day": DAY}

EXPECT = mapping(
    {
        "messages": text(
            "At most so many messages in such a time are as usual: an announced peak, or a campaign that begins large.",
            pattern=r"^\s*0*[1-9]\d{0,8}\s+per\s+(minute|hour|day)\s*$",
            examples=["5000 per hour"],
        ),
        "offer": {
            "type": "object",
            "minProperties": 1,
            "additionalProperties": {"type": "number"},
            "description": "The largest number that is meant, by its name in the offer: a message with a larger one is held.",
            "examples": [{"percent": 50}],
        },
    },
    means="What is as usual for this campaign; what is far above it is held for a person. docs/held.md explains it.",
    minProperties=1,
)
