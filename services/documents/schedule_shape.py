"""What a schedule may hold, key by key. `python -m training schedule` reads it; the JSON Schema and the reference page are made from this."""

from services.documents.training_shape import HISTORY
from udfs.core.values.shapes import DEFINITIONS, choice, document, mapping, ref, text

CALENDAR = ("hourly", "daily", "weekly", "monthly")
DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_NAMES = {"anyOf": [{"type": "string", "minLength": 1}, {"type": "array", "minItems": 1, "items": {"type": "string", "minLength": 1}}]}

DRIFT = mapping(
    {
        "rows": {"type": "integer", "minimum": 1000, "default": 1000, "description": "The least number of rows in a window."},
        "window": ref("duration", "The least time that a window spans; a week has every weekday.", default="7d"),
        "false_discovery": ref("share", "The share of false ones among the features said to drift.", default="5%"),
        "without": {"type": "array", "items": {"type": "string"}, "description": "Features that may change, such as those that grow with time."},
    },
    means="Train again when features drift: against the rows that the newest version learned from, in two windows in a row.",
)

CHECK = mapping(
    {
        "history": HISTORY,
        "campaigns": {**_NAMES, "description": "The campaigns that decide, to recompute their features. Without them, those that ship."},
        "features": text("The file of features, if it is not in the folder of the campaigns.", minLength=1),
        "decisions": text("A file of logged decisions. Without it, the topic `decisions` is read.", minLength=1),
        "fresh": ref("duration", "The newest event may be this old.", default="1h"),
        "duplicates": ref("share", "At most so many events may be told twice.", default="1%"),
        "unreadable": ref("share", "At most so many lines may be unreadable.", default="1%"),
        "missing": ref("share", "At most so many events may lack a property that they had before.", default="10%"),
        "volume": ref("share", "How far a day may be from the same weekday before, up or down.", default="50%"),
        "report": text("The folder of the reports.", minLength=1),
    },
    means="Check the data: completeness, freshness, duplicates, volumes, and skew of features, as `kairos check data` does.",
)

MEMBERSHIP = mapping(
    {
        "manifest": text("The manifest.json that `python -m training segments` has written.", minLength=1),
        "history": HISTORY,
        "features": text("The file of features. Without it, the one that ships.", minLength=1),
        "anonymous": {"type": "boolean", "default": False, "description": "Whether the segments were found with people without a user id, too."},
        "bound": {
            "type": "number",
            "exclusiveMinimum": 0,
            "maximum": 100,
            "default": 5,
            "description": "By how many points of a hundred the share of a segment may change.",
        },
    },
    required=("manifest",),
    means="Check that customers are shared out among segments as they were (docs/customer-segments.md). The job fails where they are not.",
)

JOB = mapping(
    {
        "name": ref("name", "The name of the job. Without it, that of the file that it runs, `check` or `membership`."),
        "train": text("The training file to run.", minLength=1),
        "recommend": text("The file of a recommender to run (docs/recommendations.md).", minLength=1),
        "check": CHECK,
        "membership": MEMBERSHIP,
        "every": {
            "anyOf": [choice(CALENDAR), ref("duration")],
            "description": "How often it runs: a word, or a duration of a minute or more.",
            "examples": ["daily", "10m"],
        },
        "at": text("The time of day; of `hourly`, the minute.", pattern=r"^([01]\d|2[0-3]):[0-5]\d$|^:[0-5]\d$", examples=["02:30", ":15"]),
        "weekday": choice(DAYS, "Of `weekly`.", default="monday"),
        "day": {
            "type": "integer",
            "minimum": 1,
            "maximum": 31,
            "default": 1,
            "description": "Of `monthly`; in a shorter month, its last day.",
        },
        "rows": {"type": "integer", "minimum": 1, "description": "Train again after so many new rows."},
        "drift": DRIFT,
    },
    means="Something that runs again and again.",
)

SCHEDULE = document(
    "schedule",
    "A schedule of Kairos",
    mapping(
        {
            "schedule": ref("name", "Its name."),
            "time_zone": text("The time zone of `at`, `weekday` and `day`.", minLength=1, default="UTC", examples=["Europe/London"]),
            "jobs": {"type": "array", "minItems": 1, "items": ref("job"), "description": "What runs, one at a time."},
            "look": ref("duration", "How often new rows and drift are looked for.", default="10m"),
            "attempts": {
                "type": "integer",
                "minimum": 1,
                "maximum": 10,
                "default": 3,
                "description": "How often a run that was killed is begun or resumed, before it counts as failed.",
            },
            "alerts": mapping(
                {"webhook": text("A POST for each failure: https, or http on this machine.", pattern=r"^https?://[^\s@]+$")},
                means="Who hears of failures, besides log and metrics.",
            ),
            "state": text("The folder that remembers what has run.", minLength=1),
        },
        required=("schedule", "jobs"),
        means="When models are trained and data is checked: `python -m training schedule FILE`. docs/schedule.md explains it.",
    ),
    {**{name: DEFINITIONS[name] for name in ("name", "duration", "share")}, "job": JOB},
)
