"""`kairos replay` and `kairos sort`: send history with its own timestamps to the job, or write it to a file."""

import itertools
import sys
from dataclasses import replace
from pathlib import Path
from typing import IO, TYPE_CHECKING

import click

from cli.kafka import kafka
from cli.parameters import Span
from cli.progress import watcher
from services.finite import Finite
from services.replay.records import History, Interrupted, ReplayError

if TYPE_CHECKING:
    from services.replay.run import Replayed

INTERRUPTED = 130
"""The exit status after Ctrl-C."""


@click.command()
@click.argument("path", metavar="FILE", type=click.Path(path_type=Path, exists=True, dir_okay=False, allow_dash=True))
@click.option(
    "--source",
    type=click.Choice(["jsonl", "online-retail"]),
    default="jsonl",
    show_default=True,
    help="The format of FILE: Segment-spec events, one per line, or the UCI Online Retail file (csv or csv.gz).",
)
@click.option(
    "--abandon",
    type=Finite(0, 1),
    default=0.0,
    help="online-retail: leave out the order of this share of invoices. The choice is always the same.",
)
@click.option("--limit", type=click.IntRange(min=1), help="Only the first NUMBER events.")
@click.option("--rate", type=Finite(min=0, min_open=True), help="Events a second. Default: as fast as possible.")
@click.option(
    "--drain", type=Span(), default=None, metavar="8d", help="How far to move time on after the last event, so that what is pending falls due."
)
@click.option(
    "--patience", type=Span(), default="5m", show_default=True, metavar="5m", help="How long to wait, in total, for a broker that goes down."
)
@click.option("--no-wait", is_flag=True, help="Return when everything is sent. Default: when the job has processed it.")
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), help="Write the sorted events to this file instead of sending them.")
@click.option("--metrics-port", type=int, help="Export the progress for Prometheus on this port.")
@kafka
@click.option("--topic", help="Topic to send to. [default: the local stack's, events]")
@click.option("--rest", metavar="URL", help="Flink's REST address, to watch the job. [default: the local stack's]")
@click.option("--job", metavar="DEPLOYMENT-CLOCK", help="The job to watch, where several run, such as kairos-replay. [default: the only one]")
def replay(
    *,
    path: Path,
    source: str,
    abandon: float,
    limit: int | None,
    rate: float | None,
    drain: int | None,
    patience: int,
    no_wait: bool,
    out: Path | None,
    metrics_port: int | None,
    brokers: str | None,
    topic: str | None,
    rest: str | None,
    job: str | None,
) -> None:
    """Send history with its own timestamps, in order of time, and wait until the job has decided everything.

    Every event is sent exactly once: if the broker restarts, the command waits for it, and does not send again what is stored. Ctrl-C stops
    the sending and reports how many events are on the topic. They stay there, and time is not moved on. Once all events are sent, Ctrl-C
    only ends the waiting.
    """
    if abandon and source != "online-retail":
        message = "--abandon is for --source online-retail: a file of events is sent unchanged"
        raise click.UsageError(message)
    history = _limited(_read(path, source, abandon), limit)
    if out is not None:
        _write(history, out, source=path)
        return
    from services.devstack.settings import load
    from services.replay.counted import counted
    from services.replay.run import Target
    from services.replay.run import replay as run

    known = load()
    target = Target(brokers=brokers or known.brokers, topic=topic or known.events_topic, rest=rest or known.rest, job=job)
    try:
        with watcher(history.events) as shown, counted(shown, metrics_port) as watching:
            outcome = run(history, target, rate=rate, drain=drain, wait=not no_wait, watcher=watching, patience=patience / 1000)
    except Interrupted as ended:
        click.echo(ended.told(history.events), err=True)
        sys.exit(INTERRUPTED)
    except KeyboardInterrupt:
        click.echo("interrupted: nothing more is waited for. What was sent stays on the topic, and the job goes on with it", err=True)
        sys.exit(INTERRUPTED)
    _tell(outcome)


@click.command()
@click.argument("path", metavar="FILE", type=click.Path(path_type=Path, exists=True, dir_okay=False, allow_dash=True))
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), help="Default: standard output.")
def sort(path: Path, out: Path | None) -> None:
    """Sort a file of events by time; events of one time keep their order."""
    history = _read(path, "jsonl", 0)
    if out is not None:
        _write(history, out, source=path)
    else:
        _lines(history, sys.stdout.buffer)


def _read(path: Path, source: str, abandon: float) -> History:
    from services.replay.online_retail import online_retail
    from services.replay.segment import segment_spec

    history = online_retail(path, abandon=abandon) if source == "online-retail" else segment_spec(path)
    if history.note:
        click.echo(history.note, err=True)
    return history


def _limited(history: History, limit: int | None) -> History:
    if limit is None or limit >= history.events:
        return history
    return replace(history, events=limit, records=itertools.islice(history.records, limit))


def _write(history: History, out: Path, *, source: Path) -> None:
    if out.exists() and source.exists() and out.samefile(source):
        problem = f"--out {out} is the file that is read: name another one"
        raise ReplayError(problem)
    with out.open("wb") as file:
        _lines(history, file)
    click.echo(f"{history.events:,} events in {out}", err=True)


def _lines(history: History, file: IO[bytes]) -> None:
    file.writelines(record.value + b"\n" for record in history.records)


def _tell(outcome: "Replayed") -> None:
    if outcome.consumed_s is not None:
        pace = outcome.sent.events / max(outcome.consumed_s, 1e-3)
        click.echo(f"processed {outcome.consumed_s:.1f} s after the first was sent ({pace:,.0f} events a second)")
    if outcome.answers is not None:
        for (campaign, how), number in sorted(outcome.answers.items()):
            click.echo(f"  {campaign:<24} {how:<9} {number:>9,}")
        if not outcome.answers:
            click.echo("no decisions")
