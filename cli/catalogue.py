"""`kairos catalogue`: check a feed of products, load it, serve it to the job, and look things up in it."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cli.control import address, broker, mark
from cli.kafka import kafka
from cli.told import Group, many

if TYPE_CHECKING:
    from services.items.feed import Report
    from udfs.core.items.published import Published

MAX_TOLD = 20


@click.group(cls=Group)
def catalogue() -> None:
    """What the shop sells: item(event.product_id).price in conditions and messages (docs/catalogue.md)."""


COLUMNS = click.option(
    "--column",
    "columns",
    multiple=True,
    metavar="FIELD=NAME",
    help="Which column is which field of an item, such as id=SKU; repeatable. Default: by the usual names.",
)
CURRENCY = click.option("--currency", metavar="EUR", help="The currency of prices that say none.")


TOPIC = click.option("--topic", "catalogue_topic", default="catalogue", show_default=True, help="Topic of the catalogue.")
LOCAL = click.option("--local", is_flag=True, help="Allow an address on this machine or in this network.")
FEED = click.argument("feed", metavar="FEED|URL")


@catalogue.command()
@FEED
@COLUMNS
@CURRENCY
@LOCAL
@click.option("--json", "as_json", is_flag=True, help="The items, one JSON object per line; the report goes to standard error.")
def check(feed: str, columns: Sequence[str], currency: str | None, *, local: bool, as_json: bool) -> None:
    """Read a FEED and tell what can be taken of it, what is set aside, where, and how to fix it. Nothing is sent.

    FEED is CSV (of Shopify and WooCommerce, too), TSV, JSON (a list, somewhere inside of objects, too, or an object a line) or Google's product
    feed in XML; .gz, too.
    """
    from services.items.feed import Report, items
    from udfs.core.items.item import as_document

    report = Report(name=shown(feed))
    with opened(feed, local=local) as path:
        for item in items(path, report, chosen=chosen(columns), currency=currency, now=now()):
            if as_json:
                click.echo(json.dumps(as_document(item), ensure_ascii=False))
    tell_report(report, err=as_json)
    if not report.items:
        sys.exit(1)


@catalogue.command()
@FEED
@COLUMNS
@CURRENCY
@LOCAL
@click.option("--whole", is_flag=True, help="The feed is the whole catalogue: what is not in it is removed.")
@click.option("--remove-most", is_flag=True, help="Remove, even if that is most of the catalogue.")
@TOPIC
@kafka
def load(
    feed: str,
    columns: Sequence[str],
    currency: str | None,
    catalogue_topic: str,
    brokers: str | None,
    *,
    local: bool,
    whole: bool,
    remove_most: bool,
) -> None:
    """Send the items of a FEED to the topic of the catalogue; only those that say something new.

    `kairos catalogue serve` takes them from there to the job.
    """
    from services.catalogue.load import load as loaded
    from services.items.feed import Report, items

    report = Report(name=shown(feed))
    with opened(feed, local=local) as path:
        found = items(path, report, chosen=chosen(columns), currency=currency, now=now())
        done = loaded(address(brokers), catalogue_topic, found, whole=whole, remove_most=remove_most)
    tell_report(report)
    gone = f", {done.removed:,} removed" if whole else ""
    click.echo(f"topic {catalogue_topic}: {done.sent:,} sent{gone}, {done.unchanged:,} unchanged")
    if not report.items:
        sys.exit(1)


@catalogue.command()
@click.option("--store", default="~/.kairos/catalogue", show_default=True, help="Where snapshots go: a folder, or s3://bucket/prefix.")
@click.option(
    "--data", type=click.Path(path_type=Path, file_okay=False), default=Path("~/.kairos/catalogue-service"), show_default=True, help="Its own folder."
)
@click.option("--every", default="2s", show_default=True, metavar="2s", help="The least time between two publications.")
@click.option("--once", is_flag=True, help="Publish what the topic says now, and end.")
@click.option(
    "--learn-from", "events", default="", metavar="TOPIC", help="Read events, too: products that no feed has, and how many people looked at each."
)
@TOPIC
@broker
def serve(store: str, data: Path, every: str, events: str, catalogue_topic: str, brokers: str | None, topic: str, *, once: bool) -> None:
    """Turn the topic of the catalogue into snapshots, and point the job to them: new prices within seconds, until Ctrl-C."""
    from services.catalogue.files import CatalogueFiles
    from services.catalogue.serve import Places, run
    from udfs.core.values.durations import parse_duration

    try:
        period = parse_duration(every) / 1000
    except ValueError as problem:
        message = f"--every: {problem}"
        raise click.UsageError(message) from problem
    places = Places(catalogue=catalogue_topic, control=topic, events=events, data=data.expanduser(), files=CatalogueFiles(store))

    def told(version: Published, count: int) -> None:
        size = sum(layer.size for layer in version.layers)
        what = f"{count:,} {'item' if count == 1 else 'items'}, {size / 1e6:,.1f} MB in {many(len(version.layers), 'file')}"
        click.echo(f"{mark(True)} version {version.version}  {what}")

    try:
        run(address(brokers), places, every_s=period, once=once, told=told)
    except KeyboardInterrupt:
        return  # the way to stop it


@catalogue.command()
@click.argument("ids", metavar="[ID]…", nargs=-1)
@broker
def show(ids: Sequence[str], brokers: str | None, topic: str) -> None:
    """Show which version is in force, and what it says of these items, as the job reads it."""
    from services.control.pointers import CATALOGUE
    from udfs.catalogue.files import whole
    from udfs.core.items.item import Item, as_document

    version = CATALOGUE.standing(address(brokers), topic)
    if version is None:
        click.echo("no catalogue is published: `kairos catalogue load` and `kairos catalogue serve` publish one")
        sys.exit(1)
    if not ids:
        click.echo(f"version {version.version}")
        for layer in version.layers:
            click.echo(f"  {layer.items:,} items, {layer.size / 1e6:,.1f} MB  {layer.uri}")
        return
    held = whole(version)
    for item_id in ids:
        found = held.find(item_id)
        click.echo(json.dumps(as_document(found), ensure_ascii=False) if isinstance(found, Item) else f"{item_id}: {found.value}")


@contextmanager
def opened(feed: str, *, local: bool) -> Iterator[Path]:
    """The file of a feed, fetched if it is an address."""
    from services.items.fetching import fetched, is_url

    if not is_url(feed):
        yield Path(feed)
        return
    with fetched(feed, local=local) as path:
        yield path


def shown(feed: str) -> str:
    """A feed's name, without a login in its address."""
    head, at, rest = feed.rpartition("@")
    return f"{head.partition('://')[0]}://{rest}" if at and "://" in head else feed


def now() -> int:
    """The wall clock, epoch milliseconds."""
    import time

    return int(time.time() * 1000)


def chosen(columns: Sequence[str]) -> dict[str, str]:
    """Field -> column, as --column says it."""
    from services.items.columns import ALIASES
    from udfs.core.values.problems import did_you_mean

    found = {}
    for each in columns:
        field, equals, column = each.partition("=")
        if not equals or not column:
            message = f"--column {each}: write the field of the item and the column, such as --column id=SKU"
            raise click.UsageError(message)
        if field not in ALIASES:
            message = f"--column {each}: an item has no field {field!r}: {did_you_mean(field, ALIASES) or 'it has ' + ', '.join(ALIASES)}"
            raise click.UsageError(message)
        found[field] = column
    return found


def tell_report(report: Report, *, err: bool = False) -> None:
    """Print what was read of a feed."""
    told = sorted(report.faults.values(), key=lambda each: (not each.fault.whole, -each.count))
    for each in told[:MAX_TOLD]:
        fault = each.fault
        places = ", ".join(f"line {line}{f' ({value})' if value else ''}" for line, value in each.places)
        more = f", and {each.count - len(each.places):,} more" if each.count > len(each.places) else ""
        what = f"{fault.field} {fault.what}" if fault.field else f"the row {fault.what}"
        click.echo(
            f"{click.style('!', fg='yellow')} {what}: {places}{more}\n    {fault.fix}{'. The row is left out' if fault.whole else ''}", err=err
        )
    if len(told) > MAX_TOLD:
        click.echo(f"and {many(len(told) - MAX_TOLD, 'other kind')} of faults", err=err)
    left_out = f", {report.left_out:,} {'row' if report.left_out == 1 else 'rows'} left out" if report.left_out else ""
    click.echo(
        f"{mark(bool(report.items))} {report.name}  {report.kind}, {report.items:,} {'item' if report.items == 1 else 'items'}{left_out}", err=err
    )
    if report.items:
        known = [name for name in report.known if name != "id"]
        shares = ", ".join(f"{name} {_share(report.known[name], report.known['id'])}" for name in known)
        click.echo(f"  known: {shares or 'nothing but the ids'}", err=err)


def _share(count: int, whole: int) -> str:
    return "of all" if count == whole else f"of {100 * count / whole:.3g} %"
