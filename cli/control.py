"""Shared by commands that read or change `control`: the broker, the signature, and error messages."""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from services.documents.findings import Finding


def broker(command: Callable[..., None]) -> Callable[..., None]:
    """Add the options for the broker and the control topic."""
    command = click.option("--control-topic", "topic", default="control", show_default=True, help="Topic of campaigns, policy and switches.")(command)
    return click.option("--brokers", default=None, metavar="HOST:PORT,…", help="Kafka. [default: the local stack's]")(command)


def signed(command: Callable[..., None]) -> Callable[..., None]:
    """Add the options for who makes a change and why. The command gets them as `signed`."""

    @functools.wraps(command)
    def with_signature(*args: Any, who: str, why: str, **kwargs: Any) -> None:
        from services.control.signature import Signature

        command(*args, signed=Signature(who=who, why=why), **kwargs)

    with_why = click.option("--why", default="", metavar="TEXT", help="The reason, recorded on the topic `audit`.")(with_signature)
    return click.option("--by", "who", default="", metavar="NAME", help="Who makes the change. [default: $KAIROS_USER, or user@host]")(with_why)


@contextmanager
def told() -> Iterator[None]:
    """Turn errors about the broker, a name or a state into one line and an exit code."""
    from kafka.errors import KafkaError

    from jobs.control import TopicUnusable
    from services.control.send import AuditError
    from services.control.states import StateError
    from services.kafka.client import KafkaUnavailable

    try:
        yield
    except (TopicUnusable, KafkaUnavailable, LookupError, StateError, AuditError) as e:
        raise click.ClickException(str(e.args[0] if e.args else e)) from e
    except KafkaError as e:
        message = f"Kafka answered {type(e).__name__}: {e}. `kairos status` shows what runs; name another broker with --brokers"
        raise click.ClickException(message) from e


def stop_for(findings: Sequence[Finding], *, unchecked: int = 0) -> None:
    """Print findings and end the command, if there are any. `unchecked` is the number of files that could not be checked because of them."""
    if findings:
        for finding in findings:
            click.echo(f"{click.style('✗', fg='red')} {finding}\n", err=True)
        click.echo(f"{many(len(findings), 'problem')} found" + (f", {many(unchecked, 'file')} not checked" if unchecked else ""), err=True)
        sys.exit(1)


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


def many(count: int, what: str) -> str:
    """A number with its noun."""
    return f"{count} {what}{'' if count == 1 else 's'}"
