"""`kairos acls`: the permissions that each process needs on a secured broker, as Kafka's own commands."""

import os
from pathlib import Path
from typing import Any

import click

from cli.job_options import job_options, options_of
from jobs.kafka.chosen import VARIABLE, brokers_of


@click.command()
@click.argument("process", required=False, metavar="[PROCESS]")
@click.option("--principal", default="User:kairos", show_default=True, help="Who gets them.")
@click.option("--command-config", default="admin.properties", show_default=True, metavar="FILE", help="The file that Kafka's command connects with.")
@job_options
def acls(process: str | None, principal: str, command_config: str, **told: Any) -> None:
    """Print the commands that give PROCESS what it needs, and nothing more. Without PROCESS, list the processes and their permissions.

    Give the options of the job that change names, as for `kairos submit`: --deployment, --channels, the topics.
    """
    from jobs.kafka.grants import grants
    from services.control.audit import audit_name

    file = told.get("kafka_properties") or os.environ.get(VARIABLE, "")
    options = options_of(told, **({"brokers": named} if file and (named := brokers_of(Path(file))) else {}))
    known = grants(options, audit=audit_name(options.control_topic))
    if process is None:
        for name, wanted in known.items():
            click.echo(f"{name}: {', '.join(map(str, wanted))}")
    elif process in known:
        for grant in known[process]:
            click.echo(grant.command(principal=principal, brokers=options.brokers, file=command_config))
    else:
        message = f"no process {process!r}: {', '.join(repr(name) for name in known)}"
        raise click.UsageError(message)
