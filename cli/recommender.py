"""`kairos recommender`: check, publish, show and remove what recommend(…) asks."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cli.control import address, broker, mark, signed
from cli.told import Group, many

if TYPE_CHECKING:
    from services.control.signature import Signature
    from udfs.recommend.packed import PackedRecommender

FILE = click.argument("path", metavar="FILE|FOLDER", type=click.Path(path_type=Path, exists=True))
MAX_SHOWN = 10


@click.group(cls=Group)
def recommender() -> None:
    """What recommend(…) asks in campaigns: learned by `python -m training recommend --export FOLDER` (docs/recommendations.md)."""


@recommender.command()
@FILE
@click.argument("items", metavar="[ITEM]…", nargs=-1)
def check(path: Path, items: tuple[str, ...]) -> None:
    """Check an exported recommender, and show what it holds; of each ITEM its neighbours."""
    from services.recommend.local import recommender_of

    _tell(recommender_of(path), items)


@recommender.command()
@FILE
@click.option("--store", required=True, metavar="FOLDER|URI", help="Where every TaskManager can read it: a shared folder, or s3://bucket/prefix.")
@broker
@signed
def publish(path: Path, store: str, brokers: str | None, topic: str, signed: Signature) -> None:
    """Put an exported recommender in force: in the job within seconds, without a restart. Nothing is sent if the job would refuse it."""
    from services.recommender.publish import publish as published

    version = published(address(brokers), topic, path, store=store, signed=signed)
    (layer,) = version.layers
    click.echo(f"{mark(True)} version {version.version}  {many(layer.items, 'item')}, {layer.size / 1e6:,.1f} MB")


@recommender.command()
@click.argument("items", metavar="[ITEM]…", nargs=-1)
@broker
def show(items: tuple[str, ...], brokers: str | None, topic: str) -> None:
    """Show which version is in force, and the neighbours of each ITEM, as the job reads them."""
    from services.control.pointers import RECOMMENDER
    from udfs.recommend.loaded import fetch

    version = RECOMMENDER.standing(address(brokers), topic)
    if version is None:
        click.echo("no recommender is published: `kairos recommender publish` publishes one")
        sys.exit(1)
    click.echo(version.layers[0].uri)
    _tell(fetch(version.layers[0]), items)


@recommender.command()
@broker
@signed
def remove(brokers: str | None, topic: str, signed: Signature) -> None:
    """Recommend nothing any more: lists are empty from the next decision on."""
    from services.control.pointers import RECOMMENDER

    RECOMMENDER.remove(address(brokers), topic, signed=signed)
    click.echo(f"{mark(True)} the recommender is removed")


def _tell(found: PackedRecommender, items: tuple[str, ...]) -> None:
    weights = ", ".join(f"{source} {weight:g}" for source, weight in sorted(found.weights.items()))
    click.echo(f"version {found.version}: {many(found.count, 'item')}, weights {weights}, decay {found.decay:g}")
    if found.ranker is not None:
        click.echo(f"  ranker {found.ranker.version}{': ' + str(found.facts['ranker']).partition(': ')[2] if 'ranker' in found.facts else ''}")
    for source, groups in sorted(found.groups.items()):
        click.echo(f"  {source} in {many(len(groups), 'group')}")
    for item in items:
        number = found.number(item)
        if number is None:
            click.echo(f"{item}: nothing was learned of it")
            continue
        for source in ("together", "alike"):
            near, scores = found.near(source, number)
            told = ", ".join(f"{found.item(each)} {score:.4f}" for each, score in zip(near[:MAX_SHOWN], scores, strict=False))
            click.echo(f"{item} {source}: {told or 'nothing'}")
