"""`kairos check data`: whether the events are complete, fresh, told once and as many as usual, and features as they were logged."""

from __future__ import annotations

import sys
import time
from pathlib import Path

import click

from cli.kafka import kafka
from cli.parameters import ManyCampaigns, Span
from cli.registry import registry
from services.finite import Finite

PATH = click.Path(path_type=Path, exists=True)


@click.group()
def check() -> None:
    """Check what Kairos is fed with."""


@check.command(cls=ManyCampaigns)
@click.option("--history", type=PATH, metavar="FILE", help="Check this file of events instead of the topic.")
@click.option("--decisions", type=PATH, metavar="FILE", help="Logged decisions, one JSON object a line, instead of the topic `decisions`.")
@click.option("--campaigns", multiple=True, type=PATH, metavar="FILE|DIR…", help="The campaigns that decide. Default: the shipped ones.")
@click.option("--features", type=PATH, metavar="FILE", help="The features, if not in the folder of the campaigns.")
@click.option("--topic", default="events", show_default=True, help="Topic of events.")
@click.option("--link-ids", type=click.Choice(["off", "on"]), default="off", show_default=True, help="What the job is submitted with.")
@click.option("--fresh", type=Span(), default="1h", show_default=True, help="The newest event may be this old.")
@click.option("--volume", type=Finite(0, 100), default=50.0, show_default=True, help="Per cent that a day may differ from a week before.")
@click.option("--report", type=click.Path(path_type=Path, file_okay=False), metavar="DIR", help="Write check.json and check.html there.")
@kafka
@registry
def data(
    *,
    history: Path | None,
    decisions: Path | None,
    campaigns: tuple[Path, ...],
    features: Path | None,
    topic: str,
    link_ids: str,
    fresh: int,
    volume: float,
    report: Path | None,
    brokers: str | None,
) -> None:
    """Check completeness, freshness, duplicates, volumes, and the skew between logged and recomputed features.

    Every finding says what to do. The exit status is 1 if there is any. A schedule does the same every night: docs/schedule.md.
    """
    from cli.control import address
    from training.checks.check import Wanted
    from training.checks.check import check as checked
    from training.checks.report import keep, text
    from training.checks.rules import Limits

    wanted = Wanted(
        history=history,
        topic=topic,
        decisions=decisions,
        brokers=address(brokers) if history is None else None,
        campaigns=campaigns,
        features=features,
        links_ids=link_ids == "on",
        limits=Limits(fresh=fresh, volume=volume / 100),
    )
    found = checked(wanted, now=int(time.time() * 1000))
    if report is not None:
        keep(found, report)
    for line in text(found):
        click.echo(line)
    if found.findings:
        sys.exit(1)
