"""`kairos try`: decide over a file of events in this process, without a cluster, a broker or Java."""

import shutil
import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING

import click
import msgspec

from cli.parameters import ManyCampaigns, Span
from cli.wording import NOBODY, decision_line, erasure_line, links_line, recall_line, rejection_line, segment_line, tell_unmet
from services.local.again import decide_again
from services.local.book import book_of
from services.local.job import LocalJob, Output
from services.local.models import with_models, without_model
from services.local.summary import Summary
from services.local.unmet import unmet
from services.replay.arrivals import arriving
from services.replay.records import History, Record
from services.replay.segment import names_nobody, segment
from udfs.codecs.encode import Sent, encode_all
from udfs.codecs.sampler import Sampler
from udfs.codecs.topics import Topics
from udfs.core.campaigns.book import Book
from udfs.core.items.item import NO_SHELF, Shelf
from udfs.core.personal_data import Erasure
from udfs.core.recommend.recommender import NO_STAND, Stand
from udfs.core.records import Action, Decision, Recall, Rejection, Segment
from udfs.core.values.durations import MAX_DURATION

if TYPE_CHECKING:
    from services.report.notes import Notes

TOPICS = Topics()
PATH = click.Path(path_type=Path, exists=True)
FILE = click.Path(path_type=Path, exists=True, dir_okay=False)


class _Reading:
    """How far a file has been read."""

    line = 0
    """The line of the record that is being decided about, counted from 1."""

    def of(self, records: Iterable[Record]) -> Iterator[Record]:
        """The same records."""
        for record in records:
            self.line = record.line
            yield record


@click.command(cls=ManyCampaigns)
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False, allow_dash=True))
@click.option(
    "--campaigns", multiple=True, type=PATH, metavar="FILE|DIR…", help="Campaigns to decide with; several may follow. Default: the shipped ones."
)
@click.option("--features", type=PATH, help="Features to decide with. Default: those in the folder of the campaigns.")
@click.option("--policy", type=PATH, help="Policy to decide under. Default: the one among the campaigns, if any.")
@click.option(
    "--model",
    "manifests",
    multiple=True,
    type=PATH,
    metavar="MANIFEST",
    help="A model to score with: manifest.json of a version, or its folder; repeatable.",
)
@click.option("--catalogue", type=FILE, metavar="FEED", help="A feed of products for item(…): CSV, JSON or Google's XML. See docs/catalogue.md.")
@click.option("--recommender", type=PATH, metavar="FILE", help="What recommend(…) asks, as training exports it. See docs/recommendations.md.")
@click.option(
    "--drain",
    type=Span(endless="all"),
    default="all",
    show_default=True,
    metavar="8d|all",
    help="How far time moves on after the last event, so that what is pending falls due. all: until nothing is pending, at most 400 days.",
)
@click.option(
    "--arrivals",
    type=FILE,
    metavar="TIMES",
    help="When each event arrived: line n is the time (ISO 8601) of line n of FILE, which is then read in this order. Default: as it happened.",
)
@click.option(
    "--report",
    type=click.Path(path_type=Path, dir_okay=False, writable=True),
    metavar="OUT.html",
    help="Also write an HTML report: audience, outcomes, ten customers' timelines, and rejected events.",
)
@click.option(
    "--ids-apart", is_flag=True, help="Take each id for a customer of its own, as a job on a cluster does without --link-ids: see docs/identity.md."
)
@click.option("--why", metavar="USER", help="Also tell why this customer got what they got, or nothing: each trigger, and what was not met.")
@click.option("--json", "form", flag_value="json", help="One JSON object per decision, as on the topic `decisions`.")
@click.option("--records", "form", flag_value="records", help="Everything that the job would write: one JSON object per record, {topic, key, value}.")
def try_(
    file: Path,
    campaigns: tuple[Path, ...],
    features: Path | None,
    policy: Path | None,
    manifests: tuple[Path, ...],
    catalogue: Path | None,
    recommender: Path | None,
    drain: int | None,
    arrivals: Path | None,
    report: Path | None,
    *,
    ids_apart: bool,
    why: str | None,
    form: str | None,
) -> None:
    """Decide over FILE: events in the Segment spec, one JSON object per line (also .gz; - for standard input).

    It uses the job's engine: the decisions are the same as on a cluster.
    """
    if report is not None:
        _fit_to_write(report, file)
    if why is not None and str(file) == "-":
        message = "--why reads the events twice: give it a file, not standard input"
        raise click.UsageError(message)
    history = _history(file, arrivals)
    book = with_models(book_of(campaigns, features=features, policy=policy), manifests)
    if campaigns:  # the shipped ones do without
        for line in without_model(book):
            click.echo(line, err=True)
    shelf, stand = _shelf(catalogue, book), _stand(recommender, book, shipped=not campaigns)
    if history.note:
        click.echo(history.note, err=True)
    reading = _Reading()
    write = {"json": _write_decisions, "records": _write_records}.get(form or "", _write_lines)
    summary, sampler, unknown = Summary(), Sampler(), False
    until_done = MAX_DURATION if drain is None else drain
    with _notes(report) as notes:
        job = LocalJob(book, watchers=[summary.audience.watch, *([notes.watch] if notes else [])], links_ids=not ids_apart, shelf=shelf, stand=stand)
        records = reading.of(notes.records(history.records) if notes else history.records)
        for outputs in job.run(records, drain=drain):
            summary.count(outputs)
            if notes:
                notes.take(outputs)
            write(sampler.kept(outputs), reading.line)
        told = summary.lines(events=history.events, profiles=job.profiles, receipts=job.receipts, campaigns=book.campaigns, policy=book.policy)
        for line in told:
            click.echo(line, err=form is not None)
        if job.links:
            click.echo(f"{links_line(len(job.links))}; --ids-apart keeps the ids apart, as a job without it does", err=form is not None)
        if why is not None:
            again = decide_again(
                book,
                _history(file, arrivals).records,
                user=why,
                drain=until_done,
                links=job.links,
                links_ids=not ids_apart,
                shelf=shelf,
                stand=stand,
            )
            tell_unmet(unmet(again), err=form is not None)
            unknown = again.is_nobody
        if report is not None and notes is not None:
            from services.report.page import Run, page

            name = "standard input" if str(file) == "-" else file.name
            text = page(
                Run(
                    source=name,
                    events=history.events,
                    book=book,
                    notes=notes,
                    audience=summary.audience,
                    counts=job.engine.counts,
                    customers=job.profiles,
                    links=job.links,
                    links_ids=not ids_apart,
                    drain=until_done,
                    receipts=job.receipts,
                )
            )
            report.write_text(text, encoding="utf-8")
            click.echo(f"report: {report} ({len(text) // 1000 + 1:,} kB); it contains personal data of the customers", err=form is not None)
    if history.events and sum(summary.rejected.values()) >= history.events:
        click.echo("every event was rejected", err=True)
        sys.exit(1)
    if unknown:
        sys.exit(1)


def _history(file: Path, arrivals: Path | None) -> History:
    return segment(file) if arrivals is None else arriving(file, arrivals)


def _shelf(catalogue: Path | None, book: Book) -> Shelf:
    """The catalogue that was given. Names the campaigns that read one where there is none: their items are unknown."""
    if catalogue is None:
        reading = [name for name, campaign in book.campaigns.items() if campaign.reads_items and not campaign.recommends]
        if reading:
            click.echo(f"{', '.join(reading)}: item(…) is unknown without a catalogue: give one with --catalogue FEED", err=True)
        return NO_SHELF
    from cli.catalogue import tell_report
    from services.items.local import shelf_of

    shelf, report = shelf_of(catalogue, currency=book.policy.currency.base)
    tell_report(report, err=True)
    return shelf


def _stand(recommender: Path | None, book: Book, *, shipped: bool) -> Stand:
    """The recommender that was given. Names the campaigns that need one where there is none: their lists are empty."""
    if recommender is None:
        asking = [name for name, campaign in book.campaigns.items() if campaign.recommends]
        if asking and not shipped:  # those do without
            click.echo(f"{', '.join(asking)}: recommend(…) gives nothing without a recommender: give one with --recommender FILE", err=True)
        return NO_STAND
    from services.recommend.local import stand_of

    return stand_of(recommender)


def _notes(report: Path | None) -> "AbstractContextManager[Notes | None]":
    """The notes for a report, if one is wanted."""
    if report is None:
        return nullcontext()
    from services.report.notes import Notes

    return Notes()


def _fit_to_write(report: Path, file: Path) -> None:
    """Refuse a path that cannot be written to, before a run that may take minutes."""
    if not report.parent.is_dir():
        message = f"--report {report}: there is no folder {report.parent}"
        raise click.UsageError(message)
    if report.exists() and file.exists() and report.samefile(file):
        message = f"--report {report} is the file that is read: name another one"
        raise click.UsageError(message)


def _write_records(outputs: list[Output], _: int = 0) -> None:
    for topic, key, value in _encoded(outputs):
        head = msgspec.json.encode({"topic": topic, "key": key.decode()})
        sys.stdout.buffer.write(head[:-1] + b',"value":' + value + b"}\n")
    sys.stdout.buffer.flush()  # flush, so that a pipe sees decisions as they are made


def _write_decisions(outputs: list[Output], line: int = 0) -> None:
    """Write decisions to standard output, and rejections to standard error, so that nothing is lost silently."""
    for topic, _, value in _encoded(outputs):
        if topic == TOPICS["decisions"]:
            sys.stdout.buffer.write(value + b"\n")
    sys.stdout.buffer.flush()
    for output in outputs:
        if isinstance(output, Rejection):
            click.echo(_rejection(output, line), err=True)


def _rejection(output: Rejection, line: int, width: int = 0) -> str:
    line = line if output.original else 0  # what failed as time moved on stands on no line
    key = NOBODY if names_nobody(output.key, output.original) else output.key
    return rejection_line(at=output.at, key=key, reason=output.reason, message=output.message, accepted=output.accepted, width=width, line=line)


def _encoded(outputs: list[Output]) -> list[Sent]:
    return encode_all(outputs, decided_at=int(time.time() * 1000), topics=TOPICS)


def _write_lines(outputs: list[Output], line: int = 0) -> None:
    """Write a line for each decision, with its message, and one for each customer who enters or leaves a segment."""
    width = shutil.get_terminal_size().columns if sys.stdout.isatty() else 0
    said = {output.decision_id: output.content for output in outputs if isinstance(output, Action)}
    for output in outputs:
        if isinstance(output, Decision):
            click.echo(decision_line(msgspec.structs.asdict(output), content=said.get(output.decision_id), width=width))
        elif isinstance(output, Recall):
            click.echo(recall_line(msgspec.structs.asdict(output), width=width))
        elif isinstance(output, Segment):
            click.echo(segment_line(msgspec.structs.asdict(output)))
        elif isinstance(output, Erasure):
            click.echo(erasure_line(msgspec.structs.asdict(output)))
        elif isinstance(output, Rejection):
            click.echo(_rejection(output, line, width))
    sys.stdout.flush()
