"""`kairos try`: decide over a file of events in this process. No cluster, no broker, no Java: the fastest way in."""

import shutil
import sys
import time
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING

import click
import msgspec

from cli.parameters import ManyCampaigns, Span
from cli.wording import decision_line, rejection_line, segment_line
from services.control.model_records import ModelError
from services.documents.findings import BadFile
from services.local.book import book_of
from services.local.job import LocalJob, Output
from services.local.models import with_models
from services.local.summary import Summary
from services.replay.records import ReplayError
from services.replay.segment import segment
from udfs.codecs.encode import Sent, encode_all
from udfs.codecs.sampler import Sampler
from udfs.codecs.topics import Topics
from udfs.core.records import Action, Decision, Rejection, Segment

if TYPE_CHECKING:
    from services.report.notes import Notes

TOPICS = Topics()
PATH = click.Path(path_type=Path, exists=True)


@click.command(cls=ManyCampaigns)
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False, allow_dash=True))
@click.option(
    "--campaigns", multiple=True, type=PATH, metavar="FILE|DIR…", help="Campaigns to decide by; several may follow. Default: the shipped ones."
)
@click.option("--features", type=PATH, help="Features to decide by. Default: those beside the campaigns.")
@click.option("--policy", type=PATH, help="Policy to decide under. Default: the one among the campaigns, if there is one.")
@click.option("--model", "manifests", multiple=True, type=PATH, metavar="MANIFEST", help="A model to score with; may be given several times.")
@click.option(
    "--drain",
    type=Span(endless="all"),
    default="all",
    show_default=True,
    metavar="8d|all",
    help="How far time moves on after the last event, so that what is pending falls due; all: 400 days at the most, for birthdays have no end.",
)
@click.option(
    "--report",
    type=click.Path(path_type=Path, dir_okay=False, writable=True),
    metavar="OUT.html",
    help="Also write a report to read in a browser: audience, outcomes, ten customers' timelines, and what was rejected.",
)
@click.option("--json", "form", flag_value="json", help="One JSON object a decision, as it would stand on the topic `decisions`.")
@click.option("--records", "form", flag_value="records", help="Everything that the job would write: one JSON object a record, {topic, key, value}.")
def try_(
    file: Path,
    campaigns: tuple[Path, ...],
    features: Path | None,
    policy: Path | None,
    manifests: tuple[Path, ...],
    drain: int | None,
    report: Path | None,
    *,
    form: str | None,
) -> None:
    """Decide over FILE, events in the Segment spec, one JSON object a line (.gz too, - for standard input).

    The same engine as in the job, in event time: the decisions are those that the cluster would make.
    """
    if report is not None:
        _fit_to_write(report, file)
    try:
        history = segment(file)
        book = with_models(book_of(campaigns, features=features, policy=policy), manifests)
    except (BadFile, ReplayError, ModelError) as error:
        raise click.ClickException(str(error)) from error
    if history.note:
        click.echo(history.note, err=True)
    write = {"json": _write_decisions, "records": _write_records}.get(form or "", _write_lines)
    summary, sampler = Summary(), Sampler()
    with _notes(report) as notes:
        job = LocalJob(book, watchers=[summary.audience.watch, *([notes.watch] if notes else [])])
        for outputs in job.run(notes.records(history.records) if notes else history.records, drain=drain):
            summary.count(outputs)
            if notes:
                notes.take(outputs)
            write(sampler.kept(outputs))
        for line in summary.lines(events=history.events, profiles=job.profiles):
            click.echo(line, err=form is not None)
        if report is not None and notes is not None:
            from services.report.page import Run, page

            name = "standard input" if str(file) == "-" else file.name
            text = page(Run(name, history.events, book, notes, summary.audience, job.engine.counts, job.profiles))
            report.write_text(text, encoding="utf-8")
            click.echo(f"report: {report} ({len(text) // 1000 + 1:,} kB); it shows personal data of the customers in it", err=form is not None)


def _notes(report: Path | None) -> "AbstractContextManager[Notes | None]":
    """What a report is made of, if one is asked for."""
    if report is None:
        return nullcontext()
    from services.report.notes import Notes

    return Notes()


def _fit_to_write(report: Path, file: Path) -> None:
    """Say what speaks against writing there before minutes are spent on a run."""
    if not report.parent.is_dir():
        message = f"--report {report}: there is no folder {report.parent}"
        raise click.UsageError(message)
    if report.exists() and file.exists() and report.samefile(file):
        message = f"--report {report} is the file that is read: name another one"
        raise click.UsageError(message)


def _write_records(outputs: list[Output]) -> None:
    for topic, key, value in _encoded(outputs):
        head = msgspec.json.encode({"topic": topic, "key": key.decode()})
        sys.stdout.buffer.write(head[:-1] + b',"value":' + value + b"}\n")
    sys.stdout.buffer.flush()  # decisions are read as they come, by a pipe too


def _write_decisions(outputs: list[Output]) -> None:
    """What could not be read is told aside: nothing is lost in silence."""
    for topic, _, value in _encoded(outputs):
        if topic == TOPICS.decisions:
            sys.stdout.buffer.write(value + b"\n")
    sys.stdout.buffer.flush()
    for output in outputs:
        if isinstance(output, Rejection):
            click.echo(rejection_line(at=output.at, key=output.key, reason=output.reason, message=output.message, accepted=output.accepted), err=True)


def _encoded(outputs: list[Output]) -> list[Sent]:
    return encode_all(outputs, decided_at=int(time.time() * 1000), topics=TOPICS)


def _write_lines(outputs: list[Output]) -> None:
    """A line a decision; what its action says stands in the same line. And one for who comes into a segment or goes."""
    width = shutil.get_terminal_size().columns if sys.stdout.isatty() else 0
    said = {output.decision_id: output.content for output in outputs if isinstance(output, Action)}
    for output in outputs:
        if isinstance(output, Decision):
            click.echo(decision_line(msgspec.structs.asdict(output), content=said.get(output.decision_id), width=width))
        elif isinstance(output, Segment):
            click.echo(segment_line(msgspec.structs.asdict(output)))
        elif isinstance(output, Rejection):
            click.echo(
                rejection_line(at=output.at, key=output.key, reason=output.reason, message=output.message, accepted=output.accepted, width=width)
            )
    sys.stdout.flush()
