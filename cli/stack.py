"""`kairos up`, `stop`, `down`, `status`, `doctor`: the local stack."""

import time
from pathlib import Path

import click

from cli.control import signed
from cli.kafka import FILE, local_stack, properties
from jobs.kafka.chosen import brokers_of, using
from services.control.signature import Signature
from services.devstack.settings import load


@click.command()
@click.option("--fresh", is_flag=True, help="First stop everything and wipe all state (except the jars).")
@click.option("--broker-port", type=int, help="Kafka's port  [default: 9092, or that of the last start]")
@click.option("--controller-port", type=int, help="Kafka's controller port  [default: 9093]")
@click.option("--rest-port", type=int, help="Flink's web page and REST port  [default: 8081]")
@click.option("--rpc-port", type=int, help="Flink's internal port  [default: 6123]")
@click.option("--metrics-port", type=int, help="Port of all metrics, for Prometheus and `kairos top`  [default: 9250]")
@click.option("--heartbeat-metrics-port", type=int, help="Port of the heartbeat's own metrics  [default: 9251]")
@click.option("--zookeeper-port", type=int, help="Port of ZooKeeper, which runs with two JobManagers  [default: 2181]")
@click.option("--second-rest-port", type=int, help="REST port of the second JobManager  [default: 8082]")
@click.option("--jobmanagers", type=click.IntRange(1, 2), help="2: high availability. If one fails, the other goes on with the jobs.  [default: 1]")
@click.option("--spares", type=click.IntRange(0), help="TaskManagers that wait until another one fails  [default: 0]")
@click.option("--task-heap-mb", type=click.IntRange(256), help="Heap for profiles of one TaskManager, MiB  [default: 1024]")
@click.option("--state", metavar="URI|local", help="Keep all state at s3://BUCKET/FOLDER; `local`: on this machine again.")
@click.option("--flink-settings", type=FILE, metavar="FILE", help="More settings of Flink, key=value in a line, such as s3.endpoint. No secrets.")
@click.option("--brokers", metavar="HOST:PORT,…|local", help="Use this Kafka instead of a broker of its own; `local`: of its own again.")
@properties
def up(
    fresh: bool,  # noqa: FBT001 - click passes by name
    brokers: str | None,
    kafka_properties: Path | None,
    jobmanagers: int | None,
    state: str | None,
    flink_settings: Path | None,
    **numbers: int | None,
) -> None:
    """Start a local Kafka broker and Flink cluster, or what is not running of them.

    With --brokers the cluster works with a Kafka that runs elsewhere, which every command then uses by default. If it is secured, say how
    with --kafka-properties.
    """
    from services.devstack import lifecycle
    from services.devstack.flink_settings import checked_uri, read_settings

    began = time.monotonic()
    settings = load().change(**{name: port for name, port in numbers.items() if port is not None})
    if jobmanagers is not None:
        settings = settings.change(job_managers=jobmanagers)
    if state is not None:
        settings = settings.change(state="" if state == "local" else checked_uri(state))
    if flink_settings is not None:
        settings = settings.change(flink_settings=read_settings(flink_settings))
    if brokers is not None or kafka_properties is not None:
        named = brokers or (brokers_of(kafka_properties) if kafka_properties else "") or settings.other_brokers
        elsewhere = "" if named == "local" else named
        if kafka_properties is not None and not elsewhere:
            message = "the stack's own broker is not secured: say which other one with --brokers, or as bootstrap.servers in the file"
            raise click.UsageError(message)
        file = str(kafka_properties.absolute()) if kafka_properties else ""
        settings = settings.change(other_brokers=elsewhere, kafka_properties=file)
    click.get_current_context().with_resource(using(settings.kafka_properties))
    lifecycle.up(settings, fresh=fresh, say=click.echo)
    took = time.monotonic() - began
    click.echo(f"up in {took:.1f} s: Kafka {settings.brokers}, Flink {settings.rest}, logs {settings.logs}")


@click.command()
@click.argument("name")
@signed
def stop(name: str, signed: Signature) -> None:
    """Stop the deployment NAME with a savepoint, and nothing else: the stack and other deployments run on.

    NAME may also be one job of a deployment, such as kairos-replay. The next `kairos submit` of it goes on from the savepoint.
    """
    from services.devstack import running

    running.stop(name, local_stack(), signed=signed, say=click.echo)


@click.command()
@click.option("--no-savepoint", is_flag=True, help="End jobs as a crash would: the next submit goes on from the last checkpoint.")
def down(no_savepoint: bool) -> None:  # noqa: FBT001 - click passes by name
    """Stop every job with a savepoint, then everything else."""
    from services.devstack import lifecycle

    ended = lifecycle.down(local_stack(), savepoint=not no_savepoint, say=click.echo)
    click.echo(f"ended: {', '.join(ended)}" if ended else "nothing was running")


@click.command()
def status() -> None:
    """Show what runs, where, and in what state."""
    from services.devstack.status import report

    healthy, lines = report(local_stack())
    for line in lines:
        click.echo(line)
    if not healthy:
        raise click.exceptions.Exit(1)


@click.command()
def doctor() -> None:
    """Check this machine, and say how to fix what is wrong."""
    from services.devstack.doctor import examine

    checks = examine(load())
    for check in checks:
        mark = click.style("✓", fg="green") if check.good else click.style("✗", fg="red")
        click.echo(f"{mark} {check.what}: {check.found}")
        if not check.good:
            click.echo(f"    {check.fix}")
    if not all(check.good for check in checks):
        raise click.exceptions.Exit(1)
