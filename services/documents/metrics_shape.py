"""What a file of metrics may hold: figures of marketing, each with its numerator, denominator, filter and window. The JSON Schema and the
reference page are made from this; what a condition may name is in `services.kpis.tables`."""

from udfs.core.values.shapes import DEFINITIONS, Shape, choice, document, mapping, ref, text

UNITS = ("percent", "number", "money", "duration")
BETTER = ("higher", "lower")
OVER_ROWS = ("count", "people")
OVER_COLUMNS = ("sum", "mean", "median", "min", "max")
FOLLOWING = ("any", "none")
AGGREGATIONS = (*OVER_ROWS, *OVER_COLUMNS, *FOLLOWING)
DIVIDED_BY = OVER_ROWS
"""What a denominator may do."""
FUNNELS_OF = ("people", "sessions")
MAX_METRICS = 200
MIN_STAGES, MAX_STAGES = 2, 12

_TABLE = r"^[a-z_]+$"
_COLUMN = r"^[a-z_]+\.[a-z_]+(\.[^.]+)*$"
_MEANING = {
    "count": "How many rows of a table: `messages`, `orders`, `sessions` and so on.",
    "people": "How many different people have rows in it.",
    "sum": "The sum of a column, as `orders.net`.",
    "mean": "The mean of a column. Rows where it is not known are left out.",
    "median": "The median of a column.",
    "min": "The least value of a column.",
    "max": "The greatest value of a column.",
    "any": "With a window: how many rows of the denominator are followed by at least one row of this table, of the same person.",
    "none": "With a window: how many are followed by no such row.",
}


def _term(words: tuple[str, ...], means: str) -> Shape:
    parts = {
        word: text(_MEANING[word], pattern=_COLUMN if word in OVER_COLUMNS else _TABLE, examples=["orders.net" if word in OVER_COLUMNS else "orders"])
        for word in words
    }
    return mapping({**parts, "where": ref("filter", "Only rows for which this holds.")}, means=means)


FILTER = {"anyOf": [{"type": "string", "minLength": 1, "examples": ["opened and not clicked"]}, {"type": "boolean"}]}
"""A condition over the columns of a table; `true` for every row."""

WINDOW = {
    "description": "For each row of the denominator, only what follows it within this time counts: `90d`, or from when until when.",
    "anyOf": [
        {"$ref": "#/$defs/duration"},
        mapping(
            {
                "after": ref("spread", "Later than this after the row.", default="0m"),
                "until": ref("duration", "At most this long after it."),
                "itself": {"type": "boolean", "default": False, "description": "What happens at the instant of the row itself counts as well."},
            },
            required=("until",),
        ),
    ],
}

FUNNEL = mapping(
    {
        "of": choice(FUNNELS_OF, "Who goes through it: sessions, or people, each once from the first stage on."),
        "stages": {
            "type": "object",
            "additionalProperties": {"$ref": "#/$defs/filter"},
            "minProperties": MIN_STAGES,
            "description": "Name of each stage, in order, and the condition on `events` by which it is reached: at or after the stage before it.",
        },
        "within": ref("duration", "Of people: all stages count that are reached this long after the first one."),
    },
    required=("of", "stages"),
    means="In the place of a numerator: how many drop out at each stage.",
)

METRIC = mapping(
    {
        "title": text("Its name for readers; made of its key, if it is not given.", maxLength=60),
        "means": text("What it says, in a sentence or two.", minLength=1, maxLength=400),
        "numerator": _term(AGGREGATIONS, "What is counted or added up."),
        "denominator": _term(DIVIDED_BY, "What it is divided by."),
        "where": ref("filter", "Only rows for which this holds, of numerator and denominator."),
        "window": WINDOW,
        "same": text("With a window: what a row that follows must have in common with the row before, as `properties.product_id`.", minLength=1),
        "funnel": FUNNEL,
        "unit": choice(UNITS, "How it is written. A percentage always comes with its counts, and money with its currency."),
        "better": choice(BETTER, "Which direction is welcome.", default="higher"),
        "guardrail": {"type": "boolean", "default": False, "description": "It is not what is aimed at, but must not become worse."},
    },
    required=("means", "unit"),
)

METRICS = document(
    "metrics",
    "Metrics of Kairos",
    mapping(
        {"metrics": {"type": "object", "minProperties": 1, "additionalProperties": METRIC, "description": "Each by its name, as open-rate."}},
        required=("metrics",),
        means="Metrics for `kairos report`, next to those that come with Kairos. docs/kpis.md explains them.",
    ),
    {**{name: DEFINITIONS[name] for name in ("duration", "spread")}, "filter": FILTER},
)
