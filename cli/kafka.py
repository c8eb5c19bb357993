"""How a command reaches Kafka: --brokers and --kafka-properties, the same for all."""

from __future__ import annotations

import functools
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from jobs.kafka.chosen import VARIABLE, brokers_of, using

if TYPE_CHECKING:
    from services.devstack.settings import Settings

FILE = click.Path(path_type=Path, dir_okay=False)
HELP = f"File of Kafka client properties, for a secured broker. [default: ${VARIABLE}, or the local stack's]"


def kafka(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add both options. The command gets `brokers`, from its flag or the file, or None; its clients connect as the file says."""

    @functools.wraps(command)
    def connected(*args: Any, brokers: str | None, kafka_properties: Path | None, **kwargs: Any) -> Any:
        context = click.get_current_context()
        return command(*args, brokers=reach(context, brokers, kafka_properties), **kwargs)

    with_file = properties(connected)
    return click.option("--brokers", default=None, metavar="HOST:PORT,…", help="Kafka. [default: that of the properties, or the local stack's]")(
        with_file
    )


def properties(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the option for the file alone."""
    return click.option("--kafka-properties", type=FILE, envvar=VARIABLE, metavar="FILE", help=HELP)(command)


def reach(context: click.Context, brokers: str | None, file: Path | None) -> str | None:
    """Connect with this file until the command ends. Returns the brokers that are meant, None for the local stack's."""
    if file is None and brokers is None:
        from services.devstack.settings import load

        known = load()
        file = Path(known.kafka_properties) if known.kafka_properties else None
        brokers = known.other_brokers or None
    context.with_resource(using(file or ""))
    return brokers or (brokers_of(file) if file else "") or None


def local_stack() -> Settings:
    """The settings of the local stack, connected as it is until the command ends, whatever the environment says."""
    from services.devstack.settings import load

    known = load()
    click.get_current_context().with_resource(using(known.kafka_properties))
    return known
