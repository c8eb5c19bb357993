"""`kairos switch`: switch a campaign, a model, a channel or everything off, and on again."""

from __future__ import annotations

from typing import TYPE_CHECKING, NoReturn

import click

from cli.control import address, broker, mark, signed

if TYPE_CHECKING:
    from services.control.signature import Signature
    from services.control.switches import Target

WHAT = click.argument("what", type=click.Choice(["all", "campaign", "model", "channel"]))
NAME = click.argument("name", required=False, default="")
RENAMED = {"ignore_unknown_options": True, "allow_extra_args": True, "help_option_names": []}


@click.group()
def switch() -> None:
    """Switch a campaign, a model, a channel or everything off, and on again. Both take effect within a second."""


@switch.command()
@WHAT
@NAME
@broker
@signed
def off(what: str, name: str, brokers: str | None, topic: str, signed: Signature) -> None:
    """Switch off `all`, or a `campaign`, `model` or `channel` by NAME, until `kairos switch on`.

    Decisions go on, and are withheld as SWITCHED_OFF. If a model is off, its campaigns use their cold start.
    """
    from services.control.switches import switch_off

    target = _target(what, name, command="off")
    switch_off(address(brokers), topic, target, signed=signed)
    click.echo(f"{mark(True)} {target.words} is switched off (`kairos switch on {target.path.replace('/', ' ')}`)")


@switch.command()
@WHAT
@NAME
@broker
@signed
def on(what: str, name: str, brokers: str | None, topic: str, signed: Signature) -> None:
    """Switch on again what is off. Messages that were withheld in the meantime are not sent."""
    from services.control.switches import switch_on

    target = _target(what, name, command="on")
    switch_on(address(brokers), topic, target, signed=signed)
    click.echo(f"{mark(True)} {target.words} is on again")


@switch.command("list")
@broker
def list_(brokers: str | None, topic: str) -> None:
    """List what is switched off, and why."""
    from services.control.listing import published
    from services.control.switches import in_words, switched_off

    found = switched_off(published(address(brokers), topic))
    for each in found:
        click.echo(f"{mark(False)} {in_words(each)} (`kairos switch on {each.name.replace('/', ' ')}`)")
    if not found:
        click.echo("nothing is switched off")


@click.command(hidden=True, context_settings=RENAMED)
def kill() -> NoReturn:
    """Point to the new name of this command."""
    _renamed("kill", "off")


@click.command(hidden=True, context_settings=RENAMED)
def revive() -> NoReturn:
    """Point to the new name of this command."""
    _renamed("revive", "on")


def _renamed(old: str, new: str) -> NoReturn:
    click.echo(f"Error: `kairos {old}` is now `kairos switch {new}`, with the same arguments", err=True)
    raise click.exceptions.Exit(2)


def _target(what: str, name: str, *, command: str) -> Target:
    from services.control.switches import Target

    if (what == "all") == bool(name):
        message = "`all` takes no name" if name else f"which {what}? `kairos switch {command} {what} NAME`"
        raise click.UsageError(message)
    return Target(kind=what, name=name)  # type: ignore[arg-type] # click has held it to the choices
