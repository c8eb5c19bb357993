"""The check of the data as a whole: one pass for the counts, one through the engine for the skew of features."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from services.documents.findings import BadFile
from services.documents.schedule_shape import CHECK
from services.local.book import book_of
from training import options
from training.checks import skew
from training.checks.report import Report
from training.checks.rules import Limits, findings, notes
from training.checks.tally import Tally
from training.errors import TrainingError
from training.history import LINKED, HistorySource, from_file, from_topic, is_linked
from training.logged import Key, Logged, read_logged
from udfs.core.campaigns.book import Book
from udfs.core.values.document_reader import share_of
from udfs.core.values.durations import parse_duration
from udfs.core.values.errors import NotFound

DEFAULTS: Mapping[str, Any] = {key: each["default"] for key, each in CHECK["properties"].items() if "default" in each}
DECISIONS = "decisions"


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """What is to be checked. Without `history` and `decisions` the topics are read."""

    history: Path | None = None
    format: str = "jsonl"
    topic: str = "events"
    decisions: Path | None = None
    brokers: str | None = None
    campaigns: Sequence[Path] = ()
    features: Path | None = None
    limits: Limits = field(default_factory=Limits)
    links_ids: bool = False
    """As of `HistorySource`."""


def wanted(document: Mapping[str, Any], *, beside: Path, brokers: str | None) -> Wanted:
    """What the `check` of a schedule asks for; its paths are relative to `beside`."""
    history, told = document.get("history", {}), {**DEFAULTS, **document}
    campaigns = document.get("campaigns", [])
    return Wanted(
        history=_path(history.get("file"), beside),
        format=history.get("format", "jsonl"),
        topic=history.get("topic", "events"),
        decisions=_path(document.get("decisions"), beside),
        brokers=brokers or history.get("brokers"),
        links_ids=is_linked(history.get("link_ids", LINKED[0])),
        campaigns=[beside / Path(each).expanduser() for each in ([campaigns] if isinstance(campaigns, str) else campaigns)],
        features=_path(document.get("features"), beside),
        limits=Limits(fresh=parse_duration(told["fresh"]), **{key: share_of(told[key]) for key in ("duplicates", "unreadable", "missing", "volume")}),
    )


def check(wanted: Wanted, *, now: int) -> Report:
    """Check. `now`: epoch milliseconds. Raises KairosError if the events cannot be read."""
    source = _source(wanted)
    tally = Tally()
    tally.take(source.read().records)
    found, told = list(findings(tally, wanted.limits, now=now)), list(notes(tally, now=now))
    compared = 0
    try:
        logged = _logged(wanted)
        if logged:
            comparison, other = skew.compared(_book(wanted), source, logged)
            found += skew.findings(comparison)
            compared = comparison.compared
            if other:
                told.append(f"skew: {other:,} logged decisions were made with other features than those of today")
        else:
            told.append("skew: no decision is logged")
    except NotFound as error:  # the job was not submitted yet
        told.append(f"skew: {error}")
    return Report(at=now, source=source.name, events=tally.events, first=tally.first, last=tally.last, compared=compared, findings=found, notes=told)


def _source(wanted: Wanted) -> HistorySource:
    return replace(_read(wanted), links_ids=wanted.links_ids)


def _read(wanted: Wanted) -> HistorySource:
    if wanted.history is not None:
        return from_file(wanted.history, wanted.format)
    return from_topic(wanted.brokers or options.local_brokers(), wanted.topic)


def _logged(wanted: Wanted) -> Mapping[Key, Logged]:
    if wanted.decisions is not None:
        return read_logged(wanted.decisions)
    if wanted.history is not None:
        return {}  # a file of events has no topic of decisions
    return skew.from_topic(wanted.brokers or options.local_brokers(), DECISIONS)


def _book(wanted: Wanted) -> Book:
    try:
        return book_of(wanted.campaigns, features=wanted.features)
    except BadFile as error:
        raise TrainingError(str(error)) from error


def _path(text: str | None, beside: Path) -> Path | None:
    return None if text is None else beside / Path(text).expanduser()
