"""How a job of SQL is submitted, the same for all: `kairos arms submit`, `kairos interest submit`, `kairos lake submit`."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

import click

from cli.job_options import flags, made
from jobs.sql_options import SqlOptions

if TYPE_CHECKING:
    from services.devstack.beside import Submitted
    from services.devstack.running import Say
    from services.devstack.settings import Settings

Chosen = TypeVar("Chosen", bound=SqlOptions)
F = TypeVar("F", bound=Callable[..., Any])


class Submit(Protocol[Chosen]):
    """As `submit` of services/devstack/arms.py."""

    def __call__(self, options: Chosen, settings: Settings, *, restore: str, say: Say) -> Submitted[Chosen]:
        """Replace the running job."""


def submit_options(kind: type[SqlOptions]) -> Callable[[F], F]:
    """Add --restore, and every option of the job."""

    def added(command: F) -> F:
        known = flags(kind.items())(command)
        help_ = "Go on from its newest state, from the beginning, or from a path."
        return click.option("--restore", default="auto", metavar="auto|none|PATH", help=help_)(known)

    return added


def submit(kind: type[Chosen], told: dict[str, Any], submit: Submit[Chosen], *, restore: str) -> Chosen:
    """Submit to the local stack, and say what runs now. Returns the options that it runs with. UsageError on a mistake."""
    from cli.kafka import local_stack

    settings = local_stack()
    options = made(kind, told, brokers=settings.brokers, kafka_properties=settings.kafka_properties)
    done = submit(options, settings, restore=restore, say=click.echo)
    click.echo(f"{done.options.identity} was running after {done.seconds:.1f} s: job {done.job}, {settings.rest}/#/job/running/{done.job}")
    click.echo(f"state    {f'from {done.restored}' if done.restored else 'fresh'}")
    return done.options
