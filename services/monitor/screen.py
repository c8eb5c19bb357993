"""`kairos top` on a terminal: the jobs, the campaigns, and what needs somebody."""

from collections.abc import Iterator, Sequence

from rich.columns import Columns
from rich.console import Console, ConsoleOptions, Group, RenderableType, RenderResult
from rich.measure import Measurement
from rich.table import Table
from rich.text import Text

from services.monitor.alerts import FRESH_S, HEARTBEAT_S, LAG_S, MONITORED_S
from services.monitor.figures import CampaignFigures, JobFigures, Overview

FIGURES = ("events/s", "decisions/s", "messages/s", "refused/s", "behind", "unread", "busy", "checkpoint", "restarts", "faults")
WIDE = 10_000
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
        _Jobs(shown.jobs),
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
    fresh = shown.monitored is not None and shown.monitored < FRESH_S
    for topic, age in shown.newest.items():
        if fresh and age > HEARTBEAT_S:
            never = f"a partition of {topic} has never had a heartbeat"
            yield "NoHeartbeat", never if age > TEN_YEARS_S else f"no heartbeat in {topic} for {_span(age)}"
    for job in shown.jobs:
        if not job.runs:
            yield "NoJob", f"{job.name} does not run"
        if job.behind is not None and job.behind > LAG_S:
            yield "JobLags", f"{job.name} is {_span(job.behind)} behind its events"
        if job.models_refused:
            yield "ModelRefused", f"{job.name} cannot use {job.models_refused:.0f} published versions of models"


class _Jobs:
    """A table of the jobs; on a terminal that is too narrow for it, some lines for each: half a figure is a wrong one."""

    def __init__(self, jobs: Sequence[JobFigures]) -> None:
        self._jobs = jobs

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        table = _table("job", *FIGURES)
        for job in self._jobs:
            table.add_row(Text(job.name), *_of(job))
        if not self._jobs:
            table.add_row("none")
        for column in table.columns:
            column.no_wrap = True
        if Measurement.get(console, options.update(width=WIDE), table).maximum <= options.max_width or not self._jobs:
            yield table
            return
        for job in self._jobs:
            told = [Text.assemble((f"{name} ", "dim"), figure) for name, figure in zip(FIGURES, _of(job), strict=True)]
            yield Text(job.name, style="bold")
            yield Columns(told, padding=(0, 2))


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
        table.add_row(Text(each.name), f"{each.decisions:,.0f}", f"{each.messages:,.0f}", _rate(each.rate), live)
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
    table.add_column(first, overflow="ellipsis")  # the one that gives way where there is no room
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
