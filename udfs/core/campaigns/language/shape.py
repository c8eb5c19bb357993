"""What a campaign and a file of segments may hold, key by key. Readers, JSON Schemas and the reference page are made from this."""

from udfs.core.campaigns.language.because_shape import BECAUSE_SHAPE
from udfs.core.campaigns.language.choose_shape import CHOOSE
from udfs.core.campaigns.language.expect_shape import EXPECT
from udfs.core.campaigns.language.experiment_shape import EXPERIMENT
from udfs.core.campaigns.language.goal_shape import GOAL
from udfs.core.campaigns.language.rollout_shape import ROLLOUT
from udfs.core.campaigns.language.variant_shape import VARIANT
from udfs.core.values.shapes import DEFINITIONS, Shape, choice, document, keys, mapping, ref, text

MAX_RUNS = 100
MAX_STEPS = 50
MAX_SEGMENTS = 100

TRIGGER_KINDS = {"event": ("becomes",), "idle": ("of",), "since": ("wait",), "date": ("at", "before", "repeat"), "enters": (), "leaves": ()}
"""What a trigger can be -> the keys that go with it; `unless` goes with all."""
_NEEDED = {"since": ["since", "wait"]}
"""Kinds of a trigger that need more than their own key."""

EXIT = mapping(
    {
        "event": ref("events"),
        "same": {
            "anyOf": [text("A property."), {"type": "array", "minItems": 1, "items": text("A property.")}],
            "description": "The properties that must be equal in this event and in the one that began what it ends, such as invoice_id.",
        },
    },
    required=("event", "same"),
    means="An event that ends only what it is about.",
)
EXITS = {
    "anyOf": [{"$ref": "#/$defs/event"}, EXIT, {"type": "array", "minItems": 1, "items": {"anyOf": [{"$ref": "#/$defs/event"}, EXIT]}}],
}

TRIGGER = mapping(
    {
        "event": ref("events"),
        "becomes": ref("condition", "With event: only at the moment at which this becomes true."),
        "idle": ref("duration", "A silence of so long."),
        "of": choice(("cart", "browsing", "any"), "With idle: silence of what.", default="any"),
        "since": ref("events", "So long (wait) after the latest such event."),
        "wait": ref("duration", "With since: how long."),
        "date": text("The trait that holds a date.", pattern=r"^user(\.[A-Za-z_][A-Za-z0-9_]*)+$", examples=["user.birthday"]),
        "at": text("With date: the time of the day where the customer is.", pattern=r"^\s*([01]?\d|2[0-3]):[0-5]\d\s*$", default="09:00"),
        "before": ref("duration", "With date: so many whole days before it."),
        "repeat": choice(("yearly", "never"), "With date: each year, or on the very date.", default="yearly"),
        "enters": ref("name", "A segment of segments.yaml that the customer comes into."),
        "leaves": ref("name", "A segment that the customer belongs to no longer."),
        "unless": {**EXITS, "description": "Events that cancel what is pending, at once, and recall what has gone out."},
    },
    means="What makes a customer a candidate: an event, a silence, a time since an event, a date, or a segment that is entered or left.",
    oneOf=[{"required": _NEEDED.get(kind, [kind])} for kind in TRIGGER_KINDS],
    dependentRequired={key: [kind] for kind, along in TRIGGER_KINDS.items() for key in along},
)

ENTRY = mapping(
    {
        "once_per": ref("value", "Once for each value, such as cart.id."),
        "again": ref("duration", "Not again for this customer within that time."),
        "concurrent": {
            "type": "integer",
            "minimum": 1,
            "maximum": MAX_RUNS,
            "description": "How many runs of a journey may go side by side, with different keys (once_per).",
        },
    },
    means="How often one customer may enter. Without it every trigger may.",
    dependentRequired={"concurrent": ["once_per"]},
)

SCORE = mapping(
    {
        "model": ref("name", "Its name, such as purchase-propensity."),
        "class": text("Which of a classifier's classes the score is of."),
        "cold_start": {"type": "number", "description": "What stands for the score while no model can answer."},
    },
    required=("model", "cold_start"),
    means="The model that is asked.",
)

MAX_SCORES = 8
SCORE_NAME = "[a-z][a-z0-9_]{0,39}"
SCORES = {
    "anyOf": [
        SCORE,
        {
            "type": "object",
            "minProperties": 1,
            "maxProperties": MAX_SCORES,
            "propertyNames": {"pattern": f"^{SCORE_NAME}$"},
            "additionalProperties": SCORE,
            "description": "Several models, each under the name of its score: score.churn, for one.",
        },
    ],
    "description": "The models that are asked.",
}

SEND = mapping(
    {
        "at": choice(("best",), "Wait for the hour at which the customer reads messages, while the message is of use (docs/send-time.md)."),
        "expires": ref("duration", "After that the message must not go out any more.", default="24h"),
    }
)

BRANCH = mapping(
    {
        "when": ref("condition", "Checked at that moment.", examples=['opened("hello")']),
        "then": ref("way", "The steps where it holds."),
        "else": ref("way", "The steps where it does not."),
    },
    required=("when",),
    means="One way or the other.",
    anyOf=[{"required": ["then"]}, {"required": ["else"]}],
)

SPLIT: Shape = {
    "type": "object",
    "minProperties": 2,
    "maxProperties": 20,
    "propertyNames": {"pattern": "^[a-z][a-z0-9]*([-_][a-z0-9]+)*$"},
    "additionalProperties": mapping(
        {
            "weight": {"type": "number", "minimum": 0, "exclusiveMaximum": 1_000_000_000, "default": 1, "description": "Its share, by all weights."},
            "then": ref("way", "The steps of this way; without them it goes on below."),
        },
    ),
    "description": "Several ways, by name: chance draws one for each customer, always the same. The step has an id, by which it is drawn.",
}

STEP_KINDS = {
    "send": ("send", "id"),
    "wait": ("wait", "leave_on", "id"),
    "wait_for": ("wait_for", "at_most", "then", "else", "leave_on", "id"),
    "wait_until": ("wait_until", "before", "leave_on", "id"),
    "branch": ("branch", "id"),
    "split": ("split", "id", "choose"),
}
"""Kind of a step -> the keys that it may have."""
STEP = mapping(
    {
        "id": text("Its name: runs find their place by it when the campaign changes.", pattern="^[a-z][a-z0-9]*([-_][a-z0-9]+)*$"),
        "send": {
            "anyOf": [text("The name of a variant."), {"type": "array", "minItems": 2, "items": text("The name of a variant.")}],
            "description": "The name of a variant; or several, of which a bandit chooses one (choose: bandit).",
        },
        "wait": text("Stand still for so long: a duration, or an expression of durations.", examples=["2d", "event.cycle_days * 1d"]),
        "wait_for": {**EXITS, "description": "Go on as soon as one of these events comes, with then."},
        "at_most": ref("duration", "With wait_for: for so long; then it goes on with else."),
        "then": ref("way", "With wait_for: the steps where it came."),
        "else": ref("way", "With wait_for: the steps where it did not."),
        "wait_until": text("Until a date, or the next such weekday and time where the customer is.", examples=["event.trial_ends", "tuesday 10:00"]),
        "before": ref("duration", "With wait_until and a date: so long before it."),
        "leave_on": {**EXITS, "description": "Events that end the run while it waits here."},
        "branch": BRANCH,
        "split": SPLIT,
        "choose": choice(
            ("bandit",), "With split: a bandit draws the way (choose: bandit), once for each run; the goal of the journey is the reward."
        ),
    },
    oneOf=[{"required": [kind]} for kind in STEP_KINDS],
    dependentRequired={
        "wait_for": ["at_most"],
        "at_most": ["wait_for"],
        "then": ["wait_for"],
        "else": ["wait_for"],
        "before": ["wait_until"],
        "split": ["id"],
        "choose": ["split"],
    },
)

CAMPAIGN = document(
    "campaign",
    "A campaign of Kairos",
    mapping(
        {
            "campaign": ref("name", "Its name: lower-case words joined by hyphens. Publishing the same name again replaces it."),
            "description": text("What it is for, for people."),
            "purpose": ref(
                "purpose",
                "Meets consent. transactional needs none, and passes by caps, quiet hours, suppression and throughput.",
                default="marketing",
                examples=["marketing", "transactional"],
            ),
            "tags": {
                "type": "array",
                "items": {"type": "string"},
                "description": "Words by which the policy's caps and exemptions name it.",
            },
            "custom_events": ref("events", "Events of your own, which the catalogue does not have: the check believes that they arrive."),
            "priority": {"type": "integer", "default": 0, "description": "The higher goes first where several act at one instant."},
            "trigger": ref("trigger"),
            "when": ref("condition", "Checked at the moment of decision. What is unknown never meets a condition."),
            "entry": ENTRY,
            "control_group": ref("share", "Share of customers for whom everything happens but the message."),
            "choose": CHOOSE,
            "variants": {
                "type": "object",
                "minProperties": 1,
                "additionalProperties": ref("variant"),
                "description": "The ways to act, by name; of a journey, its messages.",
            },
            "steps": ref("steps", "A story of several messages; send names one of the variants."),
            "score": SCORES,
            "because": BECAUSE_SHAPE,
            "value": ref("value", "What acting is worth, in the shop's currency, such as 0.1 * cart.value."),
            "goal": GOAL,
            "experiment": EXPERIMENT,
            "rollout": ROLLOUT,
            "send": SEND,
            "expect": EXPECT,
        },
        required=("campaign", "trigger", "variants"),
        means="When to act, on whom, by which channel and with which words. docs/campaigns.md and docs/journeys.md explain it.",
        dependentRequired={"experiment": ["goal"], "rollout": ["goal"]},
        **{"if": {"required": ["entry"], "properties": {"entry": {"required": ["concurrent"]}}}, "then": {"required": ["steps"]}},
    ),
    {
        **DEFINITIONS,
        "trigger": TRIGGER,
        "variant": VARIANT,
        "steps": {"type": "array", "minItems": 1, "maxItems": MAX_STEPS, "items": ref("step")},
        "way": {"type": "array", "maxItems": MAX_STEPS, "items": ref("step")},
        "step": STEP,
    },
)

CAMPAIGN_KEYS = (*keys(CAMPAIGN), "templates")
"""Those of a file, and under `templates` what its templates say once they are read into it."""

SEGMENT = mapping(
    {
        "segment": ref("name", "Its name."),
        "description": text("For people."),
        "when": ref("condition", "Who belongs to it.", examples=["orders_90d >= 3"]),
        "model": ref("name", "In place of a condition: the model that says who belongs to it."),
        "class": text("With model: which of its classes; without it, the one of the segment's name."),
    },
    required=("segment",),
    oneOf=[{"required": ["when"]}, {"required": ["model"]}],
    dependentRequired={"class": ["model"]},
)

SEGMENTS = document(
    "segments",
    "Segments of Kairos",
    mapping(
        {
            "description": text("For people."),
            "refresh": ref("duration", "How often what only time changes is looked at; 1h at least.", default="1d"),
            "segments": {"type": "array", "maxItems": MAX_SEGMENTS, "items": SEGMENT, "description": "Each may ask about those above it."},
        },
        required=("segments",),
        means="Groups of customers by rule, live: who comes in or goes makes a record. docs/journeys.md explains them.",
    ),
    {name: DEFINITIONS[name] for name in ("name", "duration", "condition")},
)
