"""`python -m training recommender`: what a recommender's file says, once. A schedule does it again and again."""

from pathlib import Path

import click
from rich.console import Console

from training import options

FILE = click.Path(path_type=Path, exists=True, dir_okay=False)


@click.command()
@click.argument("config", type=FILE)
@options.with_brokers
def recommender(*, config: Path, brokers: str | None) -> None:
    """Learn what recommends as CONFIG says, compare it on items held out, register it, and publish a champion."""
    from training.recommend.config import read_recommend
    from training.recommend.registered import run

    read = read_recommend(config)
    console = Console()

    def tell(line: str) -> None:
        console.print(line, highlight=False, markup=False, soft_wrap=True)

    tell(run(read, brokers=brokers, tell=tell))
