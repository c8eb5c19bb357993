"""`kairos rejected`: what the job refused, sent again once the cause is fixed."""

from __future__ import annotations

import time

import click

from cli.control import address
from cli.kafka import kafka as reaching_kafka
from cli.registry import registry
from cli.told import Group


@click.group(cls=Group)
def rejected() -> None:
    """Records that the job refused."""


@rejected.command()
@click.option("--reason", "reasons", multiple=True, metavar="REASON", help="Only records that were refused for this reason; repeatable.")
@click.option("--since", default=None, metavar="TIME", help="Only records that arrived then or later (ISO 8601).")
@click.option("--force", is_flag=True, help="Also send what this version would refuse again.")
@click.option("--dry-run", is_flag=True, help="Only say what would be sent.")
@click.option("--rejected-topic", default="rejected", show_default=True)
@click.option("--events-topic", default="events", show_default=True)
@reaching_kafka
@registry
def replay(
    *, reasons: tuple[str, ...], since: str | None, force: bool, dry_run: bool, rejected_topic: str, events_topic: str, brokers: str | None
) -> None:
    """Send refused records to the events topic again, as they were.

    Each goes out once. What is sent twice anyway is a duplicate by its message id. An event keeps its own time, so what is old by now is
    remembered and may cancel something, but triggers nothing.
    """
    from jobs.read_to_end import read_to_end
    from services.kafka.client import consumer, end_offsets, producer
    from services.replay.rejected import Refused
    from udfs.core.values.instants import BadInstant, parse_instant

    try:
        begins = parse_instant(since) if since else 0
    except BadInstant as error:
        message = f"--since: {error}"
        raise click.UsageError(message) from error
    refused = Refused(reasons=frozenset(reasons), since=begins, force=force)
    end_offsets(address(brokers), events_topic)  # says what is missing, where a producer would only wait
    reader = consumer(address(brokers), [rejected_topic])
    try:
        values = [record.value for records in read_to_end(reader) for record in records if record.value]
    finally:
        reader.close()
    again = list(refused.again(values, now=int(time.time() * 1000)))
    if not dry_run and again:
        kafka = producer(address(brokers))
        try:
            sent = [kafka.send(events_topic, key=record.key, value=record.value, timestamp_ms=record.at) for record in again]
            for each in sent:
                each.get(timeout=15)
        finally:
            kafka.close(timeout=15)
    click.echo(f"{len(again):,} record{'' if len(again) == 1 else 's'} {'would be sent' if dry_run else 'sent'} to {events_topic}")
    for why, number in refused.left.most_common():
        click.echo(f"{number:,} left: {why}")
