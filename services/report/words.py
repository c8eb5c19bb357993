"""Outcomes, reasons and rejections, in words for readers who do not know the engine."""

import unicodedata
from collections.abc import Mapping
from datetime import UTC, datetime
from html.parser import HTMLParser
from typing import Any, NamedTuple

from services.explain.words import spelled
from udfs.codecs.reasons import RejectionReason
from udfs.core.counts import Count
from udfs.core.records import Outcome, Reason

OUTCOMES = {
    Outcome.ACTED: "Sent",
    Outcome.WITHHELD: "Not sent",
    Outcome.DEFERRED: "Put off",
    Outcome.CONTROL: "Control group",
    Outcome.HELD_OUT: "Held out",
}
REASONS = {
    Reason.ELIGIBLE: "No rule ruled it out.",
    Reason.ELIGIBILITY: "It was put off, and later the campaign's condition no longer held.",
    Reason.ENTRY_BLOCKED: "While it was put off, the campaign had already acted on this customer.",
    Reason.EXITED: "The customer did something that ends the campaign, such as buying: while it was put off, or before its trigger arrived.",
    Reason.NO_CONSENT: "The customer has not consented to messages of this purpose.",
    Reason.UNSUBSCRIBED: "The customer has unsubscribed from this channel.",
    Reason.UNREACHABLE: "Messages do not reach the customer on this channel.",
    Reason.SUPPRESSED: "The customer dismissed several messages like this one, so they get none for a while.",
    Reason.CAP_REACHED: "A cap of the policy has no room: as many messages were decided for this customer as it allows. The detail names the cap.",
    Reason.QUIET_HOURS: "It was night where the customer lives.",
    Reason.SEND_TIME: "It waits for the hour of the day at which this customer, or most customers, read messages.",
    Reason.THROTTLED: "The channel was at its limit of messages per minute or hour.",
    Reason.GLOBAL_HOLDOUT: "The customer is in the global holdout: they get no messages, so that the effect of all campaigns can be measured.",
    Reason.EXPERIMENT_CONTROL: "The customer is in this campaign's control group: they get no message, so that its effect can be measured.",
    Reason.STALE_TRIGGER: "The event that triggered it was already too old when it arrived.",
    Reason.EXPIRED: "The message expired before it could be sent.",
    Reason.SWITCHED_OFF: "The campaign or the channel was switched off.",
    Reason.CHANNEL_NOT_DEPLOYED: "The channel is not deployed: the job was submitted without it.",
    Reason.RENDER_FAILED: "The message could not be rendered: a value that its text needs was missing.",
    Reason.ENGINE_FAILED: "The engine failed on this one decision. Please report it.",
    Reason.ERASED: "The customer was erased.",
    Reason.NOT_INTERESTED: "The customer has said not to be interested in this.",
    Reason.ANOMALY_HELD: "It was out of line (far more messages, or a far larger offer, than usual), and waits for a person.",
    Reason.NOTHING_CHOSEN: "Sending nothing was chosen: no message is worth its cost here, or it was drawn so that something is learned from it.",
}
RECALLS = {"EXITED": "The customer did something that ends the campaign, such as buying, before the message was delivered."}
"""Reasons of recalls in other words than those of decisions."""
MISSES = {
    "triggers_unmet": "Condition not met",
    "triggers_warming": "Warming up",
    "entries_blocked": "Entry blocked",
    "pending_cancelled": "Cancelled",
    "journeys_lost": "Lost at a wait: nobody knows until when",
}
"""Counts without a decision -> their words in a timeline."""
REJECTIONS = {
    RejectionReason.EMPTY: "The record has no content.",
    RejectionReason.TOO_LARGE: "The record is larger than an event may be. Send less with it.",
    RejectionReason.UNKNOWN_FORMAT: "The record is not a JSON object. Send one JSON object a line.",
    RejectionReason.MALFORMED: "The JSON is truncated or not valid. Export or send it again.",
    RejectionReason.NOT_UTF8: "The text is not UTF-8. Export it as UTF-8.",
    RejectionReason.TOO_DEEP: "Objects are nested too deeply. Send flat properties.",
    RejectionReason.UNKNOWN_SCHEMA: "The Avro schema of the record is unknown.",
    RejectionReason.SCHEMA_UNAVAILABLE: "The schema registry did not answer. Send the record again once it does.",
    RejectionReason.BAD_SCHEMA: "The Avro schema of the record cannot be used. Change it in the registry.",
    RejectionReason.BATCH: "A batch holds no event. Send its messages with it.",
    RejectionReason.MISSING_FIELD: "A field that every event needs is missing or empty. Add it in the tracker.",
    RejectionReason.WRONG_TYPE: "A field has the wrong type, such as text where a number belongs. Change it in the tracker.",
    RejectionReason.TOO_LONG: "An id or a name is longer than it may be. Shorten it.",
    RejectionReason.UNKNOWN_TYPE: "The call is not one of track, identify, page, screen, group and alias.",
    RejectionReason.BAD_TIMESTAMP: "The time cannot be read. Send ISO 8601 or epoch milliseconds.",
    RejectionReason.MISSING_KEY: "The record has no key. Key it by the customer's id.",
    RejectionReason.KEY_MISMATCH: "The record's key is not the customer's id. Key it by that id.",
    RejectionReason.PLACEHOLDER_ID: "The id is a word for nobody, such as null or guest. Leave it out until the customer is known.",
    RejectionReason.MISSING_PROPERTY: "The event lacks a property that it should have. Add it in the tracker.",
    RejectionReason.BAD_PROPERTY: "A property cannot be read, or is out of range. Change it in the tracker.",
    RejectionReason.NOT_FINITE: "A number is not finite (NaN or infinity). Leave it out when it is unknown.",
    RejectionReason.BAD_CONTROL: "A campaign or policy could not be used. The last good version stays in force.",
    RejectionReason.BAD_MODEL: "A model could not be used. Cold-start scores are used instead.",
    RejectionReason.BAD_CATALOGUE: "A version of the product catalogue could not be used. The version before stays in force.",
    RejectionReason.BAD_RECOMMENDER: "A version of the recommender could not be used. The version before stays in force.",
    RejectionReason.UNSENDABLE: "An output record could not be sent. The message says why.",
    RejectionReason.ENGINE_ERROR: "The event is well formed, but the engine failed on it. Please report it.",
}


class Remark(NamedTuple):
    """What is said after a number: one, or another number."""

    one: str
    many: str


REMARKS: Mapping[Count, Remark] = {
    "duplicates": Remark("was a duplicate and was ignored", "were duplicates and were ignored"),
    "late_events": Remark(
        "arrived after a later event of the same customer: remembered, but it triggers nothing",
        "arrived after later events of the same customer: remembered, but they trigger nothing",
    ),
    "clamped_events": Remark(
        "had a timestamp more than five minutes ahead, which was set back", "had timestamps more than five minutes ahead, which were set back"
    ),
    "derived_ids": Remark("came without a message id: one was made from its content", "came without message ids: they were made from their contents"),
    "unknown_events": Remark(
        "has a name that the catalogue does not list: used unchanged", "have names that the catalogue does not list: used unchanged"
    ),
    "events_not_stored": Remark("was not stored, for lack of consent to storage", "were not stored, for lack of consent to storage"),
    "unknown_zones": Remark("had an unknown time zone", "had unknown time zones"),
    "unknown_dates": Remark("trait that a date trigger waits for is not a date", "traits that a date trigger waits for are not dates"),
    "traits_dropped": Remark(
        "trait was dropped, because it was not a plain value, or one too many", "traits were dropped, because they were not plain values, or too many"
    ),
}
"""Counts of the engine that matter to the sender of the events."""

_OVERRIDES = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_UNITS = ((86_400_000, "day"), (3_600_000, "hour"), (60_000, "minute"), (1_000, "second"))
_EPOCH = range(10**12, 2 * 10**12)


def clean(value: object, limit: int) -> str:
    """Make text from outside safe to show: without control and direction characters, and at most `limit` characters long."""
    text = str(value)[: limit + 1]
    shown = "".join(
        char if char in "\n\t" else "\ufffd" if char in _OVERRIDES or unicodedata.category(char) in {"Cc", "Cs"} else char for char in text
    )
    return shown if len(shown) <= limit else shown[: limit - 1] + "…"


def told(value: object, limit: int = 80) -> str:
    """A value of an event as text; a time in epoch milliseconds becomes a date."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int) and value in _EPOCH:
        return f"{day(value)}, {clock(value)}"
    if isinstance(value, float):
        return f"{value:.10g}"
    if isinstance(value, list):
        return ", ".join(told(each, limit) for each in value[:3]) + (f" and {len(value) - 3} more" if len(value) > 3 else "")
    if isinstance(value, dict):
        name = value.get("name") or value.get("product_id")
        return told(name, limit) if name else ", ".join(f"{clean(key, 30)} {told(each, 30)}" for key, each in list(value.items())[:3])
    return clean(spelled(str(value)[:2000]), limit)


def day(at: int) -> str:
    """A date as text: Monday 2 March 2026."""
    date = datetime.fromtimestamp(at / 1000, UTC)
    return f"{date:%A} {date.day} {date:%B %Y}"


def clock(at: int) -> str:
    """A time of day, with seconds if there are any."""
    date = datetime.fromtimestamp(at / 1000, UTC)
    return f"{date:%H:%M:%S}" if date.second else f"{date:%H:%M}"


def length(ms: int) -> str:
    """A duration as text, in its two largest units: 1 hour 30 minutes."""
    parts, rest = [], ms
    for unit, name in _UNITS:
        count, rest = divmod(rest, unit)
        if count:
            parts.append(many(count, name))
        elif parts:
            break
    return " ".join(parts[:2]) or "less than a second"


def many(count: int, one: str) -> str:
    """A number with its noun, in the plural where needed."""
    return f"{count:,} {noun(count, one)}"


def noun(count: int, one: str) -> str:
    """The noun that goes with a number."""
    return one if count == 1 else f"{one}s"


def sentence(name: str) -> str:
    """The name of an event or field as words: product_added becomes Product added."""
    words = name.replace("_", " ").strip()
    return words[:1].upper() + words[1:]


class _Text(HTMLParser):
    """Extracts the text of an HTML message, one line per block."""

    def __init__(self) -> None:
        super().__init__()
        self.parts: list[str] = []
        self._hidden = 0

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        """Begin a block on a new line; skip elements without text."""
        self._hidden += tag in {"style", "script", "title"}
        self.parts.append("\n" if tag in {"p", "br", "div", "tr", "li", "h1", "h2", "h3", "table"} else " " if tag in {"td", "th"} else "")

    def handle_endtag(self, tag: str) -> None:
        """End a skipped element."""
        self._hidden -= tag in {"style", "script", "title"} and self._hidden > 0

    def handle_data(self, data: str) -> None:
        """Words."""
        if not self._hidden:
            self.parts.append(" ".join(data.split()) + (" " if data[-1:].isspace() else ""))


def text_of(html: str) -> str:
    """An HTML message as plain text: a report contains no foreign markup."""
    parser = _Text()
    parser.feed(html)
    parser.close()
    lines = (line.strip() for line in "".join(parser.parts).split("\n"))
    return "\n".join(line for line in lines if line)
