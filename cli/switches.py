"""`kairos kill` and `kairos revive`: switch off a campaign, a model, a channel or everything, and on again."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from cli.control import address, broker, mark, signed

if TYPE_CHECKING:
    from services.control.signature import Signature
    from services.control.switches import Target

WHAT = click.argument("what", type=click.Choice(["all", "campaign", "model", "channel"]))
NAME = click.argument("name", required=False, default="")


@click.command()
@WHAT
@NAME
@broker
@signed
def kill(what: str, name: str, brokers: str | None, topic: str, signed: Signature) -> None:
    """Switch off `all`, or a `campaign`, `model` or `channel` by NAME: in force within a second, until `kairos revive`.

    What is switched off goes on being decided about, and is withheld as SWITCHED_OFF; a model's campaigns go on with their cold start.
    """
    from services.control.switches import kill as killed

    target = _target(what, name)
    killed(address(brokers), topic, target, signed=signed)
    click.echo(f"{mark(True)} {target.words} is switched off (`kairos revive {target.path.replace('/', ' ')}`)")


@click.command()
@WHAT
@NAME
@broker
@signed
def revive(what: str, name: str, brokers: str | None, topic: str, signed: Signature) -> None:
    """Switch on again what was killed. What was withheld meanwhile is not sent after all."""
    from services.control.switches import revive as revived

    target = _target(what, name)
    revived(address(brokers), topic, target, signed=signed)
    click.echo(f"{mark(True)} {target.words} is on again")


def _target(what: str, name: str) -> Target:
    from services.control.switches import Target

    if (what == "all") == bool(name):
        message = "all stands alone" if name else f"which {what}? `kairos kill {what} NAME`"
        raise click.UsageError(message)
    return Target(kind=what, name=name)  # type: ignore[arg-type] # click has held it to the choices
