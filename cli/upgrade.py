"""`kairos upgrade`: new code or other options for a running job, and the way back if anything is wrong."""

from __future__ import annotations

import signal
from importlib import resources
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Any

import click

from cli.job_options import job_options
from cli.kafka import local_stack
from cli.parameters import Span
from jobs.kafka.chosen import using

if TYPE_CHECKING:
    from services.devstack.settings import Settings
    from services.upgrade.journal import Journal

ZIP = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command()
@click.option("--zip", "zipped", type=ZIP, metavar="FILE", help="Code that another version has packaged.  [default: this version's]")
@click.option("--watch", type=Span(), default="30s", show_default=True, help="How long the new job is watched before the old one is given up.")
@click.option("--steps", type=click.Choice(("kubernetes", "compose")), help="Change nothing: print the steps for a job that runs there.")
@job_options
def upgrade(zipped: Path | None, watch: int, steps: str | None, **told: Any) -> None:
    """Replace the code or the options of a running job, watch it, and go back to the old ones if anything is wrong.

    The job is stopped with a savepoint. The new code claims a copy of it, on fresh TaskManagers. If the new job does not start, fails,
    completes no checkpoints, reads nothing, has lost state or refuses events, the old code goes on from the savepoint. So it does after
    Ctrl-C. Options that are not named stay as they are: `kairos upgrade --parallelism 2` only rescales.
    """
    from services.upgrade import plan
    from services.upgrade.journal import unfinished

    if steps is not None:
        click.echo(resources.files("services.upgrade.steps").joinpath(f"{steps}.txt").read_text(), nl=False)
        return
    settings = local_stack()
    click.get_current_context().with_resource(using(settings.kafka_properties))
    changes = {name: value for name, value in told.items() if value is not None}
    if file := changes.get("kafka_properties"):
        changes["kafka_properties"] = str(Path(file).absolute())
    journal = unfinished(settings)
    if journal is not None:
        click.echo(f"an upgrade of {journal.identity} is unfinished ({journal.stage}): this is how it ends")
    else:
        deployment, clock = changes.get("deployment"), changes.get("clock")
        identity = None if deployment is None and clock is None else f"{deployment or 'kairos'}-{clock or 'live'}"
        journal = plan.plan(settings, identity, changes, zipped=zipped, watch_s=watch / 1000, say=click.echo)
        plan.begin(settings, journal)
    done = _followed(settings, journal.identity)
    if done.runs != "new":
        raise click.exceptions.Exit(1)


def _followed(settings: Settings, identity: str) -> Journal:
    """Say how it goes. A signal is passed on, and what follows from it is said, too."""
    from services.upgrade import plan

    def pass_on(number: int, frame: FrameType | None) -> None:
        click.echo("stopping: the old job will run again, and this command waits for it", err=True)
        plan.ask_to_stop(settings, identity)

    before = {each: signal.signal(each, pass_on) for each in (signal.SIGINT, signal.SIGTERM)}
    try:
        return plan.follow(settings, identity, click.echo)
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)
