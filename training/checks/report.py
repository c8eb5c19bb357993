"""What a check of the data found, as text, JSON and HTML. Every finding says what to do."""

import html
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from training.errors import TrainingError

JSON, PAGE = "check.json", "check.html"


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """Something that is wrong with the data."""

    check: str
    """completeness, freshness, duplicates, volume, unreadable or skew."""
    what: str
    cure: str


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """`check.json`. Times are epoch milliseconds."""

    at: int
    source: str
    events: int
    first: int | None
    last: int | None
    compared: int
    """Logged decisions whose features were recomputed."""
    findings: list[Finding] = []
    notes: list[str] = []
    """What could not be checked, and why."""


def text(report: Report) -> Iterator[str]:
    """The report, line by line."""
    yield f"{report.events:,} events of {report.source}, {_day(report.first)} to {_day(report.last)}; {report.compared:,} decisions recomputed"
    for each in report.findings:
        yield f"{each.check}: {each.what}"
        yield f"    {each.cure}"
    for note in report.notes:
        yield f"not checked: {note}"
    yield f"{len(report.findings)} findings" if len(report.findings) != 1 else "1 finding"


def page(report: Report) -> str:
    """The report as one HTML page. It loads nothing and has no scripts; everything from the data is escaped."""
    rows = "".join(f"<tr>{''.join(f'<td>{html.escape(part)}</td>' for part in (each.check, each.what, each.cure))}</tr>" for each in report.findings)
    notes = "".join(f"<li>{html.escape(note)}</li>" for note in report.notes)
    head = html.escape(next(text(report)))
    table = f"<table><tr><th>check</th><th>what</th><th>what to do</th></tr>{rows}</table>" if rows else "<p>Nothing was found.</p>"
    return (
        '<!doctype html><html lang="en"><meta charset="utf-8"><title>Check of the data</title>'
        "<style>body{font:16px system-ui;margin:2rem auto;max-width:60rem}td,th{text-align:left;padding:.4rem;border-bottom:1px solid #ccc}</style>"
        f"<h1>Check of the data, {_day(report.at)}</h1><p>{head}</p>{table}{f'<h2>Not checked</h2><ul>{notes}</ul>' if notes else ''}</html>\n"
    )


def keep(report: Report, folder: Path) -> None:
    """Write JSON and HTML. Raises TrainingError if the folder cannot be written to."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / JSON).write_bytes(msgspec.json.format(msgspec.json.encode(report), indent=2) + b"\n")
        (folder / PAGE).write_text(page(report), encoding="utf-8", errors="replace")
    except OSError as error:
        problem = f"cannot write to {folder} ({error.strerror or error}): name a folder that can be written to for the report"
        raise TrainingError(problem) from error


def _day(at: int | None) -> str:
    return "never" if at is None else f"{datetime.fromtimestamp(at / 1000, UTC):%Y-%m-%d %H:%M}"
