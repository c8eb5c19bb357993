"""`kairos held`: decisions that are out of line wait for a person: list what is held, release it or drop it; the monitor that holds."""

from __future__ import annotations

import json
import logging
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cli.control import address, broker, mark, signed
from cli.told import Group
from services.finite import Finite

if TYPE_CHECKING:
    from services.control.signature import Signature
    from services.held.watch import HeldWatch


@click.group(cls=Group)
def held() -> None:
    """Messages that are out of line, and wait for a person (docs/held.md)."""


@held.command("list")
@click.option("--all", "every", is_flag=True, help="Also what was released or dropped.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object for each campaign.")
@broker
def list_(*, every: bool, as_json: bool, brokers: str | None, topic: str) -> None:
    """Which campaigns are held, since when, and why."""
    from services.control.holds import holds
    from services.control.listing import published
    from services.held.table import as_data, table

    found = [each for each in holds(published(address(brokers), topic)) if every or each.status == "held"]
    if as_json:
        for each in found:
            click.echo(json.dumps(as_data(each), ensure_ascii=False))
    elif found:
        for line in table(found):
            click.echo(line)
    else:
        click.echo("nothing is held")


@held.command()
@click.argument("campaign")
@click.option("--keep", default="1d", show_default=True, metavar="1d", help="For so long, as much as was found counts as usual.")
@broker
@signed
def release(*, campaign: str, keep: str, brokers: str | None, topic: str, signed: Signature) -> None:
    """Let what is held of CAMPAIGN be decided again: it goes out where that is still right.

    Whoever has bought or unsubscribed meanwhile gets nothing. Messages are decided again one after the other, within half an hour.
    """
    from services.control.holds import say
    from udfs.core.values.durations import parse_duration

    try:
        keeps = parse_duration(keep)
    except ValueError as problem:
        message = f"--keep: {problem}"
        raise click.UsageError(message) from problem
    hold = say(address(brokers), topic, campaign, "released", keeps=keeps, signed=signed)
    click.echo(f"{mark(True)} {campaign} is released ({hold.document.get('why', '')}): what was held is decided again within half an hour")


@held.command()
@click.argument("campaign")
@broker
@signed
def drop(*, campaign: str, brokers: str | None, topic: str, signed: Signature) -> None:
    """End what is held of CAMPAIGN: none of it goes out, and this version of the campaign says nothing any more.

    Correct the campaign and publish it: the new version acts. `kairos held release` takes the drop back for what is decided from then on.
    """
    from services.control.holds import say

    hold = say(address(brokers), topic, campaign, "dropped", signed=signed)
    click.echo(f"{mark(True)} what was held of {campaign} is dropped ({hold.document.get('why', '')}). A new version of it acts once it is published")


@held.command()
@click.option("--decisions-topic", default="decisions", show_default=True, help="Topic of decisions.")
@click.option("--actions-prefix", default="actions.", show_default=True, help="What the names of the topics of actions begin with.")
@click.option(
    "--memory",
    type=click.Path(path_type=Path, dir_okay=False),
    default=Path(".kairos/held.json"),
    show_default=True,
    help="File of what was learned, so that a restart does not read weeks of decisions.",
)
@click.option("--period", type=Finite(0.2, 60), default=2.0, show_default=True, help="Seconds between two looks.")
@click.option("--metrics-port", type=int, help="Export metrics for Prometheus on this port.")
@click.option("--log-format", type=click.Choice(("text", "json")), help="Text, or JSON: one object a line.")
@broker
def watch(
    *,
    decisions_topic: str,
    actions_prefix: str,
    memory: Path,
    period: float,
    metrics_port: int | None,
    log_format: str | None,
    brokers: str | None,
    topic: str,
) -> None:
    """Hold campaigns that are out of line, until it is stopped. Without it no volume is held, and nothing is learned about offers."""
    from services import logs
    from services.held.counted import counted
    from services.held.run import Topics, run

    logs.start("held", log_format)
    logging.getLogger("kafka").setLevel(logging.ERROR)
    topics = Topics(control=topic, decisions=decisions_topic, actions=actions_prefix)
    click.echo(f"watching the campaigns on {topic}")

    with counted(metrics_port) as count:

        def told(watched: HeldWatch) -> None:
            count(watched)
            for name, why in watched.newly:
                click.echo(f"{name} is held: {why}")

        try:
            run(address(brokers), topics, memory, period_s=period, told=told)
        except KeyboardInterrupt:
            click.echo("stopped: what is held stays held")
