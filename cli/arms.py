"""`kairos arms`: what bandits learn: the job that counts, the service that publishes, and what is known now."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

import click

from cli import sql_job
from cli.control import address, broker
from cli.told import Group, many
from jobs.arms_options import ArmsOptions

if TYPE_CHECKING:
    from udfs.core.bandits.learned import Learned

F = TypeVar("F", bound=Callable[..., Any])


@click.group(cls=Group)
def arms() -> None:
    """What bandits learn about the variants of their campaigns (docs/bandits.md)."""


def topics(command: F) -> F:
    """Add the options for the topics of the service."""
    command = click.option("--counts-topic", default="arm-counts", show_default=True, help="Topic of counts, which the arms job writes.")(command)
    return click.option("--arms-topic", default="arms", show_default=True, help="Topic of what was learned, which the main job reads.")(command)


@arms.command()
@sql_job.submit_options(ArmsOptions)
def submit(restore: str, **told: Any) -> None:
    """Submit the arms job, or replace the running one: next to the main job, in a TaskManager of its own.

    With --restore none it counts from the beginning of its topics again. Nothing is lost by that: a count never goes back.
    """
    from services.devstack import arms as running

    sql_job.submit(ArmsOptions, told, running.submit, restore=restore)


@arms.command()
@topics
@click.option("--every", default="1h", show_default=True, metavar="1h", help="How long an epoch lasts: the time between two publications.")
@click.option("--once", is_flag=True, help="Publish what has changed, and end.")
@broker
def learn(*, counts_topic: str, arms_topic: str, every: str, once: bool, brokers: str | None, topic: str) -> None:
    """Turn counts into what bandits know, and publish it: at once, and then once an epoch, until Ctrl-C."""
    import time

    from services.arms.publish import Topics, opened, run
    from udfs.core.values.durations import parse_duration

    try:
        period = parse_duration(every) / 1000
    except ValueError as problem:
        message = f"--every: {problem}"
        raise click.UsageError(message) from problem
    where = Topics(control=topic, counts=counts_topic, arms=arms_topic)
    if once:
        with opened(address(brokers), where) as service:
            news = service.publish(now=int(time.time() * 1000))
        for each in news:
            _say(each)
        if not news:
            click.echo("nothing has changed")
        return
    try:
        run(address(brokers), where, every_s=period, told=_say)
    except KeyboardInterrupt:
        return  # the way to stop it


@arms.command()
@click.argument("campaign", required=False)
@topics
@click.option("--json", "as_json", is_flag=True, help="The records as they are.")
@broker
def show(*, campaign: str | None, counts_topic: str, arms_topic: str, as_json: bool, brokers: str | None, topic: str) -> None:
    """What is known of each variant now, and with which probability it is drawn where all can be sent."""
    import msgspec

    from services.arms.publish import Topics, opened
    from services.arms.table import table
    from udfs.core.values.errors import NotFound

    with opened(address(brokers), Topics(control=topic, counts=counts_topic, arms=arms_topic)) as service:
        found = {name: each for name, each in service.learner.published.items() if campaign in {None, name}}
        counts = service.learner.counts
    if campaign is not None and not found:
        known = (
            f"published is what was learned of {', '.join(service.learner.published)}" if service.learner.published else "nothing is published yet"
        )
        message = f"nothing has been learned about {campaign!r}: {known}"
        raise NotFound(message)
    for each in found.values():
        if as_json:
            click.echo(json.dumps(msgspec.to_builtins(each)))
        else:
            for line in table(each, counts.of(each.campaign)):
                click.echo(line)


def _say(each: Learned) -> None:
    click.echo(f"{each.campaign}: epoch {each.epoch}, learned from {many(each.exposures, 'decision')}")
