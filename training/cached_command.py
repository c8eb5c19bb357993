"""`python -m training cached`: what a rule of cached scores saves and loses, on the test rows of the latest run."""

from collections.abc import Iterator
from pathlib import Path

import click
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

from services.replay.records import History
from training import options
from training.cached import Rule, cost, happened
from training.config import read_config, require_goal
from training.errors import TrainingError
from training.gate import ask, session_of
from training.pipeline import folder_of
from training.pipeline_command import FILE
from training.steps.dataset import source_of
from training.steps.fit import CANDIDATE
from training.steps.material import material
from training.steps.step import Run
from udfs.codecs.decode import decode_all
from udfs.core.records import Event

MAX_EVENT = 2**20


@click.command()
@click.argument("config", type=FILE)
@click.option("--ttl", type=options.Span(), required=True, metavar="1h", help="An answer is used again for so long.")
@click.option("--until", multiple=True, metavar="EVENT", help="An event that ends it; repeatable. [default: the goal's events]")
@click.option("--events", type=click.IntRange(min=0), multiple=True, help="It ends after so many events of the customer; repeatable, 0: after none.")
def cached(config: Path, *, ttl: int, until: tuple[str, ...], events: tuple[int, ...]) -> None:
    """Compare cached scores with fresh ones: how often the model is not asked, and what accuracy that costs."""
    told = read_config(config)
    require_goal(told, "cached")
    run = Run(config=told, folder=folder_of(told, begin=False), at=0)
    if not run.folder.has(CANDIDATE):
        problem = f"the latest run of {told.name} has fitted no model: run `python -m training run {config}` first"
        raise TrainingError(problem)
    found = material(run)
    rows = found.parts.test
    fresh = ask(session_of(run.folder.read(CANDIDATE)), found.test())[:, 1]
    seen = happened(_events(source_of(told).read()))
    table = Table("ends after", "not asked", "differs by", "most", "AUC", "AP", "Brier", box=SIMPLE_HEAD)
    ends = frozenset(until or told.goal.events)
    for number in events or (0, 5, 20, 100):
        made = cost(rows, fresh, seen, Rule(ttl=ttl, until=ends, after=number), seed=told["seed"])
        cells = (f"{new:.4f} ({change.value:+.4f} [{change.low:+.4f}, {change.high:+.4f}])" for _, new, change in made.figures.values())
        after = f"{number:,} events" if number else "time alone"
        table.add_row(after, f"{made.hit_rate:.1%}", f"{made.mean_difference:.4f}", f"{made.largest_difference:.4f}", *cells)
    console = Console()
    (console if console.is_terminal else Console(width=200)).print(table)
    click.echo(f"{len(rows):,} test rows. In brackets: cached less fresh scores, with an interval by customer.")


def _events(history: History) -> Iterator[tuple[str, int, str]]:
    for record in history.records:
        for each in decode_all(record.key, record.value, record.at, max_bytes=MAX_EVENT):
            if isinstance(each, Event):
                yield each.user_id, each.at, each.name
