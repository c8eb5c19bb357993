"""`python -m training check`: the check of the data that a schedule describes."""

import sys
import time
from pathlib import Path

import click

from training import options
from training.checks.check import check, wanted
from training.checks.report import Report, keep, text
from training.errors import TrainingError
from training.pipeline_command import FILE
from training.schedule.plan import Job, Plan, read_plan


@click.command(name="check")
@click.argument("config", type=FILE)
@click.option("--job", metavar="NAME", help="The check, if the schedule has several.")
@options.with_brokers
def check_(*, config: Path, job: str | None, brokers: str | None) -> None:
    """Check the data as the schedule CONFIG says. The exit status is 1 if anything is found. `kairos check data` does it without a schedule."""
    plan = read_plan(config)
    chosen = _chosen(plan, job)
    told = chosen.check or {}
    report = check(wanted(told, beside=config.parent, brokers=brokers), now=int(time.time() * 1000))
    keep(report, plan.report(chosen))
    click.echo(f"report in {plan.report(chosen)}")
    show(report)


def show(report: Report) -> None:
    """Print the report; end with 1 if anything was found."""
    for line in text(report):
        click.echo(line)
    if report.findings:
        sys.exit(1)


def _chosen(plan: Plan, job: str | None) -> Job:
    checks = [name for name, each in plan.jobs.items() if each.check is not None]
    if (job is None and len(checks) != 1) or (job is not None and job not in checks):
        problem = f"which check of {plan.file.name}? name one with --job: {', '.join(checks) or 'there is none'}"
        raise TrainingError(problem)
    return plan.jobs[job or checks[0]]
