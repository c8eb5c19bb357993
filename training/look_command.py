"""`python -m training look`: what a schedule would find at its next look. The schedule calls it, too, so that a replay ends with its memory."""

import time
from pathlib import Path

import click
import msgspec

from training import options
from training.errors import TrainingError
from training.membership_command import membership
from training.pipeline_command import FILE
from training.schedule.look import look
from training.schedule.plan import Plan, read_plan
from training.schedule.state import Memory


@click.command(name="look")
@click.argument("config", type=FILE)
@click.option("--job", metavar="NAME", help="Look at this job alone. [default: every job with `rows`, `drift` or `membership`]")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a job, on a line.")
@options.with_brokers
def look_(*, config: Path, job: str | None, as_json: bool, brokers: str | None) -> None:
    """Look for new rows, and drift of features and segments, as the schedule CONFIG would do it now, and change nothing."""
    plan = read_plan(config)
    memory = Memory(plan.state)
    for name in _named(plan, job):
        if plan.jobs[name].membership:
            click.echo(f"{name}:", err=as_json)
            told = [] if brokers is None or "--brokers" in plan.jobs[name].membership else ["--brokers", brokers]
            membership.main([*plan.jobs[name].membership, *told, *(["--json"] if as_json else [])], standalone_mode=False)
            continue
        found = look(plan.jobs[name], memory.of(name, now=int(time.time() * 1000)), brokers=brokers)
        if as_json:
            click.echo(msgspec.json.encode(found))
            continue
        click.echo(f"{name}: {found.rows:,} new rows, {len(found.windows)} new windows; {found.why or 'not due'}")
        if found.note:
            click.echo(f"  {found.note}")
        for n, window in enumerate(found.windows, 1):
            for each in window:
                if each.drifted:
                    click.echo(f"  window {n}: {each.feature} has PSI {each.psi:.4f}, over {each.cut:.4f} (chance {each.chance:.1e})")


def _named(plan: Plan, job: str | None) -> list[str]:
    looking = [name for name, each in plan.jobs.items() if each.rows or each.drift or each.membership]
    if job is not None and job not in looking:
        problem = f"no job {job!r} with `rows`, `drift` or `membership` in {plan.file.name}: {', '.join(looking) or 'there is none'}"
        raise TrainingError(problem)
    return looking if job is None else [job]
