"""`kairos send`: publish a single event, after the same checks as in the job."""

import json
import time
import uuid
from typing import Any

import click

from cli.kafka import kafka
from services.replay.segment import key_of
from services.replay.times import date_and_time
from udfs.core.values.instants import BadInstant, iso_of, parse_instant

CALLS = frozenset({"identify", "page", "screen", "alias", "group"})
"""Calls of the Segment spec other than track."""


@click.command()
@click.argument("name", required=False)
@click.argument("properties", nargs=-1, metavar="[KEY=VALUE]…")
@click.option("--user", help="User id.")
@click.option("--anonymous", metavar="ID", help="Anonymous id, alone or with --user.")
@click.option("--traits", multiple=True, metavar="KEY=VALUE", help="A trait of the customer; repeatable.")
@click.option("--context", multiple=True, metavar="KEY=VALUE", help="A field of the context, such as timezone=Europe/London; repeatable.")
@click.option("--at", default="now", show_default=True, metavar="now|ISO", help="When it happened.")
@click.option("--id", "message_id", help="Message id. [default: a new one]")
@click.option("--json", "raw", metavar="'{…}'", help="The whole event as JSON in the Segment spec, sent unchanged.")
@click.option("--force", is_flag=True, help="Send it even if the job will reject it.")
@click.option("--dry-run", is_flag=True, help="Only check and show it.")
@kafka
@click.option("--topic", help="Topic to send to. [default: the local stack's, events]")
def send(
    *,
    name: str | None,
    properties: tuple[str, ...],
    user: str | None,
    anonymous: str | None,
    traits: tuple[str, ...],
    context: tuple[str, ...],
    at: str,
    message_id: str | None,
    raw: str | None,
    force: bool,
    dry_run: bool,
    brokers: str | None,
    topic: str | None,
) -> None:
    """Publish one event of a customer: NAME with its properties.

    \b
    kairos send product_added --user ada product_id=tent price=120 quantity=1
    kairos send identify --user ada --traits first_name=Ada
    kairos send order_completed --user ada order_id=1 products='[{"product_id": "tent"}]'

    A value is read as JSON if it is valid JSON (120, true, "120" in quotes), otherwise as text.
    """
    if (raw is None) == (name is None):
        message = "say what happened: either NAME and --user, or --json with the whole event"
        raise click.UsageError(message)
    now = int(time.time() * 1000)
    if raw is not None:
        value, record_at = raw.encode(), _time_within(raw, now)
    else:
        record_at = now if at == "now" else _instant(at, "--at")
        event: dict[str, Any] = {"messageId": message_id or str(uuid.uuid4()), "type": name if name in CALLS else "track"}
        event |= {} if name in CALLS else {"event": name}
        event |= {field: person for field, person in (("userId", user), ("anonymousId", anonymous)) if person}
        event["timestamp"] = iso_of(record_at)
        for field, pairs in (("properties", properties), ("traits", traits), ("context", context)):
            event |= {field: _pairs(pairs, field)} if pairs else {}
        value = json.dumps(event, ensure_ascii=False).encode()
    key = key_of(value)
    _check(key, value, record_at, force=force)
    if dry_run:
        click.echo(value.decode())
        return
    _publish(key, value, record_at, brokers=brokers, topic=topic)


def _check(key: bytes, value: bytes, at: int, *, force: bool) -> None:
    """Check the event as the job would, before it is sent."""
    from udfs.codecs.decode import decode_all
    from udfs.core.records import Rejection

    for answer in decode_all(key, value, at):
        if not isinstance(answer, Rejection):
            continue
        what = "set a part of it aside" if answer.accepted else "reject it"
        told = f"the job would {what}: {answer.reason}" + (f", {answer.field}" if answer.field else "") + f": {answer.message}"
        if not force:
            message = f"{told}\n--force sends it anyway"
            raise click.ClickException(message)
        click.secho(told, fg="yellow", err=True)


def _publish(key: bytes, value: bytes, at: int, *, brokers: str | None, topic: str | None) -> None:
    from kafka.errors import InvalidTimestampError

    from services.devstack.settings import load
    from services.kafka.client import end_offsets, producer

    settings = load()
    brokers, topic = brokers or settings.brokers, topic or settings.events_topic
    try:
        end_offsets(brokers, topic)  # reports what is missing, where a producer would only wait
        kafka = producer(brokers)
        try:
            stored = kafka.send(topic, key=key, value=value, timestamp_ms=at).get(timeout=15)
        finally:
            kafka.close(timeout=15)
    except InvalidTimestampError as error:
        message = f"{topic} does not accept a record of {date_and_time(at)}: with the live clock, at most an hour ahead of now is possible"
        raise click.ClickException(message) from error
    click.echo(f"{topic} partition {stored.partition} offset {stored.offset}, key {key.decode()}, {date_and_time(at)}: {value.decode()}")


def _pairs(pairs: tuple[str, ...], field: str) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for pair in pairs:
        name, given, text = pair.partition("=")
        if not given or not name:
            message = f"{pair!r} is not KEY=VALUE, as {field} needs"
            raise click.UsageError(message)
        try:
            found[name] = json.loads(text)
        except ValueError:
            found[name] = text
    return found


def _instant(text: str, flag: str) -> int:
    try:
        return parse_instant(text)
    except BadInstant as error:
        message = f"{flag}: {error}"
        raise click.UsageError(message) from error


def _time_within(raw: str, now: int) -> int:
    """The record's time for an event that brings its own: when it was received, sent, or happened; now where it brings none that can be read."""
    try:
        event = json.loads(raw)
        return parse_instant(next(event[name] for name in ("receivedAt", "sentAt", "timestamp") if event.get(name)))
    except (ValueError, TypeError, AttributeError, StopIteration, BadInstant):
        return now
