"""`python -m training recommend`: which strategy shows people what they take next."""

import json
from dataclasses import replace
from pathlib import Path

import click
from rich.console import Console

from training import options
from training.errors import TrainingError
from training.history import KINDS, from_file, from_lake, is_linked
from training.recommend.interactions import EVENTS
from training.recommend.split import PROTOCOLS
from training.recommend.strategies.all import NAMES, NETWORKS
from training.results import require_writable
from udfs.core.values.names import normalise


@click.command()
@click.option("--history", type=options.FILE, metavar="FILE", help="Events, one JSON object a line (.gz, too).")
@click.option("--lake", metavar="FOLDER|URI", help="Read history from this lake (docs/lake.md), a folder or s3://bucket/lake.")
@click.option("--source", type=click.Choice(KINDS), default=KINDS[0], show_default=True, help="The format of the file.")
@options.LINK_IDS
@click.option("--evaluate", "protocol", type=click.Choice(PROTOCOLS), required=True, help="How items are held out.")
@click.option("--event", "events", multiple=True, metavar="EVENT", help=f"Only these events; repeatable. [default: {', '.join(EVENTS)}]")
@click.option(
    "--strategy",
    "names",
    multiple=True,
    type=click.Choice((*NAMES, *NETWORKS)),
    help="Only these strategies; repeatable. [default: all without a network]",
)
@click.option("--catalogue", "catalogue_file", type=options.FILE, metavar="FILE", help="What items are: a feed of products, docs/catalogue.md.")
@click.option(
    "--export",
    "folder",
    type=options.FILE,
    metavar="FOLDER",
    help="Also write there what the job recommends from, and the item-to-item strategy as ONNX.",
)
@click.option("--segments", "segments_file", type=options.FILE, metavar="FILE", help="Records of the topic segments, for what is popular in each.")
@click.option(
    "--decisions",
    "decided",
    multiple=True,
    type=options.FILE,
    metavar="FILE",
    help="Decisions with the lists that people were shown, for the ranker to learn from; repeatable. Without them it learns from items held out.",
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON instead of a table.")
@click.option("--seed", type=click.IntRange(0, 2**32 - 1), default=0, show_default=True)
def recommend(
    *,
    history: Path | None,
    lake: str | None,
    source: str,
    link_ids: str,
    protocol: str,
    events: tuple[str, ...],
    names: tuple[str, ...],
    catalogue_file: Path | None,
    folder: Path | None,
    segments_file: Path | None,
    decided: tuple[Path, ...],
    as_json: bool,
    seed: int,
) -> None:
    """Compare ways to recommend products on items that were held out.

    Settings are chosen, and the second stage learns, on validation items only. Lines that cannot be read are counted and told.
    """
    from training.recommend.asked import TOGETHER, Asked
    from training.recommend.learning import learn
    from training.recommend.report import show

    if folder is not None and names and TOGETHER not in names:
        problem = f"--export writes the strategy {TOGETHER}: name it with --strategy, too"
        raise TrainingError(problem)
    if decided and folder is None:
        problem = "--decisions is what the ranker of --export FOLDER learns from: name a folder, too"
        raise TrainingError(problem)
    if (history is None) == (lake is None):
        problem = "name the history: --history FILE or --lake FOLDER"
        raise TrainingError(problem)
    if folder is not None:
        require_writable(folder)
    aside = Console(stderr=True)
    found = replace(from_file(history, source) if history is not None else from_lake(str(lake)), links_ids=is_linked(link_ids))
    asked = Asked(
        protocol=protocol,
        events=tuple(_event(each) for each in events) or EVENTS,
        names=names,
        catalogue=catalogue_file,
        folder=folder,
        segments=segments_file,
        decisions=decided,
        seed=seed,
    )
    with aside.status("reading the history") as status:
        told = learn(found, asked, tell=lambda line: aside.print(line, highlight=False, markup=False, soft_wrap=True), say=status.update)
    if as_json:
        click.echo(json.dumps(told, indent=2, ensure_ascii=False))
        return
    console = Console()
    show(console if console.is_terminal else Console(width=200), told)


def _event(name: str) -> str:
    if not (found := normalise(name)):
        problem = f"{name!r} is no event's name: write product_viewed, or order_completed"
        raise TrainingError(problem)
    return found
