"""`kairos catch-up`: longer checkpoints for a job that is far behind, and back."""

from __future__ import annotations

import time

import click

from cli.kafka import local_stack
from cli.parameters import Span
from services.finite import Finite


@click.command(name="catch-up")
@click.option("--deployment", default="kairos", show_default=True, help="Whose job.")
@click.option("--clock", type=click.Choice(("live", "replay")), default="live", show_default=True, help="Which of its jobs.")
@click.option("--interval", type=Span(), default="2s", show_default=True, help="Time between checkpoints while it is behind.")
@click.option("--gain", type=Finite(min=1.0), default=1.4, show_default=True, help="How many times as many events it handles then.")
@click.option("--pauses", type=Span(), default="60s", show_default=True, help="How long the two upgrades stop it, together.")
@click.option("--every", type=Span(), metavar="DURATION", help="Look again and again, until Ctrl-C.  [default: once]")
@click.option("--dry-run", is_flag=True, help="Say what it would do. With --every: each time.")
def catch_up(*, deployment: str, clock: str, interval: int, gain: float, pauses: int, every: int | None, dry_run: bool) -> None:
    """Give a job that is far behind longer checkpoints, wait until it has caught up, and give it the former ones again.

    It does so only if that is quicker, both pauses included. Each change is a `kairos upgrade` to the same code. Meanwhile decisions wait
    up to INTERVAL to be visible. A run that was cut off is gone on with.
    """
    from services.upgrade.catch_up import CatchUp, Wanted
    from udfs.core.values.errors import KairosError

    settings = local_stack()
    job = CatchUp(settings, f"{deployment}-{clock}", Wanted(interval_ms=interval, gain=gain, pauses_s=pauses / 1000), click.echo)
    try:
        while True:
            try:
                job.once(try_only=dry_run)
            except KairosError as problem:
                if every is None:
                    raise
                click.echo(f"{problem}; looking again in {every / 1000:g} s", err=True)
            if every is None:
                return
            time.sleep(every / 1000)
    finally:
        if job.under_way and not dry_run:
            click.echo("the job keeps its longer checkpoints until `kairos catch-up` runs again", err=True)
