"""What every command that reads or changes `control` shares: where it is, who signs, and how a doubt reads."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import click

from cli.kafka import kafka

if TYPE_CHECKING:
    from services.documents.findings import Finding


def broker(command: Callable[..., None]) -> Callable[..., None]:
    """Add the options for the broker and the control topic."""
    command = click.option("--control-topic", "topic", default="control", show_default=True, help="Topic of campaigns, policy and switches.")(command)
    return kafka(command)


def signed(command: Callable[..., None]) -> Callable[..., None]:
    """Add the options for who makes a change and why. The command gets them as `signed`."""

    @functools.wraps(command)
    def with_signature(*args: Any, who: str, why: str, **kwargs: Any) -> None:
        from services.control.signature import Signature

        command(*args, signed=Signature(who=who, why=why), **kwargs)

    with_why = click.option("--why", default="", metavar="TEXT", help="The reason, recorded on the topic `audit`.")(with_signature)
    return click.option("--by", "who", default="", metavar="NAME", help="Who makes the change. [default: $KAIROS_USER, or user@host]")(with_why)


def warn_of(findings: Sequence[Finding]) -> None:
    """Print warnings: what is allowed, but probably a mistake."""
    for finding in findings:
        click.echo(f"{click.style('!', fg='yellow')} {finding}\n", err=True)


def address(brokers: str | None) -> str:
    """The given brokers, or the local stack's."""
    from services.devstack.settings import load

    return brokers or load().brokers


def mark(good: bool) -> str:  # noqa: FBT001 - a mark has one question
    """A tick or a cross."""
    return click.style("✓", fg="green") if good else click.style("✗", fg="red")
