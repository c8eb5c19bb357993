"""`kairos interest`: whom a new price or stock concerns: the job that finds them, and the pace at which they are notified."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from cli import sql_job
from cli.control import address
from cli.kafka import kafka
from cli.told import Group
from jobs.interest_options import InterestOptions
from services.finite import Finite

if TYPE_CHECKING:
    from services.interest.service import Figures


@click.group(cls=Group)
def interest() -> None:
    """Tell people of lower prices, and of products that can be bought again (docs/interest.md)."""


@interest.command()
@sql_job.submit_options(InterestOptions)
def submit(restore: str, **told: Any) -> None:
    """Submit the interest job, or replace the running one: next to the main job, in a TaskManager of its own.

    With --restore none it reads its topics from their beginning again. Nobody is notified twice by that: the same news has the same id.
    """
    from services.devstack import interest as running

    sql_job.submit(InterestOptions, told, running.submit, restore=restore)


@interest.command()
@click.option("--per-second", type=Finite(min=0.1, max=100_000), default=100.0, show_default=True, help="People notified a second, at most.")
@click.option("--tolerated", default="2s", show_default=True, metavar="2s", help="The pace slows while the main job is further behind its events.")
@click.option("--expires", default="24h", show_default=True, metavar="24h", help="How long after a change people still hear of it.")
@click.option("--deployment", default="kairos", show_default=True, help="The deployment whose job decides: its pace counts.")
@click.option("--interest-topic", default="interest", show_default=True, help="Topic of the interest job.")
@click.option("--changes-topic", default="catalogue-changes", show_default=True, help="Topic with the changes of products.")
@click.option("--events-topic", default="events", show_default=True, help="Topic that the main job reads.")
@click.option("--metrics-port", type=int, help="Export metrics for Prometheus on this port.")
@click.option("--log-format", type=click.Choice(["text", "json"]), help="Lines for people, or one JSON object a line.")
@kafka
def pace(
    *,
    per_second: float,
    tolerated: str,
    expires: str,
    deployment: str,
    interest_topic: str,
    changes_topic: str,
    events_topic: str,
    metrics_port: int | None,
    log_format: str | None,
    brokers: str | None,
) -> None:
    """Hand what the interest job has found over to the main job, at a pace, until Ctrl-C. Run one of it.

    Whoever has to wait longer than --expires is left out. So is news of a price that has gone up again, or of a product that is sold out again.
    """
    from services import logs
    from services.interest.counted import counted
    from services.interest.service import Pacing, Topics, run

    logs.start("interest", log_format)
    topics = Topics(interest=interest_topic, changes=changes_topic, events=events_topic, job=f"{deployment}-live")
    pacing = Pacing(per_second=per_second, tolerated_s=_milliseconds("--tolerated", tolerated) / 1000, expires_ms=_milliseconds("--expires", expires))
    with counted(metrics_port) as count:

        def told(figures: Figures) -> None:
            count(figures)
            _say(figures)

        try:
            run(address(brokers), topics, pacing, told=told)
        except KeyboardInterrupt:
            return  # the way to stop it


def _milliseconds(option: str, text: str) -> int:
    from udfs.core.values.durations import parse_duration

    try:
        return parse_duration(text)
    except ValueError as problem:
        message = f"{option}: {problem}"
        raise click.UsageError(message) from problem


def _say(figures: Figures) -> None:
    """A line whenever something has happened."""
    if not figures.done:
        return
    ended = ", ".join(f"{count:,} {event} {how}".replace("  ", " ") for (event, how), count in sorted(figures.done.items()))
    behind = "of unknown delay" if figures.delay_s is None else f"{figures.delay_s:.1f} s behind"
    click.echo(f"{ended}; {figures.waiting:,} waiting, {figures.rate:,.0f} a second, the job is {behind}")
