"""`python -m training recommend`: which strategy shows people what they take next."""

import json
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import click
import numpy as np
from rich.console import Console

from training import options
from training.errors import TrainingError
from training.history import KINDS, from_file, from_lake, is_linked
from training.recommend.cases import Cases
from training.recommend.interactions import EVENTS, interactions
from training.recommend.split import PROTOCOLS
from training.recommend.strategies.all import NAMES, NETWORKS
from training.results import require_writable
from udfs.core.values.names import normalise

EXPORTED = "item-to-item"
COMPARED = 500
"""Histories whose lists must be the same in the exported model."""


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
    as_json: bool,
    seed: int,
) -> None:
    """Compare ways to recommend products on items that were held out.

    Settings are chosen, and the second stage learns, on validation items only. Lines that cannot be read are counted and told.
    """
    from services.recommend.local import FILE
    from training.recommend import catalogue as catalogues
    from training.recommend.evaluate import chosen_by, evaluate
    from training.recommend.exporting import published
    from training.recommend.report import document, exported, show, warnings
    from training.recommend.split import split
    from training.recommend.strategies.all import strategies
    from training.recommend.strategies.strategy import Given

    if folder is not None and names and EXPORTED not in names:
        problem = f"--export writes the strategy {EXPORTED}: name it with --strategy, too"
        raise TrainingError(problem)
    if (history is None) == (lake is None):
        problem = "name the history: --history FILE or --lake FOLDER"
        raise TrainingError(problem)
    if folder is not None:
        require_writable(folder)
    aside = Console(stderr=True)
    found = replace(from_file(history, source) if history is not None else from_lake(str(lake)), links_ids=is_linked(link_ids))
    begun = time.perf_counter()
    with aside.status("reading the history") as status:
        read = interactions(found, tuple(_event(each) for each in events) or EVENTS)
        read_s = time.perf_counter() - begun
        known = None if catalogue_file is None else catalogues.read(catalogue_file, read.items)
        for each in warnings(read.told, known):
            aside.print(each, highlight=False, markup=False, soft_wrap=True)
        parts = split(read.sequences, protocol)
        given = Given(repeats=protocol == "sessions", tokens=None if known is None else known.tokens)
        made = strategies(given, names)
        compared = evaluate(parts, made, by=chosen_by(protocol), seed=seed, say=status.update)
    export = None
    if folder is not None:
        learned = made[EXPORTED].fit(parts.everything, compared.settings[EXPORTED], seed=seed)
        aside.print(_export(folder, learned, read.items, parts.test), highlight=False, soft_wrap=True)
        with aside.status("what the job recommends from"):
            export = published(folder / FILE, read, parts, made, known, compared, segments_file=segments_file, by=chosen_by(protocol), seed=seed)
        for line in export.notes:
            aside.print(line, highlight=False, markup=False, soft_wrap=True)
    shown = document(found.name, protocol, read, known, compared, read_s=read_s) | ({"export": exported(export)} if export is not None else {})
    if as_json:
        click.echo(json.dumps(shown, indent=2, ensure_ascii=False))
        return
    console = Console()
    show(console if console.is_terminal else Console(width=200), shown)


def _export(folder: Path, fitted: Any, items: Sequence[str], cases: Cases) -> str:
    from training.recommend.export import write

    done = write(fitted, items, cases.take(np.arange(min(len(cases), COMPARED))).histories(), folder)
    return f"exported {', '.join(each.name for each in done.files)} to {folder}: {done.bytes:,} bytes, {done.compared:,} lists are the same"


def _event(name: str) -> str:
    if not (found := normalise(name)):
        problem = f"{name!r} is no event's name: write product_viewed, or order_completed"
        raise TrainingError(problem)
    return found
