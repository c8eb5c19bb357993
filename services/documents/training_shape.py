"""What a training file may hold, key by key. `python -m training run` reads it; the JSON Schema and the reference page are made from this."""

from udfs.core.values.shapes import DEFINITIONS, Shape, choice, document, mapping, ref, text

ESTIMATORS = ("boosted", "forecast", "forest", "lightgbm", "logistic", "lstm", "mlp", "tree")
READ_STEPS = ("forecast", "lstm")
"""Those of them that read features that keep the steps of a visit."""
ESTIMATORS_OF = {"goal": ("boosted", *(name for name in ESTIMATORS if name != "boosted")), "value": ("bg-nbd", "lightgbm"), "intent": ("words",)}
"""What is predicted -> how that is learned, the usual way first."""
ALIASES = ("champion", "challenger", "shadow")
FORMATS = ("jsonl", "online-retail")
FIGURES_OF = {
    "goal": ("auc", "ap", "brier", "calibration_error", "lift"),
    "value": ("mae", "orders_mae", "bias", "rank"),
    "intent": ("accuracy", "out_of_scope"),
}
"""What is predicted -> the figures that a gate may ask for."""
_NAMES = {"anyOf": [{"type": "string", "minLength": 1}, {"type": "array", "minItems": 1, "items": {"type": "string", "minLength": 1}}]}
_FEATURES = {"type": "array", "items": {"type": "string"}}
_NUMBER = {"type": "number"}

HISTORY = mapping(
    {
        "file": text("A file of events. Without it, the topic is read.", minLength=1),
        "format": choice(FORMATS, "Of the file.", default="jsonl"),
        "lake": text("A lake, as a folder or s3://bucket/lake. Its people are pseudonyms.", minLength=1),
        "topic": text("The topic of events.", minLength=1, default="events"),
        "brokers": text("Kafka, if not the local stack's.", minLength=1),
        "link_ids": choice(
            ("off", "on"), "Whether ids that turn out to be one person are one (docs/identity.md): as the job is submitted.", default="off"
        ),
    },
    means="Where events are read, and whose they are.",
)

RANGE = mapping(
    {
        "at_least": {**_NUMBER, "description": "No known value is less."},
        "at_most": {**_NUMBER, "description": "No known value is more."},
        "unknown": ref("share", "At most so many rows do not know it."),
        "values": {**_FEATURES, "description": "Every text is one of these."},
    },
    minProperties=1,
)

VALIDATE = mapping(
    {
        "rows": {"type": "integer", "minimum": 1, "description": "The minimum number of rows."},
        "change": ref("share", "How far the number of rows may be from that of the last run, up or down.", default="50%"),
        "positives": ref("share", "How far the share of rows that reach the goal may be from the last run's, relative to it.", default="50%"),
        "unknown": ref("share", "How many more of the rows than in the last run may not know a feature.", default="20%"),
        "scale": {
            **_NUMBER,
            "minimum": 1,
            "default": 10,
            "description": "By what factor the 95th percentile of a number may differ from the last run's.",
        },
        "features": {"type": "object", "additionalProperties": ref("range"), "description": "Feature -> what its values may be."},
    },
    means="What the rows must be like. A run whose rows are not stops, with a report.",
)


def _bounds(means: str, figures: tuple[str, ...]) -> Shape:
    return mapping({name: {**_NUMBER, "description": f"For {name}."} for name in figures}, means=means)


CACHE = mapping(
    {
        "ttl": ref("duration", "For so long."),
        "until": {"type": "array", "items": {"$ref": "#/$defs/event"}, "description": "Events that end it; without this, those of the goal."},
        "events": {"type": "integer", "minimum": 1, "description": "It ends after so many events of the customer."},
    },
    required=("ttl",),
    means="How long the job may reuse a score.",
)

GATE = mapping(
    {
        "at_least": _bounds("Figures of the test rows that must not be less.", ("auc", "ap", "lift", "rank", "accuracy", "out_of_scope")),
        "at_most": _bounds("Figures of the test rows that must not be more.", ("brier", "calibration_error", "mae", "orders_mae", "bias")),
        "over_baseline": _bounds("How much better than the baseline, at the lower end of the interval.", ("auc", "ap", "brier", "mae", "rank")),
        "over_champion": _bounds(
            "How much better than the champion; -0.01 allows a little worse.", ("auc", "ap", "brier", "mae", "rank", "accuracy", "out_of_scope")
        ),
        "slices": _bounds("Figures that no slice of 200 rows or more may be under.", ("auc", "ap")),
    },
    means="What the model must reach. One that does not is neither exported nor registered.",
)

FAIRNESS = mapping(
    {
        "groups": text("A CSV file: user_id, and a column for each attribute.", minLength=1),
        "by": {"type": "array", "minItems": 1, "items": {"type": "string"}, "description": "Or features of the rows, read by the model or not."},
        "least": {
            **_NUMBER,
            "exclusiveMinimum": 0,
            "maximum": 1,
            "default": 0.8,
            "description": "The ratio to the largest group that is still within the bound; above 1, one over it.",
        },
        "reach": ref("share", "Who has a test row among so many with the highest scores counts as reached.", default="10%"),
    },
    means="Groups that the model must treat alike (docs/fairness.md). A version that does not is neither exported nor registered.",
)

TEXTS = mapping(
    {
        "file": text("A file of texts with what they mean: .csv, .tsv, .jsonl, .ndjson, or .json, in UTF-8.", minLength=1),
        "test": text("A file of texts for the test; without one, a fifth of the texts.", minLength=1),
        "text": text("The column of the text.", default="text"),
        "intent": text("The column of what it means.", default="intent"),
        "train": {**_NAMES, "description": "Of a JSON file with several lists: those to learn from."},
        "test_of": {**_NAMES, "description": "Of the same file: those for the test."},
        "out_of_scope": text("The intent of texts that are about nothing that matters.", default="out_of_scope"),
    },
    required=("file",),
    means="For `predict: intent`: labelled texts to learn from.",
)

PURCHASES = mapping(
    {
        "count": text("Number of orders.", default="orders"),
        "first": text("Days since the first order.", default="days_since_first_order"),
        "last": text("Days since the last order.", default="days_since_order"),
        "mean": text("Mean value of the orders after the first one.", default="repeat_order_value"),
        "spent": text("The value of all orders together.", default="order_total"),
    },
    means="For `predict: value`: the features that say what is known of a customer's orders.",
)

TRAINING = document(
    "training",
    "A training of Kairos",
    mapping(
        {
            "training": ref("name", "The name of the model."),
            "predict": choice(
                tuple(FIGURES_OF), "What is predicted: whether a goal follows, the value of a customer, or what a text means.", default="goal"
            ),
            "history": HISTORY,
            "decisions": text("A file of logged decisions to learn from, instead of the replay's own vectors.", minLength=1),
            "campaigns": {**_NAMES, "description": "Files or folders of campaigns to decide with. Without them a probe decides at every order."},
            "campaign": ref("name", "The campaign whose decisions are the rows, if there are several."),
            "features": text("The file of features. Without it, the one in the folder of the campaigns, or the one that ships.", minLength=1),
            "goal": {
                "anyOf": [ref("event"), ref("absence")],
                "default": "order_completed",
                "description": "The event to predict; or, for churn, events of which none follows.",
            },
            "within": ref("duration", "The time after a decision within which the goal counts.", default="30d"),
            "split": text("The date at which the test period begins.", examples=["2026-03-01"]),
            "test_share": ref("share", "Without `split`: the latest rows, which are for the test.", default="30%"),
            "purchases": PURCHASES,
            "texts": TEXTS,
            "threshold": {
                "type": "number",
                "minimum": 0,
                "maximum": 1,
                "default": 0.3,
                "description": "For `predict: intent`: a text about no intent with this probability or more is out of scope.",
            },
            "anonymous": {"type": "boolean", "default": False, "description": "Whether to learn from people without a user id, too."},
            "without": {**_FEATURES, "description": "Features to leave out."},
            "allow": {**_FEATURES, "description": "Features that may predict nearly everything alone."},
            "check": {"type": "integer", "minimum": 1, "default": 50, "description": "How many rows are computed again to find leaks."},
            "estimator": choice(
                tuple(dict.fromkeys(name for names in ESTIMATORS_OF.values() for name in names)),
                "How it learns. Of a goal: boosted, if nothing is named; of a value: bg-nbd; of an intent: words.",
            ),
            "compare": {"type": "array", "minItems": 1, "items": choice(ESTIMATORS), "description": "What `compare` compares; usually all."},
            "folds": {
                "type": "integer",
                "minimum": 2,
                "maximum": 50,
                "description": "`compare` scores each row by a model of the other folds, instead of by time; nobody is in two folds.",
            },
            "slices": {**_FEATURES, "description": "Features by whose values the test rows are evaluated apart."},
            "validate": VALIDATE,
            "gate": GATE,
            "fairness": FAIRNESS,
            "cache": {
                "anyOf": [ref("duration"), ref("cache")],
                "description": "How long the job may reuse a score, unless the goal happens; or also after which events, and after how many.",
            },
            "because": {
                "type": "object",
                "additionalProperties": text("A phrase that may read value, user and features; or never.", minLength=1),
                "description": "Feature -> what {{ because }} says of it, unless a campaign says it otherwise; never: no message mentions it.",
                "examples": [{"views_7d": "because you looked {{ value }} times this week", "age_group": "never"}],
            },
            "store": text("Where model files are kept: a folder, or s3://bucket/prefix.", minLength=1),
            "registry": text(
                "Versions and aliases: a folder, or the address of an MLflow server.", minLength=1, examples=["https://mlflow.example.com"]
            ),
            "alias": choice(ALIASES, "What the new version becomes. A champion is published.", default="challenger"),
            "control_topic": text("The control topic.", minLength=1, default="control"),
            "runs": text("The folder of runs.", minLength=1),
            "seed": {"type": "integer", "minimum": 0, "maximum": 2**32 - 1, "default": 0, "description": "For everything that is drawn."},
        },
        required=("training",),
        means="How a model is learned, checked and registered: `python -m training run FILE`. docs/training.md explains it.",
    ),
    {
        **{name: DEFINITIONS[name] for name in ("name", "duration", "share", "event")},
        "range": RANGE,
        "cache": CACHE,
        "absence": mapping({"none_of": {**DEFINITIONS["events"], "description": "Events of which none follows."}}, required=("none_of",)),
    },
)
