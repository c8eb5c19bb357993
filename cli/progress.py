"""The progress of a replay on standard error: a bar on a terminal, otherwise a line from time to time."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

from services.replay.times import date_and_time

if TYPE_CHECKING:
    from rich.progress import Progress

    from services.replay.run import Watcher
    from services.replay.send import Sent

EVERY_S = 5.0


@contextmanager
def watcher(total: int) -> Iterator["Watcher"]:
    """A watcher that shows the progress of `total` events."""
    if not sys.stderr.isatty():
        yield Lines(total)
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TextColumn("{task.completed:,} events"), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        yield Bar(bar, total)


class Lines:
    """A line every few seconds."""

    def __init__(self, total: int) -> None:
        self._total = total
        self._told = time.monotonic()

    def warn(self, line: str) -> None:
        """Print a warning at once."""
        _warn(line)

    def sending(self, events: int, at: int) -> None:
        """Show the number of events sent so far."""
        self._say(f"{events:,} of {self._total:,} events sent, up to {date_and_time(at)}")

    def sent(self, done: "Sent") -> None:
        """Show that all events are sent."""
        _tell(done)

    def waiting(self, left: int, at: int) -> None:
        """Show what the job has left to do."""
        self._say(f"the job has {left:,} records left" + (f" and has reached {date_and_time(at)}" if at else ""))

    def _say(self, line: str) -> None:
        if time.monotonic() - self._told > EVERY_S:
            self._told = time.monotonic()
            click.echo(f"  {line}", err=True)


class Bar:
    """A bar for the sending, then another for the job."""

    def __init__(self, bar: "Progress", total: int) -> None:
        self._bar = bar
        self._sending = bar.add_task("sending", total=total)
        self._total = total
        self._job = bar.add_task("job", total=total, visible=False)

    def warn(self, line: str) -> None:
        """Print a warning above the bar."""
        _warn(line)

    def sending(self, events: int, at: int) -> None:
        """Show the number of events sent so far."""
        self._bar.update(self._sending, completed=events, description=f"sending {date_and_time(at)}")

    def sent(self, done: "Sent") -> None:
        """Show that all events are sent."""
        self._bar.update(self._sending, completed=done.events)
        _tell(done)

    def waiting(self, left: int, at: int) -> None:
        """Show what the job has left to do."""
        told = f"job at  {date_and_time(at)}" if at else "job"
        self._bar.update(self._job, completed=max(0, self._total - left), description=told, visible=True)


def _warn(line: str) -> None:
    click.secho(line, err=True, fg="yellow")


def _tell(done: "Sent") -> None:
    click.echo(f"sent {done.events:,} events in {done.seconds:.1f} s ({done.events / max(done.seconds, 1e-3):,.0f} a second)", err=True)
