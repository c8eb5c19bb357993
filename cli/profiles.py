"""`kairos profiles`: what is remembered of customers, in the job's state."""

from __future__ import annotations

import time
from pathlib import Path

import click

from cli.control import address
from cli.kafka import kafka as reaching_kafka
from cli.told import Group, many


@click.group(cls=Group)
def profiles() -> None:
    """What the job remembers of customers."""


@profiles.command()
@click.argument("file", required=False, type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--dry-run", is_flag=True, help="Only say how many customers would be touched.")
@click.option("--topic", default=None, help="Topic of events. [default: the local stack's, events]")
@reaching_kafka
def touch(*, file: Path | None, dry_run: bool, topic: str | None, brokers: str | None) -> None:
    """Have the job look at profiles, so that those of an older savepoint are forgotten in time.

    Sends a heartbeat to each customer of FILE: one id in each line, or one event as JSON (also .gz). Without FILE, to each one with a record
    on the topic of events. It changes nothing that is remembered. It carries the time of the newest record, so no time passes by it.
    """
    from services.devstack.settings import load
    from services.kafka.client import end_offsets, newest, producer
    from services.replay.touch import customers_in, customers_on
    from services.replay.touch import touch as touched

    found = customers_in(file) if file is not None else None
    topic = topic or load().events_topic
    end_offsets(address(brokers), topic)  # says what is missing, where a producer would only wait
    customers = customers_on(address(brokers), topic) if found is None else found
    if dry_run:
        click.echo(f"{many(len(customers), 'customer')} would be touched on {topic}")
        return
    sender = producer(address(brokers))
    try:
        number = touched(sender, topic, customers, at=newest(address(brokers), topic) or int(time.time() * 1000))
    finally:
        sender.close(timeout=15)
    click.echo(f"{many(number, 'customer')} touched on {topic}")
