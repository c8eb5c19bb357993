"""`kairos submit`: run the main job on the local stack."""

import os
import shlex
from pathlib import Path
from typing import Any

import click

from cli.control import signed
from cli.job_options import job_options, options_of
from cli.kafka import FILE
from cli.parameters import ManyCampaigns
from jobs.kafka.chosen import VARIABLE, brokers_of, using
from jobs.kafka.java_client import properties_of
from jobs.options import arguments_of
from jobs.registry.address import check as check_registry
from jobs.registry.told import told as registry_of
from services.control.signature import Signature
from services.devstack.settings import Settings, load

FILES = click.Path(exists=True, path_type=Path)


@click.command(cls=ManyCampaigns)
@click.option("--campaigns", type=FILES, multiple=True, metavar="FILE…", help="Publish these instead of the shipped ones.")
@click.option("--policy", type=FILES, help="Publish this policy, too.")
@click.option("--restore", default="auto", metavar="auto|none|PATH", help="Start from its newest state, from none, or from a path.")
@click.option("--print-command", is_flag=True, help="Only package the job and print the `flink run` that any Flink 2.3 cluster takes.")
@click.option(
    "--prepare-only",
    is_flag=True,
    help="Create topics, publish, and announce the deployment; start no job. For a cluster that starts it itself, as in docker/compose.yaml.",
)
@click.option(
    "--create-topics/--no-create-topics",
    default=True,
    show_default=True,
    help="Create missing topics and set them up. Without it, a missing one is named, with the command that creates it.",
)
@click.option(
    "--admin-kafka-properties",
    type=FILE,
    metavar="FILE",
    help="Create topics and publish with these Kafka client properties, the job with its own. [default: the job's]",
)
@job_options
@signed
def submit(
    campaigns: tuple[Path, ...],
    policy: Path | None,
    restore: str,
    signed: Signature,
    *,
    print_command: bool,
    prepare_only: bool,
    create_topics: bool,
    admin_kafka_properties: Path | None,
    **told: Any,
) -> None:
    """Submit the main job, or replace the running one of this deployment and clock: stopped with a savepoint, gone on from there.

    Jobs of other deployments run on, in TaskManagers of their own.
    """
    if prepare_only and print_command:
        message = "--prepare-only and --print-command are two commands: the first changes Kafka, the second changes nothing"
        raise click.UsageError(message)
    settings = load()
    told["schema_registry"] = registry_of(told.get("schema_registry"))
    options = options_of(told, **_broker(told, settings))
    check_registry(options.schema_registry)
    if options.kafka_properties:
        properties_of(Path(options.kafka_properties))  # a secret in the clear must not get as far as the job graph
    if print_command:
        from services.devstack.jars import lock
        from services.devstack.launch import flink_run
        from services.devstack.package import package

        zipped = package(settings.home / "job" / "kairos.zip")
        click.echo(shlex.join(["flink", *flink_run(arguments_of(options), zipped, None)]))
        wanted = ", ".join(jar.coordinate for jar in lock() if jar.use == "flink")
        click.echo(f"The cluster: Flink 2.3, the locked Python packages on every node, in lib/ {wanted} and flink-python,", err=True)
        click.echo("one slot per TaskManager, and the settings of docker/flink/config.yaml.", err=True)
        return
    click.get_current_context().with_resource(using(admin_kafka_properties or options.kafka_properties))
    if prepare_only:
        from services.devstack.prepare import prepare

        prepare(options, campaigns=campaigns, policy=policy, signed=signed, create_topics=create_topics, say=click.echo)
        click.echo(
            f"{options.identity} is prepared at {options.brokers}: {options.events_topic}, {options.control_topic} -> {', '.join(options.outputs)}"
        )
        return
    from services.control.switches import in_words
    from services.devstack.submit import submit as run

    done = run(options, settings, campaigns=campaigns, policy=policy, restore=restore, signed=signed, create_topics=create_topics, say=click.echo)
    click.echo(f"{options.identity} was running after {done.seconds:.1f} s: job {done.job}, {settings.rest}/#/job/running/{done.job}")
    if options.schema_registry:
        click.echo(f"registry {options.schema_registry}")
    click.echo(f"state    {f'from {done.restored}' if done.restored else 'fresh'}, {options.guarantee}, parallelism {options.parallelism}")
    click.echo(f"topics   {options.events_topic}, {options.control_topic} -> {', '.join(options.outputs)}")
    for campaign in done.campaigns:
        click.echo(f"campaign {campaign.name} {campaign.version} ({campaign.status}): {campaign.trigger}")
    if done.policy is not None:
        click.echo(f"policy   {done.policy.version} ({', '.join(done.policy.document)})")
    for switch in done.switches:
        click.echo(f"switch   {in_words(switch)}")
    if not done.campaigns:
        click.echo("no campaign is published, so nothing will be decided: `kairos campaigns publish FILE`")


def _broker(told: dict[str, Any], settings: Settings) -> dict[str, Any]:
    """The broker and the file of properties, where the options do not name them. The file gets its whole path."""
    file = told.get("kafka_properties") or os.environ.get(VARIABLE, "") or ("" if told.get("brokers") else settings.kafka_properties)
    told["kafka_properties"] = str(Path(file).absolute()) if file else None
    named = brokers_of(file) if file and not settings.other_brokers else ""
    return {"brokers": named or settings.brokers}
