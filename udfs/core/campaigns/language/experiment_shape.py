"""What an experiment may hold, key by key."""

from udfs.core.campaigns.experiment import ADOPT, EARLY, METRICS, UNITS
from udfs.core.values.shapes import choice, mapping, ref, text

MAX_SAMPLE = 100_000_000


def _number(means: str, *, least: float = 0, most: float = 1_000_000_000, **more: object) -> dict[str, object]:
    return {"type": "number", "exclusiveMinimum": least, "maximum": most, "description": means, **more}


EXPECTED = mapping(
    {
        "rate": ref("share", "The share who reach the goal without the change."),
        "mean": _number("Of another metric: its mean without the change."),
        "deviation": _number("Its standard deviation between people; of value_per_conversion, between conversions."),
        "people_a_day": _number("How many people are met in a day.", examples=[700]),
        "sessions_a_person": _number("With unit: session, how many sessions one person has.", default=1),
        "alike": {
            "type": "number",
            "minimum": 0,
            "maximum": 1,
            "default": 0.1,
            "description": "With unit: session, how much the sessions of one person are alike: 0 not at all, 1 each like the others.",
        },
    },
    means="What is known before, for the plan.",
    dependentRequired={"mean": ["deviation"], "deviation": ["mean"]},
)

STOP = mapping(
    {
        "at_most": ref("duration", "The latest end, whatever the sample.", default="28d"),
        "early": choice(EARLY, "What may end it before: nothing, certain harm, or certainty of harm or help.", default=EARLY[1]),
    },
    means="When it ends, besides when its sample is complete.",
)

NAMESPACE = mapping(
    {
        "name": ref("name", "Its name: experiments with the same one share out the customers among them."),
        "from": ref("share", "Where this experiment's part begins.", default="0%"),
        "to": ref("share", "Where it ends: the end itself belongs to the next part.", default="100%"),
    },
    required=("name",),
    means="The part of all customers that is for this experiment. Nobody else gets anything of the campaign.",
)

EXPERIMENT = mapping(
    {
        "hypothesis": text("The expectation, in a sentence.", minLength=1),
        "unit": choice(UNITS, "What is counted. Chance draws people in either case, so that nobody sees two variants.", default=UNITS[0]),
        "metric": choice(METRICS, "By what it is measured, of the campaign's goal.", default=METRICS[0]),
        "minimum_effect": {
            "type": "string",
            "pattern": r"^\s*[+-]?0*\d{1,4}(\.\d+)?\s*%\s*$",
            "description": "The smallest effect worth finding, relative to what happens without the change.",
            "examples": ["15%", "-10%"],
        },
        "against": text("What the variants are compared with: control (the control group), or one of them. Usually control, if there is one."),
        "factors": {
            "type": "object",
            "minProperties": 1,
            "maxProperties": 4,
            "additionalProperties": {
                "type": "object",
                "minProperties": 2,
                "additionalProperties": {"type": "array", "minItems": 1, "items": {"type": "string"}},
            },
            "description": "Of a factorial: factor, level, and the variants that have it. The first level is what the others are compared with.",
        },
        "sample": {"type": "integer", "minimum": 20, "maximum": MAX_SAMPLE, "description": "Units of each arm. Without it, what the plan needs."},
        "stop": STOP,
        "adopt": choice(
            ADOPT, "What `kairos campaigns watch` does when there is an answer: nothing, or give all customers what has won.", default=ADOPT[0]
        ),
        "namespace": NAMESPACE,
        "expected": EXPECTED,
    },
    required=("hypothesis", "minimum_effect"),
    means="What the campaign wants to find out. docs/experiments.md explains it.",
)
