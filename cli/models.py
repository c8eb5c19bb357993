"""`kairos models`: the published models and their versions."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from cli.control import address, broker, signed
from cli.model_drift import drift
from cli.model_roles import role
from cli.model_versions import compare, now, opened, promote, registered, registry_option, retire, show
from cli.rollout import rollout, watch
from services.control.records import ControlRecord
from services.control.signature import Signature


@click.group()
def models() -> None:
    """Publish, list and replace the models that score. A change takes effect within a second, without a restart."""


@models.command()
@click.argument("manifest", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@broker
@signed
def publish(manifest: Path, brokers: str | None, topic: str, signed: Signature) -> None:
    """Publish the model of this MANIFEST as the current version. Nothing is sent if the job would refuse it."""
    from services.control.model_records import ModelError, manifest_of
    from services.control.models import publish as published

    try:
        document = manifest_of(manifest.read_bytes())
    except ModelError as error:
        message = f"{manifest} {error}"
        raise click.ClickException(message) from None
    _done(lambda brokers: published(brokers, topic, document, signed=signed), brokers)


for each in (show, compare, promote, retire, rollout, watch, drift):
    models.add_command(each)


@models.command(name="list")
@click.option("--registered", "in_registry", is_flag=True, help="list the versions of the registry instead, with their aliases")
@registry_option
@broker
def list_(*, in_registry: bool, folder: str | None, brokers: str | None, topic: str) -> None:
    """List the published models, with the current version first; or the versions that are registered."""
    if in_registry or folder is not None:
        registered(opened(folder))
        return
    from rich.console import Console
    from rich.table import Table

    from services.control.models import listed

    found = listed(address(brokers), topic)
    if not found:
        click.echo("no model is published: `python -m training` trains and publishes one; until then cold starts are used")
        return
    table = Table(box=None, pad_edge=False, header_style="bold")
    for title in ("model", "version", "speaks", "AUC", "trained on", "inputs", "file"):
        table.add_column(title, overflow="fold")
    for each in found:
        for manifest in each.document["versions"]:
            table.add_row(
                each.name,
                str(manifest["version"]),
                role(each.document, str(manifest["version"]), each.status),
                _figure(manifest, "metrics", "auc"),
                f"{_figure(manifest, 'trained', 'rows')} rows",
                str(len(manifest["inputs"])),
                str(manifest["uri"]),
            )
    console = Console()
    console.print(table) if console.is_terminal else Console(width=200).print(table)


@models.command()
@click.argument("name")
@click.argument("version")
@broker
@signed
def use(name: str, version: str, brokers: str | None, topic: str, signed: Signature) -> None:
    """Make another available VERSION current (see `kairos models list`)."""
    from services.control.models import use as used

    _done(lambda brokers: used(brokers, topic, name, version, signed=signed), brokers)


@models.command()
@click.argument("name")
@click.option("--offline", is_flag=True, help="change the registry alone: nothing is published")
@registry_option
@broker
@signed
def rollback(name: str, *, offline: bool, folder: str | None, brokers: str | None, topic: str, signed: Signature) -> None:
    """Take back the version on trial. If there is none: return to the version before the current one, in the registry as well."""
    registry = opened(folder)
    if offline:
        click.echo(f"{name}:{registry.rollback(name).version} is champion")
        return
    from services.control.models import by_name
    from services.control.models import rollback as rolled
    from services.control.rollouts import on_trial

    tried = on_trial(by_name(address(brokers), topic, name).document)
    made = rolled(address(brokers), topic, name, signed=signed)
    _told(made)
    version = str(json.loads(made.value or b"{}")["document"]["current"])
    if tried is not None:
        click.echo(f"{name}:{tried} is taken back")
        if name in registry.models() and any(each.version == tried for each in registry.versions(name)):
            registry.release(name, tried)
        return
    if name in registry.models() and any(each.version == version for each in registry.versions(name)):
        registry.back_to(name, version, at=now(), by="rollback")
        click.echo(f"{name}:{version} is champion")


@models.command()
@click.argument("name")
@broker
@signed
def pause(name: str, brokers: str | None, topic: str, signed: Signature) -> None:
    """Pause a model: its cold start is used until it is resumed."""
    from services.control.models import set_status

    _done(lambda brokers: set_status(brokers, topic, name, "paused", signed=signed), brokers)


@models.command()
@click.argument("name")
@broker
@signed
def resume(name: str, brokers: str | None, topic: str, signed: Signature) -> None:
    """Resume a paused model."""
    from services.control.models import set_status

    _done(lambda brokers: set_status(brokers, topic, name, "live", signed=signed), brokers)


@models.command()
@click.argument("name")
@broker
@signed
def remove(name: str, brokers: str | None, topic: str, signed: Signature) -> None:
    """Remove a model, with all its versions."""
    from services.control.models import remove as removed

    _done(lambda brokers: removed(brokers, topic, name, signed=signed), brokers)


def _done(act: Callable[[str], ControlRecord], brokers: str | None) -> None:
    _told(act(address(brokers)))


def _told(made: ControlRecord) -> None:
    if made.value is None:
        click.echo(f"{made.key.removeprefix('model/')} is removed: its cold start is used")
        return
    document = json.loads(made.value)["document"]
    click.echo(f"{document['model']}:{document['current']} {'is paused' if made.status == 'paused' else 'is current'}")


def _figure(manifest: dict[str, Any], part: str, name: str) -> str:
    value = (manifest.get(part) or {}).get(name)
    value = value.get("value") if isinstance(value, dict) else value[0] if isinstance(value, list) and value else value
    return "" if value is None else f"{value:.3f}" if isinstance(value, float) else f"{value:,}" if isinstance(value, int) else str(value)
