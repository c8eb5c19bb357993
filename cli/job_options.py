"""The options of a job as click options, generated from its dataclass in jobs/."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import Field
from typing import Any, TypeVar

import click

from jobs.command_line import flag_of_field
from jobs.options import Options, options

Chosen = TypeVar("Chosen")
F = TypeVar("F", bound=Callable[..., Any])


def flags(items: Sequence[Field[Any]]) -> Callable[[F], F]:
    """Add every one of these options to a command, which gets them by field name."""

    def added(command: F) -> F:
        for item in reversed(items):
            choices = item.metadata["choices"]
            kind: Any = click.Choice(choices) if choices else type(item.default)
            # None means "not given": so the command can tell the user's choices from defaults.
            line = f"{item.metadata['help']}  [default: {item.default}]" if item.default != "" else item.metadata["help"]
            command = click.option(flag_of_field(item), item.name, type=kind, default=None, help=line)(command)
        return command

    return added


def job_options(command: F) -> F:
    """Add every option of the main job."""
    return flags(options())(command)


def options_of(told: dict[str, Any], **instead: Any) -> Options:
    """The main job's options as told; `instead` gives other defaults, such as the local broker's address. UsageError on a mistake."""
    names = {item.name for item in options()}
    return made(Options, {name: value for name, value in told.items() if name in names}, **instead)


def made(kind: Callable[..., Chosen], told: dict[str, Any], **instead: Any) -> Chosen:
    """Options as told, without those that are None; `instead` gives other defaults. UsageError on a mistake."""
    try:
        return kind(**{**instead, **{name: value for name, value in told.items() if value is not None}})
    except ValueError as problem:
        raise click.UsageError(str(problem)) from problem
