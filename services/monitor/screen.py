"""`kairos top` on a terminal: the jobs, the campaigns, and what needs somebody."""

from collections.abc import Iterator, Sequence

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from services.monitor.alerts import HEARTBEAT_S, LAG_S, MONITORED_S
from services.monitor.figures import CampaignFigures, JobFigures, Overview

FIXED_ROWS = 9
"""Rows that are not campaigns, jobs or findings."""

TEN_YEARS_S = 10 * 365 * 86_400
"""An older record than this there is not: the monitor says 0 for a partition without one."""


def draw(shown: Overview, *, title: str, height: int = 24) -> RenderableType:
    """The whole view, for a terminal with this many rows."""
    found = list(findings(shown))
    room = max(3, height - FIXED_ROWS - len(shown.jobs) - len(found))
    return Group(
        Text(title, style="bold"),
        *(Text.assemble((f"{alert}: ", "bold red"), (said, "red")) for alert, said in found),
        *([] if found else [Text("nothing needs anybody", style="green")]),
        Text(),
        _jobs(shown),
        Text(),
        _campaigns(shown.campaigns, room),
        Text(),
        _reasons(shown),
    )


def findings(shown: Overview) -> Iterator[tuple[str, str]]:
    """What an alert would call somebody for, at once and without waiting: the name of the alert, whose runbook helps, and why."""
    if shown.monitored is None or shown.monitored > MONITORED_S:
        yield "NotMonitored", "the monitor has not read Kafka" + ("" if shown.monitored is None else f" for {_span(shown.monitored)}")
    if not shown.jobs:
        yield "NoJob", "no job runs: `kairos submit` starts it"
    for topic, age in shown.newest.items():
        if age > HEARTBEAT_S:
            never = f"a partition of {topic} has never had a heartbeat"
            yield "NoHeartbeat", never if age > TEN_YEARS_S else f"no heartbeat in {topic} for {_span(age)}"
    for job in shown.jobs:
        if not job.runs:
            yield "NoJob", f"{job.name} does not run"
        if job.behind is not None and job.behind > LAG_S:
            yield "JobLags", f"{job.name} is {_span(job.behind)} behind its events"
        if job.models_refused:
            yield "ModelRefused", f"{job.name} cannot use {job.models_refused:.0f} published versions of models"


def _jobs(shown: Overview) -> Table:
    table = _table("job", "events/s", "decisions/s", "messages/s", "refused/s", "behind", "unread", "busy", "checkpoint", "restarts", "faults")
    for job in shown.jobs:
        table.add_row(job.name, *_of(job))
    if not shown.jobs:
        table.add_row("none")
    return table


def _of(job: JobFigures) -> Iterator[Text]:
    yield from (Text(_rate(each)) for each in (job.events, job.decisions, job.messages))
    yield Text(_rate(job.refused), style="yellow" if job.refused else "")
    late = job.behind is not None and job.behind > LAG_S
    yield Text("-" if job.behind is None else _span(job.behind), style="red" if late else "")
    yield Text(_whole(job.unread))
    yield Text("-" if job.busy is None else f"{job.busy:.0%}", style="yellow" if job.busy and job.busy > 0.95 else "")
    yield Text("-" if job.checkpoint_ms is None or not job.checkpoints else f"{job.checkpoint_ms:,.0f} ms")
    yield Text(_whole(job.restarts))
    yield Text(_whole(job.faults), style="red" if job.faults else "")


def _campaigns(campaigns: Sequence[CampaignFigures], room: int) -> Table:
    table = _table("campaign", "decisions", "messages", "decisions/s", "")
    for each in campaigns[:room]:
        live = {True: Text("live", style="green"), False: Text("not live", style="yellow"), None: Text("-")}[each.live]
        table.add_row(each.name, f"{each.decisions:,.0f}", f"{each.messages:,.0f}", _rate(each.rate), live)
    if len(campaigns) > room:
        table.add_row(Text(f"and {len(campaigns) - room} more", style="dim"))
    if not campaigns:
        table.add_row("none")
    return table


def _reasons(shown: Overview) -> RenderableType:
    lines = [Text("decisions by reason: ", style="dim")]
    lines[0].append(", ".join(f"{reason} {count:,.0f}" for reason, count in shown.reasons.items()) or "none yet", style="not dim")
    if shown.off:
        lines.append(Text(f"switched off: {', '.join(shown.off)}", style="yellow"))
    return Group(*lines)


def _table(first: str, *others: str) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim")
    table.add_column(first, no_wrap=True)
    for name in others:
        table.add_column(name, justify="right", no_wrap=True)
    return table


def _rate(value: float | None) -> str:
    return "-" if value is None else f"{value:,.0f}" if value >= 100 or not value else f"{value:.1f}"


def _whole(value: float | None) -> str:
    return "-" if value is None else f"{value:,.0f}"


def _span(seconds: float) -> str:
    """A duration for people."""
    for unit, length in (("d", 86_400), ("h", 3_600), ("min", 60)):
        if seconds >= 2 * length:
            return f"{seconds / length:.0f} {unit}"
    return f"{seconds:.1f} s"
