"""`kairos campaigns`: check, test, publish, review, list, pause, resume and remove campaigns."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import click

from cli import campaign_files, campaign_rollout
from cli.control import address, broker, mark, signed, warn_of
from cli.told import Group

if TYPE_CHECKING:
    from services.control.listing import Published
    from services.control.records import ControlRecord
    from services.control.signature import Signature


@click.group(cls=Group)
def campaigns() -> None:
    """Check, test, publish, list, pause and remove campaigns, and bring them to all customers step by step.

    Without FILE, these commands use the campaigns shipped with Kairos. A FOLDER stands for every campaign in it.
    """


@campaigns.command(short_help="Publish campaigns and features to the running job.")
@campaign_files.FILES
@click.option("--as", "state", type=click.Choice(["draft", "live"]), help="The new state. [default: unchanged; a new campaign is live]")
@click.option("--again", is_flag=True, help="Even if the rollout of this very version was stopped.")
@broker
@signed
def publish(
    paths: Sequence[Path], state: Literal["draft", "live"] | None, brokers: str | None, topic: str, signed: Signature, *, again: bool
) -> None:
    """Publish campaigns and features: live in the job within a second. Nothing is sent if one of them is broken."""
    from services.control.deployment import deployed_channels
    from services.control.doubts import doubts_of
    from services.control.listing import entries, standing
    from services.control.publish import publish as published
    from services.control.states import NEXT
    from services.devstack.settings import load
    from services.documents.check import assess
    from udfs.core.campaigns.compile_book import compile_book

    files = campaign_files.load(paths)
    records = published(address(brokers), topic, files, dated=load().clock != "replay", state=state, again=again, signed=signed)
    held = entries(address(brokers), topic)
    stands = standing(held)
    warn_of(assess(files).doubts)
    campaign_files.doubt(files, stands)
    warn_of(doubts_of(files, compile_book(held)))
    if deployed_channels(stands) is None:
        click.echo(f"{click.style('!', fg='yellow')} nothing was submitted yet, so channels cannot be checked: run `kairos submit`", err=True)
    for record in records:
        name = record.key.removeprefix("campaign/")
        resting = "" if record.status == "live" else f"  ({record.status}, so it does not act; {NEXT[record.status].format(name=name)})"
        way = next((_way(each) for each in stands if each.key == record.key), "")
        click.echo(f"{mark(True)} {name}  version {record.version}{way}{resting}")


@campaigns.command(name="list")
@broker
def list_(brokers: str | None, topic: str) -> None:
    """List what is published."""
    from datetime import UTC, datetime

    from rich.console import Console
    from rich.table import Table

    from services.control.listing import entries, refused, standing
    from services.control.switches import in_words, switched_off

    held = entries(address(brokers), topic)
    held_now = standing(held)
    found, broken = [entry for entry in held_now if entry.kind not in {"catalogue", "deployment", "model", "recommender", "switch"}], refused(held)
    for switch in switched_off(held_now):
        click.echo(f"{mark(False)} {in_words(switch)} (`kairos switch on {switch.name.replace('/', ' ')}`)")
    for key, why in broken.items():
        stays = ": the last valid one stays in force" if any(entry.key == key for entry in found) else ""
        click.echo(f"{mark(False)} {key}: the newest record on {topic} is refused{stays}. {why}", err=True)
    if not found:
        click.echo("nothing is published: `kairos campaigns publish` publishes the campaigns shipped with Kairos")
        return
    table = Table(box=None, pad_edge=False, header_style="bold")
    for title in ("campaign", "version", "status", "trigger", "published", "by"):
        table.add_column(title, overflow="fold")
    for entry in found:
        when = datetime.fromtimestamp(entry.published_at / 1000, UTC).astimezone().strftime("%Y-%m-%d %H:%M:%S")
        acts = entry.trigger if entry.kind == "campaign" else _held(entry)
        table.add_row(entry.name, entry.version, f"{entry.status}{_way(entry)}", acts, when, entry.published_by)
    console = Console()
    console.print(table) if console.is_terminal else Console(width=200).print(table)


@campaigns.command(short_help="Ask for a review of a draft.")
@click.argument("name")
@broker
@signed
def review(name: str, brokers: str | None, topic: str, signed: Signature) -> None:
    """Ask for a review of a draft. Somebody else reads it, and makes it live with `kairos campaigns approve`."""
    from services.control.states import review as asked

    _now(asked(address(brokers), topic, name, signed=signed))


@campaigns.command(short_help="Make a campaign in review live.")
@click.argument("name")
@click.option("--self", "oneself", is_flag=True, help="Even if you asked for the review yourself.")
@broker
@signed
def approve(name: str, brokers: str | None, topic: str, signed: Signature, *, oneself: bool) -> None:
    """Make a campaign in review live. Somebody other than the person who asked for the review must do it."""
    from services.control.states import approve as approved

    _now(approved(address(brokers), topic, name, oneself=oneself, signed=signed))


@campaigns.command(short_help="Stop a campaign from acting until it is resumed.")
@click.argument("name")
@broker
@signed
def pause(name: str, brokers: str | None, topic: str, signed: Signature) -> None:
    """Stop a campaign from acting until it is resumed. What falls due in the meantime is dropped."""
    from services.control.states import set_status

    _now(set_status(address(brokers), topic, name, "paused", signed=signed))


@campaigns.command()
@click.argument("name")
@broker
@signed
def resume(name: str, brokers: str | None, topic: str, signed: Signature) -> None:
    """Make a paused campaign live again."""
    from services.control.states import set_status

    _now(set_status(address(brokers), topic, name, "live", signed=signed))


@campaigns.command(short_help="Remove campaigns permanently.")
@click.argument("names", metavar="NAME…", nargs=-1, required=True)
@broker
@signed
def remove(names: Sequence[str], brokers: str | None, topic: str, signed: Signature) -> None:
    """Remove campaigns. They stay removed after failovers and restores."""
    from services.control.publish import remove as removed

    for record in removed(address(brokers), topic, names, signed=signed):
        click.echo(f"{mark(True)} {record.key.removeprefix('campaign/')} is removed")


for command in (campaign_files.check, campaign_files.test, campaign_rollout.rollout, campaign_rollout.watch, campaign_rollout.rollback):
    campaigns.add_command(command)


def _way(entry: Published) -> str:
    """How far it has come on its way to all customers; empty where it has come to all."""
    from services.control.campaign_rollouts import standing_of

    now = standing_of(entry.value)
    return "" if now is None else f" {now.words}"


def _held(entry: Published) -> str:
    """What a record other than a campaign contains."""
    written = {name: value for name, value in entry.document.items() if name not in {"introduced", "removed"}}
    return ", ".join(f"{len(value)} {name}" if isinstance(value, list) else name for name, value in written.items())


def _now(record: ControlRecord) -> None:
    click.echo(f"{mark(True)} {record.key.removeprefix('campaign/')} is {record.status.replace('_', ' ')}  (version {record.version})")
