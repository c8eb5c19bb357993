"""The report of a run as one HTML file. It loads nothing and has no scripts; everything from events is escaped."""

from collections.abc import Collection, Iterator
from typing import Any, NamedTuple

import msgspec

from services.documents.spoken import trigger_in_words
from services.local.audience import Audience
from services.local.summary import NO_RECEIPTS
from services.replay.segment import names_nobody
from services.report.choose import telling
from services.report.notes import Notes
from services.report.story import Part, story_of
from services.report.timeline import CHANNELS, timeline
from services.report.words import OUTCOMES, REASONS, RECALLS, REJECTIONS, REMARKS, clean, clock, day, length, many, noun, sentence, told
from udfs.codecs.reasons import MISSING, RejectionReason
from udfs.core.campaigns.book import Book, ControlValue
from udfs.core.counts import Counts
from udfs.core.identity.links import Links
from udfs.core.records import Outcome, Reason, Rejection

MAX_ROWS = 200
"""The maximum number of rows of a table."""


class Run(NamedTuple):
    """The run that a report describes."""

    source: str
    """The source of the events, such as the file's name."""
    events: int
    book: Book
    notes: Notes
    audience: Audience
    counts: Counts
    """What the engine counted."""
    customers: Collection[str]
    links: Links
    """Which ids turned out to be one customer."""
    links_ids: bool
    """Whether ids were linked at all."""
    drain: int
    """How far time moved on after the last event, in milliseconds."""
    receipts: int | None = None
    """Receipts of messages among the events; None: it is not known."""


def page(run: Run) -> str:
    """The report as HTML. The same run gives the same report."""
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("services.report", "."), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    text: str = environment.get_template("page.html").render(many=many, **_view(run))
    return text.encode("utf-8", "replace").decode()  # a lone surrogate cannot be written to a file


def _view(run: Run) -> dict[str, Any]:
    notes = run.notes
    shown = telling(notes, run.customers)
    total = dict.fromkeys(Outcome, 0)
    for (_, outcome, _), number in notes.decisions.items():
        total[Outcome(outcome)] += number
    decided = sum(number for outcome, number in total.items() if outcome is not Outcome.DEFERRED)
    return {
        "source": clean(run.source, 120),
        "read": _read(run),
        "tiles": [
            (noun(run.events, "event") + " read", run.events),
            (noun(len(run.customers), "customer"), len(run.customers)),
            (noun(total[Outcome.ACTED], "message") + " it would send", total[Outcome.ACTED]),
            ("decided against", decided - total[Outcome.ACTED]),
            (noun(notes.rejections, "event") + " rejected", notes.rejections),
            *([(noun(notes.set_aside, "field") + " set aside", notes.set_aside)] if notes.set_aside else ()),
            *([(noun(notes.missing, "field") + " missing", notes.missing)] if notes.missing else ()),
        ],
        "remarks": [(run.counts.get(name, 0), remark) for name, remark in REMARKS.items() if run.counts.get(name, 0)],
        "audience": _audience(run),
        "decided": decided,
        "recalled": _recalled(notes),
        "no_receipts": sentence(NO_RECEIPTS) if run.receipts == 0 else "",
        "campaigns": _campaigns(notes),
        "ways": _ways(notes),
        "segments": [
            (clean(name, 80), notes.segments[name, "entered"], notes.segments[name, "left"]) for name in sorted({name for name, _ in notes.segments})
        ],
        "timelines": [timeline(user, _story(run, user)) for user in shown],
        "customers": len(run.customers),
        "rejections": notes.rejections,
        "set_aside": notes.set_aside,
        "missing": notes.missing,
        "rejected": list(_rejected(notes)),
        "policy": run.book.policy.version,
        "features": run.book.features.version,
    }


def _story(run: Run, user: str) -> list[Part]:
    return story_of(user, run.notes, run.book, links=run.links, links_ids=run.links_ids, drain=run.drain)


def _read(run: Run) -> str:
    """A sentence about what was read."""
    first, last = run.notes.first, run.notes.last
    what = f"{many(run.events, 'event')} of {many(len(run.customers), 'customer')}"
    if first is None or last is None:
        return "The file holds no events."
    if day(first) == day(last):
        return f"{what}, on {day(first)} between {clock(first)} and {clock(last)} (UTC)."
    return f"{what}, from {day(first)}, {clock(first)} to {day(last)}, {clock(last)} (UTC): {length(last - first)}."


def _audience(run: Run) -> list[dict[str, Any]]:
    told_of = []
    for row in run.audience.rows(run.book.campaigns):
        entry = run.book.entries.get(f"campaign/{row.campaign}")
        document = msgspec.json.decode(entry.value, type=ControlValue).document if entry is not None and entry.value else {}
        told_of.append(
            {
                "row": row,
                "name": clean(row.campaign, 80),
                "description": clean(document.get("description", ""), 300),
                "trigger": clean(trigger_in_words(document.get("trigger")), 300) if document.get("trigger") else "",
                "when": clean(document.get("when", ""), 300),
                "paused": campaign.paused if (campaign := run.book.campaigns.get(row.campaign)) else True,
                "version": getattr(campaign, "version", ""),
            }
        )
    return told_of[:MAX_ROWS]


def _campaigns(notes: Notes) -> list[dict[str, Any]]:
    """Outcomes and reasons, campaign by campaign, the most frequent first."""
    found = []
    for name in sorted({campaign for campaign, _, _ in notes.decisions}):
        rows = [(number, outcome, reason) for (campaign, outcome, reason), number in notes.decisions.items() if campaign == name]
        whole = sum(number for number, _, _ in rows)
        found.append(
            {
                "name": clean(name, 80),
                "total": whole,
                "rows": [
                    {
                        "outcome": OUTCOMES[Outcome(outcome)],
                        "class": outcome,
                        "code": reason,
                        "why": REASONS[Reason(reason)],
                        "number": number,
                        "share": number / whole,
                    }
                    for number, outcome, reason in sorted(rows, key=lambda row: (-row[0], row[1:]))
                ],
            }
        )
    return found[:MAX_ROWS]


def _recalled(notes: Notes) -> list[tuple[str, str, str, int]]:
    """Messages that were recalled: campaign, why, reason and number."""
    found = sorted(notes.recalled.items())[:MAX_ROWS]
    return [(clean(campaign, 80), RECALLS.get(reason, REASONS[Reason(reason)]), reason, number) for (campaign, reason), number in found]


def _ways(notes: Notes) -> list[dict[str, Any]]:
    """A table by campaign, variant and channel."""
    table: dict[tuple[str, str, str], dict[str, int]] = {}
    for (campaign, variant, channel, outcome), number in notes.sent.items():
        if variant or channel:
            table.setdefault((campaign, variant, channel), dict.fromkeys(Outcome, 0))[outcome] += number
    return [
        {
            "campaign": clean(campaign, 80),
            "variant": clean(variant, 80),
            "channel": CHANNELS.get(channel, channel),
            "sent": row[Outcome.ACTED],
            "withheld": row[Outcome.WITHHELD],
            "compared": row[Outcome.CONTROL] + row[Outcome.HELD_OUT],
            "deferred": row[Outcome.DEFERRED],
        }
        for (campaign, variant, channel), row in sorted(table.items())
    ][:MAX_ROWS]


def _rejected(notes: Notes) -> Iterator[dict[str, Any]]:
    """By reason and field, the most frequent first, each with a sample."""
    for (reason, place, accepted), kind in sorted(notes.rejected.items(), key=lambda item: (-item[1].count, item[0])):
        yield {
            "reason": sentence(reason.lower()),
            "field": clean(place, 80),
            "count": kind.count,
            "accepted": accepted,
            "label": "" if not accepted else "" if reason in MISSING else "Set aside: ",
            "meaning": REJECTIONS[RejectionReason(reason)],
            "samples": [_sample(each) for each in kind.samples],
        }


def _sample(rejection: Rejection) -> dict[str, str]:
    return {
        "when": f"{day(rejection.at)}, {clock(rejection.at)}",
        "who": "" if names_nobody(rejection.key, rejection.original) else clean(rejection.key or "", 80),
        "message": told(rejection.message, 300),
        "record": clean(rejection.original.decode("utf-8", "backslashreplace"), 300),
    }
