"""`python -m training run`: the steps of a training file, with their progress."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click
from rich.console import Console
from rich.status import Status

from training import options
from training.config import read_config
from training.pipeline import STEPS, folder_of
from training.pipeline import run as run_steps
from training.steps.folder import Done, alone

FILE = click.Path(path_type=Path, exists=True, dir_okay=False)
STEP = click.Choice(STEPS)


class Lines:
    """One line a step; a spinner while one is working, on a terminal."""

    def __init__(self, console: Console) -> None:
        self.console = console

    @contextmanager
    def working(self, number: int, name: str) -> Iterator[Status]:
        """Show the step that is working."""
        with self.console.status(f"{number}/{len(STEPS)} {name} …") as status:
            yield status

    def done(self, number: int, name: str, record: Done, *, now: bool) -> None:
        """Show what a step has made."""
        took = f"{record.seconds:.1f} s" if now else "done before"
        self.console.print(f"{number}/{len(STEPS)} [bold]{name:<9}[/] {record.said} [dim]({took})[/]", highlight=False, soft_wrap=True)

    def stopped(self, number: int, name: str) -> None:
        """Show where the run has stopped, and how it goes on."""
        again = f"once this is fixed, go on with --from {name}"
        self.console.print(f"{number}/{len(STEPS)} [bold red]{name:<9}[/] stopped: {again}", highlight=False, soft_wrap=True)

    def noted(self, note: str) -> None:
        """Show a note."""
        self.console.print(f"    {note}", style="yellow", highlight=False, markup=False, soft_wrap=True)


@click.command()
@click.argument("config", type=FILE)
@click.option("--from", "begin", type=STEP, help="Do this step and those after it again, in the latest run.")
@click.option("--only", type=STEP, help="Do this step alone again, in the latest run.")
@click.option("--resume", is_flag=True, help="Go on with the latest run: what is done, and has not changed, is not done again.")
@click.option("--number", type=click.IntRange(min=1), help="The number of the run, instead of the latest.")
@options.with_brokers
def run(*, config: Path, begin: str | None, only: str | None, resume: bool, number: int | None, brokers: str | None) -> None:
    """Learn a model as the training file CONFIG says: dataset, validate, fit, evaluate, gate, export, register, publish.

    Each call begins a new run, unless it says --resume, --from or --only.
    """
    if sum(map(bool, (begin, only, resume))) > 1:
        message = "--from, --only and --resume exclude each other"
        raise click.UsageError(message)
    going_on = bool(begin or only or resume or number)
    read = read_config(config)
    console = Console()
    lines = Lines(console)
    with alone(read.runs, lambda: lines.noted(f"another run of {read.name} is under way in {read.runs}: this one waits until it has ended")):
        folder = folder_of(read, begin=not going_on, number=number)
        console.print(f"{read.name}, run {folder.path.name} in {folder.path.parent}", highlight=False, soft_wrap=True)
        run_steps(read, folder, lines, begin=begin, only=only, brokers=brokers)
