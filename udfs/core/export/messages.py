"""What was sent to somebody, what happened then, and what is waited for."""

from typing import Any
from uuid import UUID

from udfs.core.export.part import Known, Part, fields_of, instant, timed
from udfs.core.profile import dedup, windows
from udfs.core.profile.due import Due
from udfs.core.profile.state import RING
from udfs.core.values.chance import FINGERPRINT


def _messages(known: Known) -> list[dict[str, Any]]:
    return [fields_of(each, "at", outcomes=timed(each.outcomes)) for each in known.profile.messages]


def _under_way(known: Known) -> list[dict[str, Any]]:
    return [fields_of(each, "expires", "start", decision_id=str(UUID(bytes=each.decision_id))) for each in known.profile.underway]


def _pending(known: Known) -> list[dict[str, Any]]:
    return [_due(each) for each in sorted(known.profile.due, key=lambda each: each.at)]


def _due(due: Due) -> dict[str, Any]:
    return {"kind": type(due).__name__.lower(), "campaign": due.campaign or None, **fields_of(due, "at", "start", "origin", "since")}


def _entered(known: Known) -> dict[str, Any]:
    return {
        name: {
            "last": instant(each.last),
            "keys": len(each.keys) // FINGERPRINT,
            "judged": instant(each.judged),
            "assigned": {what.removeprefix(":"): {"name": drawn.name, "probability": drawn.probability} for what, drawn in each.assigned.items()},
        }
        for name, each in known.profile.entered.items()
    }


def _outcomes(known: Known) -> dict[str, Any]:
    held = windows.held(known.profile)
    return {
        "windows": [
            fields_of(each, "at", "ends", decision_id=str(UUID(bytes=each.decision_id)), engagement=timed(each.engagement)) for each in held.windows
        ],
        "conversions": [fields_of(each, "at") for each in held.conversions],
    }


PARTS = (
    Part(
        "messages",
        "Messages that went out, or were held out of it, in the last 32 days.",
        ("packed_messages",),
        _messages,
        {
            "at": "When it was decided.",
            "channel": "By which channel.",
            "campaign": "Of which campaign.",
            "tags": "The campaign's tags then.",
            "variant": "Which variant.",
            "mark": "A fingerprint of the decision's id.",
            "run": "A fingerprint of the run of a journey to which it belongs.",
            "in_holdout": "Whether nothing went out, for a comparison.",
            "transactional": "Whether it was about something that the person had done, such as an order.",
            "failed": "Whether it could not be delivered, or was recalled.",
            "outcomes": "What happened to it (delivered, opened, clicked and so on), and when first.",
        },
    ),
    Part(
        "under_way",
        "Messages that may still be recalled.",
        ("packed_underway",),
        _under_way,
        {
            "decision_id": "The decision.",
            "attempt": "Its number, where it was decided several times.",
            "campaign": "Of which campaign.",
            "channel": "By which channel.",
            "purpose": "For which purpose.",
            "expires": "When it is not to be delivered any more.",
            "start": "When what began it happened.",
            "told_by": "The program that said so.",
            "cart_id": "The cart that it is about.",
            "properties": "What else it is about.",
        },
    ),
    Part(
        "reactions",
        "What the person did with messages, for 121 days.",
        ("reactions",),
        lambda known: [fields_of(each, "at") for each in known.profile.reactions],
        {"at": "When.", "kind": "What.", "channel": "By which channel.", "campaign": "Of which campaign.", "tags": "The campaign's tags then."},
    ),
    Part(
        "pending",
        "What is waited for: a silence, a date, a variant that waits, a message that was put off, a step of a journey.",
        ("due",),
        _pending,
        {
            "kind": "armed: a silence, a time since an event, or a date; waiting: a variant; deferred: a message; step: of a journey; "
            "recheck: segments are asked again.",
            "campaign": "Of which campaign.",
            "at": "When it falls due.",
            "cart_id": "The cart that it is about.",
            "stale": "Whether its trigger was too old when it arrived.",
            "start": "When what began it happened.",
            "told_by": "The program that said so.",
            "properties": "What it is about.",
            "born_as": "The id under which it began.",
            "variant": "Which variant.",
            "drawn": "The way of a journey that chance has drawn, and no message has told yet.",
            "origin": "When its trigger came true.",
            "since": "Since when it waits.",
            "event_id": "The message id of the event that triggered it.",
            "source": "The write key of that event.",
            "key": "What it may happen once for.",
            "attempt": "The number of its next decision.",
            "deferred_by": "Why it was put off.",
            "step": "The step of a journey.",
            "group": "The group of an experiment in which it began.",
            "place": "The place that is kept for it among the messages of a channel.",
        },
    ),
    Part(
        "entered",
        "Campaigns that have acted on this person, or would have but for a comparison (~ before the name).",
        ("entered",),
        _entered,
        {
            "last": "When last.",
            "keys": "For how many things that may happen only once.",
            "judged": "When a silence or a date of it was over last.",
            "assigned": "The variant, the group and the ways of splits that were drawn.",
        },
    ),
    Part(
        "scores",
        "Answers of models that stand for a while.",
        ("scores",),
        lambda known: {name: fields_of(each, "at") for name, each in known.profile.scores.items()},
        {"version": "Of the model.", "at": "When.", "values": "The answers.", "events": "How many events there were since."},
    ),
    Part(
        "outcomes",
        "What followed decisions, as long as that is watched.",
        ("measured",),
        _outcomes,
        {"windows": "Each decision, until when it is watched, and what happened to its message.", "conversions": "What the person did then."},
    ),
    Part(
        "known_event_ids",
        "By how many ids events that are sent twice are known again. They are fingerprints: the ids cannot be told from them.",
        ("ids",),
        lambda known: {"latest": len(known.profile.ids) // FINGERPRINT, "of_72_hours": dedup.count(known.kept)},
        {"latest": f"Of the latest {RING} events.", "of_72_hours": "Of carts, orders, consent and messages."},
    ),
)
