"""`python -m training segments`: groups of customers who are alike, what each of them is, and a model that says who is in which."""

import time
from collections.abc import Sequence
from pathlib import Path

import click
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Column, Table

from services.devstack import settings
from training import options
from training.results import require_writable
from training.segments.methods.all import DEFAULT, METHODS
from training.store import Store

MAX_SEGMENTS = 20


class Numbers(click.ParamType["range"]):
    """A number of segments, or the first and the last to compare."""

    name = "number"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> range:
        """Read 4, or 3-8."""
        if isinstance(value, range):
            return value
        first, _, last = str(value).partition("-")
        if not (first.isdecimal() and (last or first).isdecimal()) or not 2 <= int(first) <= int(last or first) <= MAX_SEGMENTS:
            self.fail(f"{value!r} is not a number of segments: write 4, or 3-8; from 2 to {MAX_SEGMENTS}", param, ctx)
        return range(int(first), int(last or first) + 1)


@click.command()
@options.with_source
@click.option("--features", type=options.FILE, metavar="FILE", help="[default: the features shipped with Kairos]")
@click.option("--by", "names", multiple=True, metavar="FEATURE", help="Tell customers apart by this feature; repeatable. [default: every number]")
@click.option(
    "--method",
    "methods",
    multiple=True,
    type=click.Choice((*METHODS, "all")),
    help=f"How segments are found; repeatable, to compare. [default: {DEFAULT}]",
)
@click.option("--segments", "numbers", type=Numbers(), default="3-8", show_default=True, help="How many segments, or the numbers to compare.")
@click.option("--anonymous", is_flag=True, help="Also people without a user id.")
@click.option("--name", type=options.ModelName(), default="customer-segments", show_default=True, help="The model's name.")
@click.option("--store", metavar="FOLDER|URI", help="Where model files are kept. [default: models in the state folder]")
@click.option("--out", type=options.FILE, metavar="DIR", help="Where report, picture and files go. [default: training in the state folder]")
@click.option("--publish", "publishing", is_flag=True, help="Publish the model on the control topic.")
@click.option("--control-topic", "control", default="control", show_default=True, help="The control topic.")
@click.option("--seed", type=click.IntRange(0, 2**32 - 1), default=0, show_default=True)
def segments(
    *,
    history: Path | None,
    lake: str | None,
    source: str,
    brokers: str | None,
    topic: str,
    link_ids: str,
    features: Path | None,
    names: tuple[str, ...],
    methods: tuple[str, ...],
    numbers: range,
    anonymous: bool,
    name: str,
    store: str | None,
    out: Path | None,
    publishing: bool,
    control: str,
    seed: int,
) -> None:
    """Find segments of customers, describe them, and make a model that says who is in which, and rules that say nearly the same."""
    from training.segments.customers import choose, customers, matrix
    from training.segments.find import find
    from training.segments.results import keep

    console, aside = Console(), Console(stderr=True)
    folder = out or settings.home() / "training"
    require_writable(folder)
    files = Store(store or str(settings.home() / "models"))
    book = options.book((), features)
    found = options.source(history, source, brokers, topic, lake, link_ids=link_ids)
    with aside.status("reading the history") as status:
        people = customers(found.read(), book, anonymous=anonymous, links_ids=found.links_ids)
        chosen = choose(people, book.features, names)
        made = find(matrix(chosen, people), names=_ways(methods), numbers=numbers, seed=seed, say=status.update)
        status.update("writing the report")
        manifest, described, place = keep(
            people,
            chosen,
            made,
            name=name,
            history=found.name,
            features=book.features.version,
            store=files,
            out=folder,
            at=int(time.time() * 1000),
            seed=seed,
        )
    console.print(f"{len(people.ids):,} customers, {made.best.title}, {made.best.setting}: {made.why}", highlight=False, soft_wrap=True)
    name_of = Column("segment", overflow="fold")  # whole: campaigns and files of segments name it
    table = Table(name_of, "customers", "what they are", box=SIMPLE_HEAD)
    for each in described:
        table.add_row(each.name, f"{each.customers:,}", each.sentence)
    console.print(table)
    console.print(
        f"[bold]{name} {manifest.version}[/]: report.md, segments.png, segments-from-model.yaml, segments-from-tree.yaml, manifest.json in {place}",
        highlight=False,
        soft_wrap=True,
    )
    if publishing:
        from services.control.models import publish

        publish(brokers or options.local_brokers(), control, manifest.document(), by="training")
        console.print(f"published: {name}:{manifest.version} is used from now on", highlight=False)


def _ways(methods: Sequence[str]) -> list[str]:
    return list(METHODS) if "all" in methods else list(dict.fromkeys(methods or (DEFAULT,)))
