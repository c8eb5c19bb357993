"""`kairos replay` and `kairos sort`: history with its own timestamps, to the job or to a file."""

import itertools
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import IO, TYPE_CHECKING

import click

from cli.parameters import Span
from cli.wording import moment
from services.replay.records import History, Record, ReplayError

if TYPE_CHECKING:
    from services.replay.consumed import Job

HOUR = 3_600_000
PLAIN_EVERY_S = 5.0


@click.command()
@click.argument("path", metavar="FILE", type=click.Path(path_type=Path, exists=True, dir_okay=False, allow_dash=True))
@click.option(
    "--source",
    type=click.Choice(["jsonl", "online-retail"]),
    default="jsonl",
    show_default=True,
    help="What FILE holds: Segment events, one a line, or the UCI Online Retail file (csv or csv.gz).",
)
@click.option(
    "--abandon", type=click.FloatRange(0, 1), default=0.0, help="online-retail: leave out the order of this share of invoices, always the same ones."
)
@click.option("--limit", type=click.IntRange(min=1), help="Only the first so many events.")
@click.option("--rate", type=click.FloatRange(min=0, min_open=True), help="Events a second. Default: as fast as it goes.")
@click.option("--drain", type=Span(), default=None, metavar="8d", help="Move time on so far after the last event, so that what is pending falls due.")
@click.option("--no-wait", is_flag=True, help="Return when everything is sent. Default: when the job has consumed it.")
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), help="Write the events to this file, sorted, instead of sending them.")
@click.option("--brokers", metavar="HOST:PORT,…", help="Kafka. [default: the local stack's]")
@click.option("--topic", help="Topic to send to. [default: the local stack's, events]")
@click.option("--rest", metavar="URL", help="Flink's REST address, to watch the job. [default: the local stack's]")
def replay(
    *,
    path: Path,
    source: str,
    abandon: float,
    limit: int | None,
    rate: float | None,
    drain: int | None,
    no_wait: bool,
    out: Path | None,
    brokers: str | None,
    topic: str | None,
    rest: str | None,
) -> None:
    """Send history with its own timestamps, in order of time, and wait until the job has decided about all of it."""
    if abandon and source != "online-retail":
        message = "--abandon leaves out orders of --source online-retail: a file of events is sent as it is"
        raise click.UsageError(message)
    with _explained():
        history = _limited(_read(path, source, abandon), limit)
        if out is not None:
            _write(history, out)
            return
        from services.stack.settings import load

        settings = load()
        _replay(
            history,
            brokers=brokers or settings.brokers,
            topic=topic or settings.events_topic,
            rest=rest or settings.rest,
            rate=rate,
            drain=drain,
            wait=not no_wait,
        )


@click.command()
@click.argument("path", metavar="FILE", type=click.Path(path_type=Path, exists=True, dir_okay=False, allow_dash=True))
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), help="Default: standard output.")
def sort(path: Path, out: Path | None) -> None:
    """Sort a file of events by time; events of one time keep their order."""
    with _explained():
        history = _read(path, "jsonl", 0)
        if out is not None:
            _write(history, out)
        else:
            _lines(history, sys.stdout.buffer)


def _read(path: Path, source: str, abandon: float) -> History:
    from services.replay.online_retail import online_retail
    from services.replay.segment import segment

    history = online_retail(path, abandon=abandon) if source == "online-retail" else segment(path)
    if history.note:
        click.echo(history.note, err=True)
    return history


def _limited(history: History, limit: int | None) -> History:
    if limit is None or limit >= history.events:
        return history
    return replace(history, events=limit, records=itertools.islice(history.records, limit))


def _write(history: History, out: Path) -> None:
    with out.open("wb") as file:
        _lines(history, file)
    click.echo(f"{history.events:,} events in {out}", err=True)


def _lines(history: History, file: IO[bytes]) -> None:
    file.writelines(record.value + b"\n" for record in history.records)


def _replay(history: History, *, brokers: str, topic: str, rest: str, rate: float | None, drain: int | None, wait: bool) -> None:
    from jobs.options import Options
    from services.kafka import end_offsets
    from services.replay.consumed import running_job
    from services.replay.send import move_time_to, send
    from services.stack.rest import Rest

    end_offsets(brokers, topic)  # says what is missing before anything is read
    options = Options()
    job = running_job(Rest(rest))
    if job is None and wait:
        message = f"no job runs at {rest}: `kairos submit --clock replay` starts one (or send anyway, with --no-wait)"
        raise ReplayError(message)
    first, records = _peek(history.records)
    if first is not None and job is not None:
        _fits(first, job, drain)
    before = end_offsets(brokers, options.decisions_topic) if wait else {}
    with _progress(history.events) as progress:
        sent = send(records, brokers=brokers, topic=topic, rate=rate, progress=progress)
    if sent.last is None:
        click.echo("no events")
        return
    click.echo(f"sent {sent.events:,} events in {sent.seconds:.1f} s ({sent.events / sent.seconds:,.0f} a second)")
    until = None if job is not None and job.live else sent.last + (drain or 0)
    if until is not None:
        move_time_to(until, brokers=brokers, topic=topic)
    if job is None or not wait:
        return
    began = time.monotonic()
    _wait(job, brokers=brokers, topic=topic, until=until, outputs=options.outputs)
    seconds = sent.seconds + time.monotonic() - began
    click.echo(f"consumed, {seconds:.1f} s after the first was sent ({sent.events / seconds:,.0f} events a second)")
    _tell_answers(brokers, options.decisions_topic, before)


def _peek(records: Iterator[Record]) -> tuple[Record | None, Iterator[Record]]:
    first = next(records, None)
    return first, records if first is None else itertools.chain([first], records)


def _fits(first: Record, job: "Job", drain: int | None) -> None:
    """Refuse history for a job that lives in the present; warn of history before what the job has already seen."""
    if job.live:
        if abs(first.at - time.time() * 1000) > HOUR:
            message = (
                f"job {job.identity} has the live clock, and these events begin at {moment(first.at)}: to it they would all be late. "
                "`kairos submit --clock replay` first"
            )
            raise ReplayError(message)
        if drain:
            message = "--drain is for the replay clock: with the live clock time moves on by itself"
            raise ReplayError(message)
        return
    reached = job.watermark()
    if reached is not None and reached > first.at:
        click.secho(
            f"time has come to {moment(reached)} in this job, and these events begin at {moment(first.at)}: timers of new users will fire too early. "
            "For a history of its own: `kairos up --fresh`, then `kairos submit --clock replay`",
            err=True,
            fg="yellow",
        )


def _wait(job: "Job", *, brokers: str, topic: str, until: int | None, outputs: tuple[str, ...]) -> None:
    from services.replay.consumed import wait_until_consumed
    from services.replay.send import move_time_to

    def nudge() -> None:
        if until is not None:
            move_time_to(until, brokers=brokers, topic=topic)

    told = time.monotonic()

    def waiting(left: int, at: int) -> None:
        nonlocal told
        if time.monotonic() - told > PLAIN_EVERY_S:
            told = time.monotonic()
            click.echo(
                f"  the job has {left:,} records to go and has come to {moment(at)}" if at else f"  the job has {left:,} records to go", err=True
            )

    wait_until_consumed(job, brokers=brokers, topic=topic, until=until, outputs=outputs, nudge=nudge, waiting=waiting)


def _tell_answers(brokers: str, topic: str, before: dict[int, int]) -> None:
    from services.replay.answers import answers

    found = answers(brokers, topic, since=before)
    if found is None:
        click.echo("decisions: more than a summary counts; `kairos tail decisions --from earliest` shows them")
    for (campaign, outcome), number in sorted((found or {}).items()):
        click.echo(f"  {campaign:<24} {outcome:<9} {number:>9,}")
    if found is not None and not found:
        click.echo("no decisions")


@contextmanager
def _progress(total: int) -> Iterator[Callable[[int, int], None]]:
    """A bar on a terminal; elsewhere a line now and then."""
    if not sys.stderr.isatty():
        told = time.monotonic()

        def line(events: int, at: int) -> None:
            nonlocal told
            if time.monotonic() - told > PLAIN_EVERY_S:
                told = time.monotonic()
                click.echo(f"  {events:,} of {total:,} events sent, up to {moment(at)}", err=True)

        yield line
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TextColumn("{task.completed:,} events"), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("sending", total=total)
        yield lambda events, at: bar.update(task, completed=events, description=moment(at))


@contextmanager
def _explained() -> Iterator[None]:
    """What went wrong, without a traceback, where the message already says how to mend it."""
    from services.kafka import KafkaUnavailable
    from services.stack.rest import ClusterError

    try:
        yield
    except (ReplayError, KafkaUnavailable, ClusterError, LookupError) as error:
        raise click.ClickException(str(error)) from error
