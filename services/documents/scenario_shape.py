"""What a file of scenarios may hold, key by key. The reader, its JSON Schema and the reference page are made from this."""

from udfs.core.records import Outcome, Reason
from udfs.core.values.shapes import Shape, choice, document, mapping, ref, text

GIVEN = mapping(
    {
        "at": ref("time", "When it happens."),
        "event": text("Its name, as a tracker writes it."),
        "properties": {"type": "object", "description": "What the event says."},
        "traits": {"type": "object", "description": "What an identify call says of the customer."},
        "user": {"type": ["string", "integer"], "default": "u1", "description": "Whose it is."},
        "type": text("track, page, screen, identify, alias or group; as the name says, if it is not given."),
        "context": {"type": "object", "description": "The context of the call."},
        "message_id": {"type": ["string", "integer"], "description": "Its message id; one of its own, if it is not given."},
        "of": {"type": ["string", "null"], "description": "The variant whose latest message it is about, for receipts."},
    },
    required=("at", "event"),
)

EXPECT = mapping(
    {
        "at": ref("time", "When it is decided."),
        "outcome": choice(Outcome, "How it ended."),
        "channel": {"type": ["string", "null"], "description": "By which channel."},
        "variant": {"type": ["string", "null"], "description": "Which variant."},
        "campaign": text("Whose decision it is."),
        "reason": choice(Reason, "Why."),
        "detail": {"type": ["string", "null"], "description": "The detail of the reason, whole."},
        "offer": {"type": "object", "description": "Values that the offer has."},
        "content": {"type": "object", "description": "Field by field, a text that stands somewhere in it."},
        "user": text("About whom."),
        "score": {
            "type": ["number", "object", "null"],
            "additionalProperties": {"type": "number"},
            "description": "What the model said, or the cold start; of several, each by its name.",
        },
        "attempt": {"type": "integer", "description": "0, and one more for each time that it was deferred."},
        "deferred_until": {"anyOf": [ref("time"), {"type": "null"}], "description": "When it will be decided again."},
    },
    required=("at", "outcome"),
)

RECALL = mapping(
    {
        "at": ref("time", "When the event arrives that calls it back."),
        "variant": text("Whose message it was."),
        "channel": text("By which channel it was to go out."),
        "campaign": text("Which campaign decided it."),
        "reason": choice(Reason, "Why."),
        "detail": {"type": ["string", "null"], "description": "The detail of the reason, whole."},
        "user": text("About whom."),
    },
    required=("at",),
)

SCENARIO = mapping(
    {
        "scenario": text("What happens, in words."),
        "given": {"type": "array", "items": GIVEN, "description": "The events, in the order in which they come."},
        "expect": {"type": "array", "items": EXPECT, "description": "Every decision that must come of them, and no other."},
        "recalls": {"type": "array", "items": RECALL, "description": "Every message that is recalled; not compared if it is not given."},
        "until": ref("time", "When the story ends; if it is not given, once nothing is pending."),
        "campaigns": choice(("own", "all"), "all: the other campaigns run with this one.", default="own"),
        "policy": {"type": ["string", "object"], "description": "Rules it runs under, or the name of a file next to this one."},
        "catalogue": {
            "type": ["array", "string"],
            "items": {"type": "object"},
            "description": "The products that item(…) finds, or the name of a feed next to this file.",
        },
        "recommender": {
            "type": ["object", "string"],
            "description": "What recommend(…) asks: together, alike, popular, categories and segments, or the name of a file that training exported.",
        },
        "models": {
            "type": "object",
            "additionalProperties": {"anyOf": [{"type": "number"}, {"type": "object", "additionalProperties": {"type": ["number", "string"]}}]},
            "description": "What each model says in this story: a number, one for each class, or what each text means. Otherwise cold starts answer.",
            "examples": [{"churn": 0.7}],
        },
        "because": {
            "type": "object",
            "additionalProperties": {"type": "object", "minProperties": 1, "additionalProperties": {"type": "number"}},
            "description": "What each feature adds to the answer of a model: {{ because }} goes by it. Otherwise messages say their default.",
            "examples": [{"churn": {"visits_30d": -0.4, "complaints_90d": 0.6}}],
        },
        "day": {"type": "string", "format": "date", "default": "2026-01-05", "description": "The day of times without one."},
    },
    required=("scenario", "given", "expect"),
)

_ANY: Shape = {"description": "What must come of a story, run through the engine of the job. docs/write-a-campaign.md explains it."}
SCENARIOS = document(
    "scenarios",
    "Scenarios of a campaign of Kairos",
    {**_ANY, "anyOf": [ref("scenario"), {"type": "array", "items": ref("scenario")}]},
    {"scenario": SCENARIO, "time": {"type": "string", "examples": ["10:00", "10:00:30", "+2d 10:00", "2026-01-05T10:00:00Z"]}},
)
