"""The job's options as click options, generated from jobs/options.py."""

from collections.abc import Callable
from typing import Any

import click

from jobs.options import Options, flag_of, options


def job_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add every option of the job to a command, which gets them by field name."""
    for item in reversed(options()):
        choices = item.metadata["choices"]
        kind: Any = click.Choice(choices) if choices else type(item.default)
        # None means "not given": so the command can tell the user's choices from defaults.
        line = f"{item.metadata['help']}  [default: {item.default}]" if item.default != "" else item.metadata["help"]
        command = click.option(flag_of(item.name), item.name, type=kind, default=None, help=line)(command)
    return command


def options_of(told: dict[str, Any], **instead: Any) -> Options:
    """The job's options as told; `instead` gives other defaults, such as the local broker's address. UsageError on a mistake."""
    names = {item.name for item in options()}
    chosen = {name: value for name, value in told.items() if name in names and value is not None}
    try:
        return Options(**{**instead, **chosen})
    except ValueError as problem:
        raise click.UsageError(str(problem)) from problem
