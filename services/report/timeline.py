"""One customer's timeline: what happened and what was decided, in order, each message as the customer reads it."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from services.report.notes import Came, Entry, Happened, Missed
from services.report.story import Part
from services.report.words import MISSES, OUTCOMES, REASONS, clean, clock, day, length, sentence, text_of, told
from udfs.codecs.reasons import word_for
from udfs.core.records import Action, Decision, Event, Outcome, Recall, Rejection

MAX_ENTRIES = 60
"""The maximum number of lines; the middle of a longer timeline is left out."""
FACTS = 6
TEXT = 1_500
HEADINGS, BODIES = ("subject", "title", "headline"), ("body", "text", "message")
FIRST = ("name", "product_id", "price", "quantity", "order_id", "total", "revenue", "currency", "category", "products")
"""Properties that are shown first."""
DUPLICATE = "Ignored: a duplicate, with an id that was known."
GAP = 10 * 60_000
CHANNELS = {"email": "E-mail", "sms": "SMS", "push": "Push", "in_app": "In-app", "onsite": "On-site", "webhook": "Webhook"}


@dataclass(kw_only=True)
class Line:
    """One line of a timeline, ready to be shown."""

    at: int
    kind: str
    """One of event, segment, rejected, recalled, gap, or a decision's outcome."""
    title: str
    day: str = ""
    """The day, on its first line."""
    clock: str = ""
    since: str = ""
    """The time since the previous line, if it is long."""
    facts: list[tuple[str, str]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    misses: dict[str, list[str]] = field(default_factory=dict)
    """Why a trigger led to no decision -> the campaigns."""
    found: dict[str, str] = field(default_factory=dict)
    """Campaign -> what its condition found that was not met, with what it needs."""
    message: dict[str, Any] | None = None
    times: int = 1
    """How many similar events in a row this line stands for."""


@dataclass(frozen=True, kw_only=True)
class Timeline:
    """A customer's timeline."""

    user: str
    summary: str
    """The outcomes of the decisions, as text."""
    lines: list[Line]


def timeline(user: str, story: Iterable[Part]) -> Timeline:
    """Build a customer's timeline."""
    ordered = sorted(story, key=lambda part: _at(part.entry))  # stable: at the same time, events come before their results
    lines, outcomes = _lines(ordered)
    if (left := len(lines) - MAX_ENTRIES) > 0:
        half = MAX_ENTRIES // 2
        lines[half : half + left] = [Line(at=lines[half].at, kind="gap", title=f"{left:,} more {'entry' if left == 1 else 'entries'} not shown")]
    _date(lines)
    return Timeline(user=clean(user, 80), summary=_summary(outcomes), lines=lines)


def _summary(outcomes: Counter[Outcome]) -> str:
    told_of = [
        f"{OUTCOMES[outcome].lower()}{f' {outcomes[outcome]} times' if outcomes[outcome] > 1 else ''}" for outcome in Outcome if outcomes[outcome]
    ]
    return sentence(", ".join(told_of)) if told_of else "Nothing was decided"


def _at(entry: Entry) -> int:
    if isinstance(entry, Came):
        return next(each.at for each in (entry.decision, entry.action, entry.segment, entry.rejection, entry.recall) if each is not None)
    return entry.at


def _lines(parts: Iterable[Part]) -> tuple[list[Line], Counter[Outcome]]:
    lines: list[Line] = []
    outcomes: Counter[Outcome] = Counter()
    decided: dict[tuple[str, int], Line] = {}
    for part in parts:
        entry, before = part.entry, len(lines)
        if isinstance(entry, Happened):
            if part.event is not None:  # rejections have their own table
                lines.append(_event(part.event, entry.at, repeated=part.repeated))
        elif isinstance(entry, Missed):
            _miss(lines, entry, part.found)
        elif entry.decision is not None:
            line = decided[entry.decision.decision_id, entry.decision.attempt] = _decision(entry.decision)
            lines.append(line)
            outcomes[entry.decision.outcome] += 1
        elif entry.action is not None:
            if (found := decided.get((entry.action.decision_id, entry.action.attempt))) is not None:
                found.message = message(entry.action)
        elif entry.segment is not None:
            verb = "Entered" if entry.segment.change == "entered" else "Left"
            lines.append(Line(at=entry.segment.at, kind="segment", title=f"{verb} the segment {clean(entry.segment.segment, 80)}"))
        elif entry.recall is not None:
            lines.append(_recall(entry.recall))
        elif entry.rejection is not None:
            lines.append(_rejection(entry.rejection))
        if part.under and len(lines) > before:
            lines[-1].notes.append(f"Under the id {clean(part.under, 80)}, before it was known to be this customer.")
    return _folded(lines), outcomes


def _event(event: Event, at: int, *, repeated: bool) -> Line:
    given: Mapping[str, Any] = event.properties if event.type == "track" or event.properties else event.traits
    names = [name for name in FIRST if name in given] + [name for name in given if name not in FIRST]
    facts = [(clean(name, 40), told(given[name])) for name in names if given[name] not in (None, "", [], {})]
    if len(facts) > FACTS:
        facts[FACTS:] = [("", f"and {len(facts) - FACTS} more")]
    title = "Identified" if event.type == "identify" else sentence(clean(event.name, 80))
    return Line(at=at, kind="event", title=title, facts=facts, notes=[DUPLICATE] if repeated else [])


def _miss(lines: list[Line], missed: Missed, found: str) -> None:
    """Add a trigger without a decision to the line of its cause; a silence gets a line of its own."""
    if not lines or lines[-1].at != missed.at or lines[-1].kind not in {"event", "time"}:
        lines.append(Line(at=missed.at, kind="time", title="Time passed"))
    campaigns = lines[-1].misses.setdefault(MISSES[missed.what], [])
    if (name := clean(missed.campaign, 80)) not in campaigns:
        campaigns.append(name)
    if found:
        lines[-1].found[name] = clean(found, 300)


def _decision(decision: Decision) -> Line:
    line = Line(at=decision.at, kind=decision.outcome.value, title=f"{OUTCOMES[decision.outcome]}: {clean(decision.campaign, 80)}")
    if decision.variant:
        line.facts.append(("variant", clean(decision.variant, 80)))
    if decision.channel:
        line.facts.append(("channel", CHANNELS.get(decision.channel, decision.channel)))
    if decision.deferred_until is not None:
        line.facts.append(("until", f"{day(decision.deferred_until)}, {clock(decision.deferred_until)}"))
    if decision.outcome.value != "acted":
        line.notes.append(REASONS[decision.reason])
        if decision.detail:
            line.notes.append(f"In detail: {told(decision.detail, 300)}")
    return line


def _recall(recall: Recall) -> Line:
    title = f"Recalled: {clean(recall.campaign, 80)}"
    notes = ["The message must not be delivered any more."]
    if recall.detail:
        notes.append(f"In detail: {told(recall.detail, 300)}")
    return Line(at=recall.at, kind="recalled", title=title, facts=[("reason", recall.reason.value)], notes=notes)


def _rejection(rejection: Rejection) -> Line:
    where = f" ({clean(rejection.field, 80)})" if rejection.field else ""
    return Line(
        at=rejection.at,
        kind="rejected",
        title=f"{sentence(word_for(rejection.reason, accepted=True)) if rejection.accepted else 'Rejected event'}{where}",
        notes=[told(rejection.message, 300)],
    )


def message(action: Action) -> dict[str, Any]:
    """A message by its parts: `heading`, `body`, and the other fields."""
    content = {str(name): str(value) for name, value in action.content.items() if value not in (None, "")}
    heading = next((content.pop(name) for name in HEADINGS if name in content), "")
    body = next((content.pop(name) for name in BODIES if name in content), "")
    html = content.pop("html", "")
    rest = [(sentence(clean(name, 40)), told(value, 300)) for name, value in content.items()]
    if action.offer:
        rest.append(("Offer", ", ".join(f"{clean(name, 40)} {told(value)}" for name, value in action.offer.items())))
    rest.append(("To be delivered by", f"{day(action.expires_at)}, {clock(action.expires_at)}"))
    return {
        "channel": CHANNELS.get(action.channel, action.channel),
        "kind": "letter" if action.channel == "email" else "note",
        "heading": clean(heading, 200),
        "body": clean(body or text_of(html), TEXT).strip(),
        "rest": rest[:FACTS],
    }


def _folded(lines: list[Line]) -> list[Line]:
    """Merge similar events in a row: the first is shown, and the others become one line with their count and the last one."""
    folded: list[Line] = []
    run = 0
    for line in lines:
        before = folded[-1] if folded else None
        run = run + 1 if before is not None and _alike(before, line) else 1
        if before is None or run <= 2:
            folded.append(line)
        else:
            before.times, before.facts, before.found, before.at = run - 1, line.facts, line.found, line.at
    return folded


def _alike(one: Line, other: Line) -> bool:
    return (
        one.kind == other.kind
        and one.kind in {"event", "time"}
        and (one.title, one.misses, one.notes)
        == (
            other.title,
            other.misses,
            other.notes,
        )
    )


def _date(lines: list[Line]) -> None:
    """Add the day where it changes, the time of each line, and long gaps."""
    shown, last = "", 0
    for line in lines:
        if line.kind == "gap":
            continue
        today = day(line.at)
        line.day, line.clock = today if today != shown else "", clock(line.at)
        if last and line.at - last >= GAP:
            line.since = f"{length(line.at - last)} later"
        shown, last = today, line.at


__all__ = ["Line", "Timeline", "message", "timeline"]
