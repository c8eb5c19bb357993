"""Records as lines on a terminal, aligned, and coloured by outcome."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

import click

from cli.told import many
from services.explain.words import spelled
from services.replay.times import date_and_time
from udfs.codecs.reasons import word_for

COLOURS = {"acted": "green", "withheld": "yellow", "deferred": "cyan", "control": "blue", "held_out": "blue"}
NOBODY = "—"
"""Stands where the customer would, for a record that names nobody."""
_MARKUP = re.compile(r"<(style|script)\b.*?</\1>|<[^>]*>|\s+", re.DOTALL | re.IGNORECASE)
_DEEDS = {
    "removed": "red",
    "switched_off": "red",
    "paused": "yellow",
    "published": "green",
    "approved": "green",
    "resumed": "green",
    "switched_on": "green",
}
_WORDS = ("subject", "title", "headline", "body", "text", "message")


def plain(text: str) -> str:
    """Text on one line, without markup."""
    return _MARKUP.sub(" ", text).strip()


def glimpse(content: Mapping[str, Any] | None) -> str:
    """The first words of a message: its subject or title, or its body."""
    if not content:
        return ""
    words = next((content[name] for name in _WORDS if content.get(name)), None) or next(iter(content.values()))
    return plain(str(words))


def decision_line(decision: Mapping[str, Any], *, content: Mapping[str, Any] | None = None, width: int = 0) -> str:
    """Time, user, campaign, outcome and reason; for an action also its message. `width` 0 means no limit."""
    outcome = str(decision["outcome"])
    how = f"{decision['variant']} by {decision['channel']}" if decision["channel"] else (decision["variant"] or "")
    why = " ".join(filter(None, ("" if outcome == "acted" else decision["reason"], spelled(decision.get("detail")))))
    words = glimpse(content)
    start = f"{date_and_time(decision['at'])}  {decision['user_id']:<16} {decision['campaign']:<20} "
    end = "  ".join(filter(None, (why, how, f"“{words}”" if words else "")))
    return start + click.style(f"{outcome:<9}", fg=COLOURS.get(outcome)) + " " + _cut(end, width - len(start) - 10 if width else 0)


def recall_line(recall: Mapping[str, Any], *, width: int = 0) -> str:
    """Time, user and campaign of a message that must not be delivered any more, and why."""
    start = f"{date_and_time(recall['at'])}  {recall['user_id']:<16} {recall['campaign']:<20} "
    why = " ".join(filter(None, (str(recall["reason"]), spelled(recall.get("detail")))))
    return start + click.style("recalled:", fg="magenta") + " " + _cut(why, width - len(start) - 10 if width else 0)


def rejection_line(*, at: int, key: str | None, reason: str, message: str, accepted: bool = False, width: int = 0, line: int = 0) -> str:
    """Time, key, reason, and how to fix it. Of an event that was `accepted`, only a part was set aside or is missing. `line`: where
    it stands in its file."""
    where = f"line {line}: " if line else ""
    start = f"{date_and_time(at)}  {key or '(no key)':<16} "
    return (
        start
        + click.style(f"{word_for(reason, accepted=accepted):<9}", fg="yellow" if accepted else "red")
        + " "
        + _cut(f"{where}{reason}: {message}", width - len(start) - 10 if width else 0)
    )


def audit_line(record: Mapping[str, Any]) -> str:
    """Time, person, action, key, old and new version, offset on `control`, and the reason."""
    before, after = record["version_before"], record["version_after"]
    versions = f"{before or 'nothing'} -> {after or 'nothing'}" if before != after else str(after or "")
    status = f"now {record['status']}" if record["status"] else ""
    why = f"“{record['why']}”" if record["why"] else ""
    done = click.style(f"{record['act'].replace('_', ' '):<11}", fg=_DEEDS.get(record["act"]))
    rest = "  ".join(filter(None, (versions, status, f"offset {record['offset']}", why)))
    return f"{date_and_time(record['at'])}  {record['who']:<24} {done} {record['key']:<32} {rest}"


def outcome_line(outcome: Mapping[str, Any]) -> str:
    """Time, user and campaign of the outcome of a decision: how sure it is, how often the goal was reached, and what that was worth."""
    times, value = outcome["conversions"], outcome["value"]
    reached = click.style("not reached" if not times else "reached" if times == 1 else f"reached {times} times", fg="green" if times else "yellow")
    worth = "" if value is None or not times else f", worth {value:,.2f}"
    unknown = f" and {outcome['unvalued']} of unknown worth" if outcome["unvalued"] else ""
    start = f"{date_and_time(outcome['at'])}  {outcome['user_id']:<16} {outcome['campaign']:<20} "
    return f"{start}{outcome['status']:<11} {reached}{worth}{unknown}  {outcome['variant']} by {outcome['channel']} ({outcome['outcome']})"


def links_line(number: int) -> str:
    """That so many ids were linked, and with which option a cluster does so."""
    return f"{many(number, 'id')} {'was' if number == 1 else 'were'} linked to a person; a job on a cluster links ids with --link-ids on"


def segment_line(record: Mapping[str, Any]) -> str:
    """Time, user, and the segment that was entered or left."""
    change = click.style(f"{record['change']:<9}", fg="green" if record["change"] == "entered" else "yellow")
    return f"{date_and_time(record['at'])}  {record['user_id']:<16} {change} {record['segment']}"


def erasure_line(record: Mapping[str, Any]) -> str:
    """Time and id of somebody who was erased, and what went with it."""
    known = "erased" if record["was_known"] else "erased, though nothing was known"
    recalled = f", {many(record['recalled'], 'message')} recalled" if record["recalled"] else ""
    linked = f", linked to {', '.join(record['linked'])}" if record["linked"] else ""
    until = f"; what arrives until {date_and_time(record['until'])} is dropped"
    return f"{date_and_time(record['at'])}  {record['user_id']:<16} {click.style(known, fg='magenta')}{recalled}{linked}{until}"


def tell_unmet(sections: Mapping[str, Sequence[str]], *, err: bool = False) -> None:
    """Print what was not met: a paragraph about the customer's events, and one for each campaign."""
    for name, lines in sections.items():
        click.echo(click.style(name, bold=True), err=err)
        for line in lines:
            click.echo(f"  {line}", err=err)


def _cut(text: str, width: int) -> str:
    return text if width <= 0 or len(text) <= width else text[: max(width - 1, 8)] + "…"
