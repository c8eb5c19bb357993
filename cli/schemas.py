"""`kairos schemas`: what Kairos writes, described in a schema registry."""

from __future__ import annotations

from typing import Any

import click

from cli.job_options import options_of
from cli.told import Group
from jobs.registry.told import VARIABLE


@click.group(cls=Group)
def schemas() -> None:
    """The schemas of a registry."""


@schemas.command()
@click.option("--schema-registry", default=None, metavar="URL|FILE", help=f"Its https URL, or a file of properties. [default: ${VARIABLE}]")
@click.option(
    "--subject-strategy",
    type=click.Choice(["topic", "record", "topic-record"]),
    default="topic",
    show_default=True,
    help="What subjects are called: TOPIC-value, the record's full name, or TOPIC-NAME.",
)
@click.option("--channels", default=None, metavar="NAME,…", help="Channels whose topics of actions are meant. [default: the usual ones]")
@click.option("--dry-run", is_flag=True, help="Only say what would be registered, and whether it is compatible.")
def register(*, schema_registry: str | None, subject_strategy: Any, channels: str | None, dry_run: bool) -> None:
    """Register the schemas of decisions, actions, recalls, segments and rejected records, as Avro.

    All are checked first. If one is not compatible with the version before, none is registered. The topics hold JSON with exactly these
    fields, and no schema id: the subjects are for catalogues, generated code and reviews.
    """
    from jobs.registry.address import address
    from jobs.registry.client import PATIENT_S, Client
    from jobs.registry.told import told
    from services.registry.register import register as run

    where = told(schema_registry)
    if not where:
        message = f"which registry? --schema-registry URL, or {VARIABLE}"
        raise click.UsageError(message)
    options = options_of({"channels": channels})
    client = Client(address(where), deadline_s=PATIENT_S)
    for each in run(client, options.topics, subject_strategy, dry_run=dry_run):
        number = f", id {each.id}" if each.id is not None else ""
        click.echo(f"{each.subject:<40} {each.record:<30} {each.done}{number}")
    click.echo(f"{'would be registered' if dry_run else 'registered'} with {client.url}. The topics hold these records as JSON, without schema ids")
