"""What every command that reads or changes `control` shares: where it is, who signs, and how a doubt reads."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from services.documents.findings import Finding


def broker(command: Callable[..., None]) -> Callable[..., None]:
    """Add the options that say where `control` is."""
    command = click.option("--control-topic", "topic", default="control", show_default=True, help="Topic of campaigns, policy and switches.")(command)
    return click.option("--brokers", default=None, metavar="HOST:PORT,…", help="Kafka. [default: the local stack's]")(command)


def signed(command: Callable[..., None]) -> Callable[..., None]:
    """Add the options that say who makes a change and why; the command gets them as `signed`."""

    @functools.wraps(command)
    def with_signature(*args: Any, who: str, why: str, **kwargs: Any) -> None:
        from services.control.signature import Signature

        command(*args, signed=Signature(who=who, why=why), **kwargs)

    with_why = click.option("--why", default="", metavar="TEXT", help="The reason, kept on the topic `audit`.")(with_signature)
    return click.option("--by", "who", default="", metavar="NAME", help="Who does it. [default: $KAIROS_USER, else user@host]")(with_why)


def warn_of(findings: Sequence[Finding]) -> None:
    """Print what is no mistake, but probably not meant."""
    for finding in findings:
        click.echo(f"{click.style('!', fg='yellow')} {finding}\n", err=True)


def address(brokers: str | None) -> str:
    """The brokers named, else the local stack's."""
    from services.devstack.settings import load

    return brokers or load().brokers


def mark(good: bool) -> str:  # noqa: FBT001 - a mark has one question
    """A tick or a cross."""
    return click.style("✓", fg="green") if good else click.style("✗", fg="red")
