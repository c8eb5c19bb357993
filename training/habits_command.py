"""`python -m training habits`: what customers usually do with messages, as lines of a policy."""

import json
import re
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from training import options
from udfs.core.values.zones import zone

if TYPE_CHECKING:
    from training.habits import Habits

PLAIN = re.compile(r"[a-z][a-z0-9_-]*")
"""A key that YAML needs no quotes for."""
SHOWN = 0.0005
"""An hour with less than this share of what is read is left out: half of 0.1 %."""


@click.command()
@options.with_source
@click.option("--timezone", metavar="ZONE", help="Of customers whose zone is not known, such as Europe/London. [default: they are left out]")
@click.option("--json", "as_json", is_flag=True, help="For programs.")
def habits(
    *,
    history: Path | None,
    lake: str | None,
    source: str,
    brokers: str | None,
    topic: str,
    link_ids: str,
    timezone: str | None,
    as_json: bool,
) -> None:
    """At which hours customers read messages, and how many they answer by each channel: lines for policy.yaml."""
    from training.habits import habits as habits_of

    if timezone is not None and zone(timezone) is None:
        message = f"{timezone!r} is not a time zone: write one such as Europe/London"
        raise click.BadParameter(message, param_hint="--timezone")
    found = options.source(history, source, brokers, topic, lake, link_ids=link_ids)
    usual = habits_of(found.read(), options.book((), None), links_ids=found.links_ids, timezone=timezone)
    if as_json:
        click.echo(json.dumps(asdict(usual)))
        return
    for line in _lines(usual):
        click.echo(line)


def _lines(usual: "Habits") -> list[str]:
    """YAML, with what it was made from as comments."""
    from training.habits import LEAST

    left_out = f"{usual.by_machine:,} opens and clicks by machines, {usual.without_id:,} receipts that name no decision_id"
    left_out += f", {usual.unreadable:,} records that could not be read" if usual.unreadable else ""
    lines = [f"# from {usual.receipts:,} receipts; left out: {left_out}"]
    if usual.hours:
        hours = ", ".join(f'"{hour}": {100 * share:.1f}' for hour, share in enumerate(usual.hours) if share >= SHOWN)
        lines += [f"# {usual.readers:,} customers read messages{_without(usual)}", f"send_time: {{hours: {{{hours}}}}}"]
    else:
        lines.append(f"# send_time: only {usual.readers:,} customers read messages{_without(usual)}; {LEAST} are needed")
    if usual.answered:
        lines += [f"# {channel}: {usual.messages[channel]:,} messages" for channel in usual.answered]
        lines.append(f"answered: {{{', '.join(f'{_key(channel)}: {100 * share:.1f}%' for channel, share in usual.answered.items())}}}")
    else:
        lines.append(f"# answered: no channel has {LEAST} messages that went out, a day ago or more, and were opened by anybody")
    none = "was opened or clicked, as far as anybody reports"
    return [*lines, *(f"# {channel}: none of {usual.messages[channel]:,} messages {none}" for channel in usual.unread)]


def _key(channel: str) -> str:
    """A name as YAML reads it, whatever a receipt calls its channel."""
    return channel if PLAIN.fullmatch(channel) else json.dumps(channel)


def _without(usual: "Habits") -> str:
    return f"; of {usual.without_zone:,} more nobody knows the time zone (--timezone)" if usual.without_zone else ""
