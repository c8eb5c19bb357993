"""`kairos models show`, `compare`, `promote`, `retire`: the registry's versions and aliases. `list` and `rollback` are in `cli.models`."""

import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, TypeVar

import click

from cli.control import address, broker, signed
from cli.model_roles import roles
from services.control.signature import Signature

if TYPE_CHECKING:
    from services.model_versions.versions import Version, Versions

F = TypeVar("F", bound=Callable[..., Any])
ALIASES = click.Choice(("champion", "challenger", "shadow"))
DAMAGED = (AttributeError, LookupError, OverflowError, TypeError, ValueError)
UNREADABLE = "damaged"
"""Stands for what a manifest that somebody has changed does not say: one such version must not hide the others."""
FIGURES = ("auc", "ap", "brier", "calibration_error", "lift", "rows")


def registry_option(command: F) -> F:
    """Add the option that names the registry."""
    option = click.option(
        "--registry",
        "folder",
        metavar="FOLDER|URL",
        help="the folder of versions, or an MLflow server  [default: registry in the state folder]",
    )
    return option(command)


def offline_option(command: F) -> F:
    """Add the option that leaves `control` alone."""
    return click.option("--offline", is_flag=True, help="do not ask the broker what is published")(command)


def opened(folder: str | None) -> "Versions":
    """The registry of this folder or address, or the local one."""
    from services.devstack import settings
    from services.model_versions import place

    return place.opened(folder or settings.home() / "registry")


@click.command()
@click.argument("name")
@click.argument("version", default="")
@offline_option
@registry_option
@broker
def show(name: str, version: str, *, offline: bool, folder: str | None, brokers: str | None, topic: str) -> None:
    """Show the model card and the lineage of a VERSION, or of an alias, and what the job uses it for.

    Without one: the champion's, or else the newest.
    """
    registry = opened(folder)
    found = registry.version(name, version) if version else registry.holder(name, "champion") or registry.versions(name)[0]
    if card := found.read("card.md"):
        click.echo(card.decode("utf-8", "replace"))
    published = roles(brokers, topic, name, offline=offline)
    told = ", ".join(found.aliases) or ("retired" if found.retired else "no alias")
    click.echo(f"{found.model} {found.version}: {told}; registered {_when(found.at)}")
    for key in ("run", "estimator", "settings", "seed", "code", "champion_then"):
        if found.lineage.get(key) is not None:
            click.echo(f"  {key:<14} {found.lineage[key]}")
    click.echo(f"  {'files':<14} {found.place}")
    if told := published.of(found.version):
        click.echo(f"  {'published':<14} {told}")
    if published.unknown:
        click.echo(f"what is published is not known: {published.unknown}")
    if apart := published.apart(_champion(registry, name)):
        click.echo(apart)


@click.command()
@click.argument("name")
@click.argument("versions", nargs=-1)
@offline_option
@registry_option
@broker
def compare(name: str, versions: tuple[str, ...], *, offline: bool, folder: str | None, brokers: str | None, topic: str) -> None:
    """Compare VERSIONS or aliases side by side: figures, data, inputs, and what the job uses them for. Without any: the champion and the newest.

    Each version was evaluated on its own test rows. `python -m training run` compares with the champion on the same rows.
    """
    from rich.console import Console
    from rich.table import Table

    registry = opened(folder)
    found = [registry.version(name, each) for each in versions] or _two(registry, name)
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("")
    for each in found:
        table.add_column(f"{each.version} {' '.join(each.aliases)}".strip(), overflow="fold")
    published = roles(brokers, topic, name, offline=offline)
    if any(told := [published.of(each.version) for each in found]):
        table.add_row("published", *told)
    for figure in FIGURES:
        table.add_row(figure, *(_figure(each.manifest.get("metrics") or {}, figure) for each in found))
    table.add_row("learned from", *(_period(each) for each in found))
    table.add_row("estimator", *(str(each.lineage.get("estimator", "")) for each in found))
    inputs = [_inputs(each) for each in found]
    common = set.intersection(*inputs)
    table.add_row("inputs", *(str(len(each)) for each in inputs))
    table.add_row("only there", *(", ".join(sorted(each - common)) or "—" for each in inputs))
    Console(width=None if Console().is_terminal else 200).print(table)
    if published.unknown:
        click.echo(f"what is published is not known: {published.unknown}")
    if apart := published.apart(_champion(registry, name)):
        click.echo(apart)


@click.command()
@click.argument("name")
@click.argument("version")
@click.option("--to", "alias", type=ALIASES, default="champion", show_default=True, help="what the version becomes")
@click.option("--offline", is_flag=True, help="change the registry alone: a champion is not published")
@registry_option
@broker
@signed
def promote(name: str, version: str, alias: str, *, offline: bool, folder: str | None, brokers: str | None, topic: str, signed: Signature) -> None:
    """Give a VERSION an alias. A new champion is published first, and used from then on."""
    registry = opened(folder)
    found = registry.version(name, version)
    if found.retired:
        registry.promote(name, found.version, alias, at=now())  # which says why not
    if alias == "champion" and not offline:
        from services.control.models import publish

        publish(address(brokers), topic, found.manifest, signed=signed)
    registry.promote(name, found.version, alias, at=now(), by="cli")
    click.echo(f"{name}:{found.version} is {alias}" + (", and used from now on" if alias == "champion" and not offline else ""))


@click.command()
@click.argument("name")
@click.argument("version")
@registry_option
def retire(name: str, version: str, folder: str | None) -> None:
    """Take a VERSION out of use: it loses its aliases and cannot be promoted. Its files stay."""
    found = opened(folder).retire(name, version, at=now())
    click.echo(f"{name}:{found.version} is retired")


def registered(registry: "Versions") -> None:
    """Print every registered version, the newest first."""
    from rich.console import Console
    from rich.table import Table

    if not registry.models():
        click.echo("no model is registered: `python -m training run` trains and registers one")
        return
    table = Table(box=None, pad_edge=False, header_style="bold")
    for title in ("model", "version", "alias", "AUC", "AP", "Brier", "learned from", "registered"):
        table.add_column(title, overflow="fold")
    for name in registry.models():
        for each in registry.versions(name):
            metrics = each.manifest.get("metrics") or {}
            alias = ", ".join(each.aliases) or ("retired" if each.retired else "")
            table.add_row(name, each.version, alias, *(_figure(metrics, key) for key in ("auc", "ap", "brier")), _period(each), _when(each.at))
    Console(width=None if Console().is_terminal else 200).print(table)


def now() -> int:
    """Epoch milliseconds."""
    return int(time.time() * 1000)


def _champion(registry: "Versions", name: str) -> str | None:
    held = registry.holder(name, "champion")
    return held.version if held else None


def _two(registry: "Versions", name: str) -> list["Version"]:
    versions = registry.versions(name)
    champion = registry.holder(name, "champion")
    newest = next((each for each in versions if champion is None or each.version != champion.version), None)
    return [each for each in (champion, newest) if each is not None]


def _figure(metrics: Any, name: str) -> str:
    try:
        value = metrics.get(name)
        if isinstance(value, Mapping):
            return f"{value['value']:.4f} [{value['low']:.4f}, {value['high']:.4f}]"
        return "" if value is None else f"{value:,}" if isinstance(value, int) else f"{value:.4f}"
    except DAMAGED:
        return UNREADABLE


def _period(version: "Version") -> str:
    trained = version.manifest.get("trained") or {}
    try:
        return f"{trained['rows']:,} rows, {_when(trained['from'])} to {_when(trained['to'])}" if "rows" in trained else ""
    except DAMAGED:
        return UNREADABLE


def _inputs(version: "Version") -> set[str]:
    try:
        return {str(one["feature"]) for one in version.manifest.get("inputs", ())}
    except DAMAGED:
        return {UNREADABLE}


def _when(at: int) -> str:
    return datetime.fromtimestamp(at / 1000, UTC).strftime("%Y-%m-%d")
