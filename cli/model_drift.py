"""`kairos models drift`: whether models still say what they said, and whether what they predict happens, by version and campaign."""

from __future__ import annotations

import json
import logging
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cli.control import address, broker
from cli.parameters import Span

if TYPE_CHECKING:
    from services.drift.run import Topics
    from services.drift.watch import DriftWatch


@click.command()
@click.argument("name", required=False)
@click.option("--follow", is_flag=True, help="Look again and again until it is stopped, and say what has newly drifted.")
@click.option("--gate", is_flag=True, help="End with 1 if anything has drifted, for a schedule.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object for each version in each campaign.")
@click.option(
    "--memory",
    type=click.Path(path_type=Path, dir_okay=False),
    default=Path(".kairos/drift.json"),
    show_default=True,
    help="File of what is known, so that weeks of decisions are read once.",
)
@click.option("--decisions-topic", default="decisions", show_default=True, help="Topic of decisions.")
@click.option("--outcomes-topic", default="outcomes", show_default=True, help="Topic of outcomes.")
@click.option("--every", "period", type=Span(), default="1m", show_default=True, help="With --follow: the time between two looks.")
@click.option("--metrics-port", type=int, help="With --follow: export metrics for Prometheus on this port.")
@click.option("--log-format", type=click.Choice(("text", "json")), help="Text, or JSON: one object a line.")
@broker
def drift(
    *,
    name: str | None,
    follow: bool,
    gate: bool,
    as_json: bool,
    memory: Path,
    decisions_topic: str,
    outcomes_topic: str,
    period: int,
    metrics_port: int | None,
    log_format: str | None,
    brokers: str | None,
    topic: str,
) -> None:
    """What models say now against what they said first, and how often the goal follows against what they predicted.

    By version and campaign: of the model NAME, or of all. Nothing is changed.
    """
    from services import logs
    from services.drift.run import Topics as Read
    from services.drift.run import once

    if follow and (gate or as_json or name):
        message = "--follow is about every model, and only tells: NAME, --gate and --json are for a single look"
        raise click.UsageError(message)
    logs.start("drift", log_format)
    logging.getLogger("kafka").setLevel(logging.ERROR)
    topics = Read(control=topic, decisions=decisions_topic, outcomes=outcomes_topic)
    if follow:
        _follow(address(brokers), topics, memory, period / 1000, metrics_port)
        return
    if metrics_port is not None:
        message = "--metrics-port goes with --follow"
        raise click.UsageError(message)
    if _show(once(address(brokers), topics, memory), name, as_json=as_json) and gate:
        sys.exit(1)


def _follow(brokers: str, topics: Topics, memory: Path, period_s: float, port: int | None) -> None:
    from services.drift.counted import counted
    from services.drift.run import run

    click.echo(f"watching the models on {topics.control}")
    with counted(port) as count:

        def told(watched: DriftWatch) -> None:
            count(watched)
            for line in watched.newly:
                click.echo(line)

        try:
            run(brokers, topics, memory, period_s=period_s, told=told)
        except KeyboardInterrupt:
            click.echo("stopped: nothing was changed")


def _show(watched: DriftWatch, name: str | None, *, as_json: bool) -> bool:
    """Print it. Returns whether anything has drifted."""
    from services.drift.table import any_drifted, as_data, table

    rows = [row for row in watched.rows if name is None or row.label.rpartition(":")[0] == name]
    if as_json:
        for row in rows:
            click.echo(json.dumps(as_data(row), ensure_ascii=False))
    elif rows:
        for line in table(rows):
            click.echo(line)
    else:
        known = sorted({row.label.rpartition(":")[0] for row in watched.rows})
        click.echo(f"nothing is known of {name or 'any model'}" + (f": there are scores of {', '.join(known)}" if known else ": none has answered"))
    return any_drifted(rows)
