"""How a command that reads events finds their schemas: --schema-registry, the same for all."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import click

from jobs.registry.told import VARIABLE

HELP = f"Schema registry of events in Confluent's Avro format: its https URL, or a file of properties. [default: ${VARIABLE}]"


def registry(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the option. Whatever the command decodes is read with this registry's schemas."""

    @functools.wraps(command)
    def reading(*args: Any, schema_registry: str | None, **kwargs: Any) -> Any:
        if schema_registry is not None:
            from jobs.registry.chosen import using

            click.get_current_context().with_resource(using(schema_registry))
        return command(*args, **kwargs)

    return click.option("--schema-registry", default=None, metavar="URL|FILE", help=HELP)(reading)
