"""`python -m training membership`: whether customers are shared out among the segments of a model as they were when it was found."""

import sys
from pathlib import Path

import click
import msgspec
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Column, Table

from services.finite import Finite
from training import options
from training.manifest import Manifest
from training.segments.membership import Moved, Verdict

MAX_BOUND = 100.0


@click.command()
@click.argument("manifest", type=options.FILE)
@options.with_source
@click.option("--features", type=options.FILE, metavar="FILE", help="[default: the features shipped with Kairos]")
@click.option("--anonymous", is_flag=True, help="Also people without a user id, if the segments were found with them.")
@click.option(
    "--bound",
    type=Finite(0, MAX_BOUND, min_open=True),
    default=5.0,
    show_default=True,
    help="By how many points of a hundred a share may change.",
)
@click.option("--gate", is_flag=True, help="End with 1 if a segment has drifted, for a schedule.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a segment, on a line.")
def membership(
    *,
    manifest: Path,
    history: Path | None,
    lake: str | None,
    source: str,
    brokers: str | None,
    topic: str,
    link_ids: str,
    features: Path | None,
    anonymous: bool,
    bound: float,
    gate: bool,
    as_json: bool,
) -> None:
    """Compare the shares of the segments of MANIFEST now with those when they were found."""
    from training.segments.against import counted, manifest_from, require_same_features
    from training.segments.customers import customers
    from training.segments.membership import moved

    made, model = manifest_from(manifest)
    book = options.book((), features)
    require_same_features(made, book.features)
    found = options.source(history, source, brokers, topic, lake, link_ids=link_ids)
    with Console(stderr=True).status("reading the history"):
        people = customers(found.read(), book, anonymous=anonymous, links_ids=found.links_ids)
    told = moved(made.metrics["segments"], counted(made, model, people), bound=bound / 100)
    if as_json:
        for each in told:
            click.echo(msgspec.json.encode(each))
    else:
        _show(made, told, len(people.ids))
    drifted = [each.segment for each in told if each.verdict is Verdict.DRIFTED]
    if gate and drifted:
        click.echo(f"Error: {', '.join(drifted)} of {made.model} {made.version} drifted by more than {bound:g} points: find segments again", err=True)
        sys.exit(1)


def _show(made: Manifest, told: list[Moved], customers: int) -> None:
    console = Console()
    console.print(
        f"{made.model} {made.version}: {customers:,} customers now, {made.trained.rows:,} when it was found", highlight=False, soft_wrap=True
    )
    table = Table(Column("segment", overflow="fold"), "then", "now", "change in points", "verdict", box=SIMPLE_HEAD)
    for each in told:
        change = f"{100 * each.change:+.1f}, {100 * each.low:+.1f} to {100 * each.high:+.1f}"
        shown = change if each.verdict is not Verdict.FEW else f"{100 * each.change:+.1f}"
        table.add_row(each.segment, f"{each.before:.1%}", f"{each.now:.1%}", shown, each.verdict.value)
    console.print(table)
