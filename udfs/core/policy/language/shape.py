"""What a policy may hold, key by key. Readers, JSON Schemas and the reference page are made from this."""

from typing import Any

from udfs.core.policy.rules import MARKETING, STORAGE, TOPICS_KEPT, TRANSACTIONAL
from udfs.core.profile.receipts import REACTIONS
from udfs.core.values.shapes import DEFINITIONS, choice, document, mapping, ref, text

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
ADDRESSES = ("required", "elsewhere")
THENS = ("drop", "defer", "next_channel")
PURPOSES = (MARKETING, TRANSACTIONAL, STORAGE)
MAX_CAP = 500
_CLOCK = {"type": "string", "pattern": r"^([01]?\d|2[0-3]):[0-5]\d$", "examples": ["22:00", "08:00"]}

HOLDOUT = mapping(
    {
        "share": ref("share", "Of all customers, drawn by hash; a larger share keeps everybody who was in it.", default="5%"),
        "epoch": text("Another epoch draws other customers.", pattern=r"\S", examples=["2026-q4"]),
        "exempt": ref("exempt"),
    },
    required=("epoch",),
    means="Customers for whom everything happens but the messages, of every campaign.",
)

QUIET_HOURS = mapping(
    {
        "from": ref("clock", "When it begins, in quotes."),
        "to": ref("clock", "When it ends, in quotes."),
        "zone": text("By whose clock: the customer's, or one IANA zone for everybody.", default="user", examples=["user", "Europe/Berlin"]),
        "fallback": text("For whom no zone is known; strictest: quiet always.", default="UTC", examples=["UTC", "strictest"]),
        "then": ref("then", default="defer"),
        "channels": ref("channels", "Only these; by default all."),
        "exempt": ref("exempt"),
        "spread": ref("spread", "Over how long what was deferred is spread at the end; 0m: everybody at once.", default="15m"),
    },
    required=("from", "to"),
    means="When nobody is disturbed.",
)

_BOUNDED: dict[str, Any] = {
    "if": {"properties": {"max": {"const": "learned"}}},
    "then": {"required": ["between"]},
    "else": {"properties": {"between": False}},
}

CAP = mapping(
    {
        "id": text("By which decisions name it.", pattern=r"\S"),
        "channel": {"anyOf": [{"const": "any"}, ref("channels")], "description": "By which channel or channels; or any."},
        "tag": ref("words", "Of campaigns with one of these tags."),
        "campaign": ref("words", "Of these campaigns."),
        "max": {
            "anyOf": [{"type": "integer", "minimum": 0, "maximum": MAX_CAP}, {"const": "learned"}],
            "description": "So many messages; learned: as many as suit the customer (docs/best-channel.md).",
        },
        "between": {
            "type": "array",
            "minItems": 2,
            "maxItems": 2,
            "items": {"type": "integer", "minimum": 1, "maximum": MAX_CAP},
            "description": "With max: learned, the smallest and the largest limit.",
            "examples": [[1, 5]],
        },
        "within": ref("duration", "In a rolling window, at most 30d."),
        "per": choice(("day", "week", "month"), "Or a day, week or month of the customer's own calendar."),
        "then": ref("then", default="drop"),
        "count_transactional": {"type": "boolean", "default": False, "description": "Whether transactional messages count."},
    },
    required=("id", "max"),
    anyOf=[{"required": ["channel"]}, {"required": ["tag"]}, {"required": ["campaign"]}],
    oneOf=[{"required": ["within"]}, {"required": ["per"]}],
    **_BOUNDED,
)

CONSENT = mapping(
    {
        "default": {
            "type": "object",
            "propertyNames": ref("purpose"),
            "additionalProperties": {"enum": ["deny", "grant"]},
            "description": "By purpose: what holds for those who have said nothing.",
        },
        "categories": {
            "type": "object",
            "additionalProperties": ref("purpose"),
            "description": "Category of a consent banner: the purpose it stands for.",
        },
    },
    means="What holds for customers who have said nothing.",
)

SUPPRESS = mapping(
    {
        "after": text(
            "After so many reactions of a kind.",
            pattern=rf"^\s*0*([1-9]|[1-4]\d|50)\s+({'|'.join(REACTIONS)})\s*$",
            examples=["2 dismissed"],
        ),
        "within": ref("duration", "Within so long, at most 60d."),
        "rest": ref("duration", "Rest for so long, at most 60d."),
        "scope": choice(("campaign", "tag", "channel", "any"), "What counts, and what rests.", default="campaign"),
    },
    required=("after", "within", "rest"),
)

SEND_TIME = mapping(
    {
        "hours": {
            "type": "object",
            "minProperties": 1,
            "propertyNames": {"pattern": r"^(1?\d|2[0-3])$"},
            "additionalProperties": {"type": "number", "exclusiveMinimum": 0, "exclusiveMaximum": 1_000_000_000},
            "description": "Hour of the day where the customer is: how many messages are read in it, of all customers. Others: none.",
            "examples": [{"8": 2, "12": 3, "19": 8}],
        },
    },
    required=("hours",),
    means="When customers read messages: send: {at: best} goes by it for those whose own habit is not known.",
)

ANSWERED = {
    "type": "object",
    "minProperties": 1,
    "propertyNames": ref("channel"),
    "additionalProperties": ref("share"),
    "description": "By channel: the share of messages that customers usually answer, by default 20%. channel: best and caps that learn go by it.",
    "examples": [{"email": "22%", "push": "9%"}],
}

CURRENCY = mapping(
    {
        "base": ref("currency", "The shop's currency."),
        "rates": {
            "type": "object",
            "propertyNames": ref("currency"),
            "additionalProperties": {"type": "number", "exclusiveMinimum": 0, "exclusiveMaximum": 1_000_000_000_000},
            "description": "What one of each is worth in the base.",
        },
    },
    means="The shop's currency, and what others are worth in it.",
    dependentRequired={"rates": ["base"]},
)

RETENTION = mapping(
    {
        "anonymous": ref("duration", "Of whom only an anonymous id is known; at least 7d.", default="30d"),
        "known": ref("duration", "Of everybody else; at least 7d.", default="400d"),
        "erased": ref("duration", "For how long what still arrives of somebody who was erased is dropped; at least 7d.", default="30d"),
        "topics": mapping(
            {name: ref("duration", f"Records of {name}.") for name in TOPICS_KEPT},
            means="For how long topics keep a record; what is not named is kept as the broker is configured.",
        ),
        "lake": ref("duration", "Rows of the lake; by default until somebody removes them."),
    },
    means="For how long something of a person is kept: profiles after the last event (what was denied outlives them), topics and the lake.",
)

POLICY = document(
    "policy",
    "The policy of Kairos",
    mapping(
        {
            "description": text("For people."),
            "holdout": HOLDOUT,
            "quiet_hours": QUIET_HOURS,
            "caps": {"type": "array", "items": ref("cap"), "description": "How many messages at most; all caps hold."},
            "week_starts": choice(WEEKDAYS, "The first day of the customer's week, for caps.", default="monday"),
            "consent": CONSENT,
            "suppress": {"type": "array", "items": ref("suppress"), "description": "Rest after rejection."},
            "throughput": {
                "type": "object",
                "propertyNames": ref("channel"),
                "additionalProperties": {
                    "type": "string",
                    "pattern": r"^\s*0*[1-9]\d{0,8}\s+per\s+(second|minute|hour)\s*$",
                    "examples": ["1000 per minute"],
                },
                "description": "How many messages a channel takes, all customers together.",
            },
            "send_time": SEND_TIME,
            "answered": ANSWERED,
            "currency": CURRENCY,
            "addresses": {
                "anyOf": [
                    {"enum": ADDRESSES},
                    {"type": "object", "minProperties": 1, "additionalProperties": {"enum": ADDRESSES}},
                ],
                "description": "Whether a channel is closed to customers whose address for it is not known (required), or whoever delivers keeps "
                "the addresses (elsewhere): one word, or one for each channel. By default a channel is closed where only another address is known.",
                "examples": ["elsewhere", {"push": "elsewhere"}],
            },
            "addresses_in_actions": {
                "type": "boolean",
                "default": True,
                "description": "Whether an action carries the address (`to`) that is known for its channel. Not where addresses are elsewhere.",
            },
            "grace": ref("duration", "How long what falls due waits at least after its event arrived, for the rest that came late.", default="1m"),
            "retention": RETENTION,
            "traits": {
                "type": "object",
                "additionalProperties": ref("purpose"),
                "description": "Traits that are kept only with consent to a purpose.",
                "examples": [{"birthday": "personalization"}],
            },
            "trigger_max_age": ref("duration", "An event older than this when it arrives triggers nothing.", default="72h"),
        },
        means="What may be sent: to whom, how often, and when. docs/policy.md explains each rule.",
    ),
    {
        **{name: DEFINITIONS[name] for name in ("duration", "spread", "share", "purpose", "channel")},
        "clock": _CLOCK,
        "currency": {"type": "string", "pattern": r"^[^a-z\s]([^a-z]*[^a-z\s])?$", "examples": ["USD"]},
        "then": choice(THENS, "What follows: nothing is sent, it is decided again later, or the next channel is tried."),
        "channels": {"anyOf": [ref("channel"), {"type": "array", "minItems": 1, "items": ref("channel")}]},
        "words": {"anyOf": [{"type": "string", "minLength": 1}, {"type": "array", "minItems": 1, "items": {"type": "string", "minLength": 1}}]},
        "exempt": {
            "anyOf": [ref("exempted"), {"type": "array", "items": ref("exempted")}],
            "default": [TRANSACTIONAL],
            "description": "Purposes and tags that pass.",
        },
        "exempted": {
            "type": "string",
            "minLength": 1,
            "not": {"enum": [spelled for purpose in PURPOSES for spelled in (purpose.capitalize(), purpose.upper())]},
        },
        "cap": CAP,
        "suppress": SUPPRESS,
    },
)
