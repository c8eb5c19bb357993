"""What a rollout of a campaign may hold, key by key."""

from udfs.core.values.shapes import mapping, ref

STEPS = ("5%", "25%", "100%")
HOLD = "1d"
SAMPLE, MIN_SAMPLE, MAX_SAMPLE = 500, 100, 20_000
MAX_STEPS = 20
ERRORS = "1%"
RATES = {"unsubscribe_rate": "0.5%", "complaint_rate": "0.2%", "bounce_rate": "5%", "dismiss_rate": None}
"""Rate -> by how much it may rise where nothing is said; None: it is not watched then."""
_MEANS = {
    "unsubscribe_rate": "By how much more of the customers may unsubscribe than without it, or with the version before.",
    "complaint_rate": "The same of messages that are reported as spam.",
    "bounce_rate": "The same of messages that bounce.",
    "dismiss_rate": "The same of messages that are dismissed. Not watched unless it is said.",
}

STEP_LIST = {"type": "array", "minItems": 1, "maxItems": MAX_STEPS, "items": ref("share")}
GUARDRAILS = mapping(
    {
        "errors": ref("share", "At most so many of its decisions fail: a message cannot be rendered, or the engine fails.", default=ERRORS),
        **{name: ref("share", _MEANS[name], **({} if usual is None else {"default": usual})) for name, usual in RATES.items()},
    },
    means="What stops the rollout, at any moment. That the goal is certainly reached less stops it, too.",
)
PLAN = mapping(
    {
        "steps": {**STEP_LIST, "default": list(STEPS), "description": "Shares of customers, growing. After the last one everybody gets it."},
        "hold": ref("duration", "Each step lasts at least so long.", default=HOLD),
        "sample": {
            "type": "integer",
            "minimum": MIN_SAMPLE,
            "maximum": MAX_SAMPLE,
            "default": SAMPLE,
            "description": "At each step, the outcomes of at least so many customers are final, with it and without it.",
        },
        "guardrails": GUARDRAILS,
    }
)
ROLLOUT = {
    "anyOf": [PLAN, STEP_LIST],
    "description": "The way to all customers, step by step; the steps alone, or with what stops it. It needs a goal. docs/rollouts.md explains it.",
    "examples": [list(STEPS)],
}
