"""`python -m training schedule`: trainings and checks of the data, again and again, by a schedule."""

import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import click

from services import logs
from services.metrics.serve import serving
from training import options
from training.pipeline_command import FILE
from training.schedule.alerts import Alerts
from training.schedule.plan import Job, Plan, read_plan
from training.schedule.runner import Runner
from training.schedule.service import Service
from training.schedule.state import Memory


@click.command()
@click.argument("config", type=FILE)
@click.option("--once", is_flag=True, help="Run what is due now, and end: for cron and CronJobs. The exit status is 1 if a run failed.")
@click.option("--list", "listed", is_flag=True, help="Show when each job is due, and how its last run ended.")
@click.option("--metrics-port", type=click.IntRange(0, 65535), metavar="PORT", help="Export metrics for Prometheus on this port.")
@click.option("--metrics-host", default="127.0.0.1", show_default=True, help="Address for it; others need $KAIROS_METRICS_TOKEN.")
@click.option("--log-format", type=click.Choice(logs.FORMATS), help=f"Text, or one JSON object a line. [default: ${logs.VARIABLE}, or text]")
@options.with_brokers
def schedule(
    *, config: Path, once: bool, listed: bool, metrics_port: int | None, metrics_host: str, log_format: str | None, brokers: str | None
) -> None:
    """Run what the schedule CONFIG says, until it is ended. SIGTERM and Ctrl-C end it; a run under way is resumed at the next start."""
    logs.start("schedule", log_format)
    plan = read_plan(config)
    memory = Memory(plan.state)
    if listed:
        _list(plan, memory)
        return
    alerts = Alerts(plan.name, webhook=plan.webhook, say=_say)
    with memory.alone():
        memory = Memory(plan.state)  # again, now that nobody else writes it
        runner = Runner(plan, memory, alerts, brokers=brokers)
        for job in plan.jobs.values():
            alerts.know(job.name, memory.of(job.name, now=runner.now()).last)
        memory.save()
        service = Service(plan, runner)
        with _ending(service), serving(alerts.exported.text, port=metrics_port, host=metrics_host):
            if once:
                before = len(memory.runs())
                service.once()
                if len(memory.runs()) == before and not runner.stopping:
                    _say("nothing was due")
                    for line in _next(plan):
                        _say(line)
            else:
                for line in _next(plan):
                    _say(line)
                service.forever()
    if runner.stopping:
        _say("the schedule has ended")
    if once and alerts.failures:
        sys.exit(1)


@contextmanager
def _ending(service: Service) -> Iterator[None]:
    """End the service at SIGTERM and Ctrl-C during the block."""
    before = {each: signal.signal(each, service.end) for each in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)


def _say(line: str) -> None:
    print(f"{datetime.now(UTC):%Y-%m-%d %H:%M:%S}  {line}", flush=True)


def _next(plan: Plan) -> Iterator[str]:
    for job in plan.jobs.values():
        yield f"{job.name}: {', '.join(_when(job))}"


def _when(job: Job) -> Iterator[str]:
    if job.times is not None:
        yield f"next {job.times.after(datetime.now(UTC)):%Y-%m-%d %H:%M} UTC"
    if job.rows:
        yield f"after {job.rows:,} new rows"
    if job.drift:
        yield "when features drift"


def _list(plan: Plan, memory: Memory) -> None:
    for job in plan.jobs.values():
        of = memory.state.jobs.get(job.name)
        last = of.last if of else None
        told = "has not run yet"
        if last is not None:
            how = f"version {last.version}" if last.version else "succeeded" if last.status == 0 else f"failed ({last.status}): {last.said}"
            told = f"last {datetime.fromtimestamp(last.began / 1000, UTC):%Y-%m-%d %H:%M} UTC ({last.why}), {how}"
        click.echo(f"{job.name}: {', '.join(_when(job))}; {told}")
    if (under := memory.state.underway) is not None:
        click.echo(f"{under.job}: under way, or killed, since {datetime.fromtimestamp(under.began / 1000, UTC):%Y-%m-%d %H:%M} UTC")
