"""The one place where the command line says that something cannot be done: message, hint and exit status 1, without a traceback."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import click

from udfs.core.values.errors import KairosError

if TYPE_CHECKING:
    from services.documents.findings import Finding


class Group(click.Group):
    """A group of commands that tell what went wrong, where its message already says how to fix it."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run a command."""
        with told():
            return super().invoke(ctx)


@contextmanager
def told() -> Iterator[None]:
    """End with a message where we, or Kafka, say that something cannot be done."""
    try:
        yield
    except KairosError as error:
        findings: Sequence[Finding] = getattr(error, "findings", ())
        stop_for(findings)
        raise click.ClickException(error.message + (f"\nhint: {error.hint}" if error.hint else "")) from error
    except Exception as error:
        if not _of_kafka(error):
            raise
        if (denied := _denied(error)) is not None:
            raise click.ClickException(denied) from error
        message = f"Kafka answered {type(error).__name__}: {error}. `kairos status` tells what runs; another broker is named with --brokers"
        raise click.ClickException(message) from error


def _of_kafka(error: Exception) -> bool:
    """Whether it is an error of the client library, which is only imported where it is used."""
    kafka = sys.modules.get("kafka.errors")
    return kafka is not None and isinstance(error, kafka.KafkaError)


def _denied(error: Exception) -> str | None:
    """What the broker does not allow, with what to do; None for other errors."""
    what = {
        "TopicAuthorizationFailedError": "the topic",
        "GroupAuthorizationFailedError": "the consumer group",
        "TransactionalIdAuthorizationFailedError": "transactions",
        "ClusterAuthorizationFailedError": "writing (Write on any topic is missing)",
    }
    named = next((name for name in what if name in type(error).__name__ or name in str(error)), None)
    if named is None:
        return None
    from jobs.kafka.chosen import chosen

    return f"the broker does not allow the user of {chosen()}: {what[named]} ({error}). `kairos acls` lists what each process needs"


def stop_for(findings: Sequence[Finding], *, unchecked: int = 0) -> None:
    """Print what is wrong and end the command; do nothing when nothing is. `unchecked`: files that could not be checked because of it."""
    if findings:
        for finding in findings:
            click.echo(f"{click.style('✗', fg='red')} {finding}\n", err=True)
        click.echo(f"{many(len(findings), 'problem')} found" + (f", {many(unchecked, 'file')} not checked" if unchecked else ""), err=True)
        sys.exit(1)


def many(count: int, what: str) -> str:
    """A number with its noun."""
    return f"{count} {what}{'' if count == 1 else 's'}"
