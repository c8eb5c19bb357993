"""`kairos up`, `down`, `status`, `doctor`: the local stack."""

import time

import click

from services.devstack.settings import load


@click.command()
@click.option("--fresh", is_flag=True, help="First end everything and wipe all state (the jars stay).")
@click.option("--broker-port", type=int, help="Kafka's port  [default: 9092, or as last time]")
@click.option("--controller-port", type=int, help="Kafka's controller port  [default: 9093]")
@click.option("--rest-port", type=int, help="Flink's web page and REST port  [default: 8081]")
@click.option("--rpc-port", type=int, help="Flink's internal port  [default: 6123]")
def up(fresh: bool, **ports: int | None) -> None:  # noqa: FBT001 - click passes by name
    """Start a local Kafka broker and Flink cluster, or what is missing of them."""
    from services.devstack import lifecycle

    began = time.monotonic()
    settings = load().change(**{name: port for name, port in ports.items() if port is not None})
    lifecycle.up(settings, fresh=fresh, say=click.echo)
    took = time.monotonic() - began
    click.echo(f"up in {took:.1f} s: Kafka {settings.brokers}, Flink {settings.rest}, logs {settings.logs}")


@click.command()
@click.option("--no-savepoint", is_flag=True, help="End jobs as a crash would: the next submit goes on from the last checkpoint.")
def down(no_savepoint: bool) -> None:  # noqa: FBT001 - click passes by name
    """Stop every job with a savepoint, then everything else."""
    from services.devstack import lifecycle

    ended = lifecycle.down(load(), savepoint=not no_savepoint, say=click.echo)
    click.echo(f"ended: {', '.join(ended)}" if ended else "nothing was running")


@click.command()
def status() -> None:
    """What runs, where, and how it fares."""
    from services.devstack.status import report

    healthy, lines = report(load())
    for line in lines:
        click.echo(line)
    if not healthy:
        raise click.exceptions.Exit(1)


@click.command()
def doctor() -> None:
    """Check this machine and say how to mend what is wrong."""
    from services.devstack.doctor import examine

    findings = examine(load())
    for finding in findings:
        mark = click.style("✓", fg="green") if finding.good else click.style("✗", fg="red")
        click.echo(f"{mark} {finding.what}: {finding.found}")
        if not finding.good:
            click.echo(f"    {finding.mend}")
    if not all(finding.good for finding in findings):
        raise click.exceptions.Exit(1)
