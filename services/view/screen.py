"""The live view on a terminal: events in, decisions and reasons, latencies, and the latest messages."""

from rich import box
from rich.console import Group, RenderableType
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from services.view.figures import Figures, Message
from services.view.lines import scored_lines
from services.view.words import body, clock, head, milliseconds

COLOURS = {"acted": "green", "withheld": "yellow", "deferred": "cyan", "control": "blue", "held_out": "blue"}
BARS = "▁▂▃▄▅▆▇█"
WORDS_BESIDE_CURVE = 62
FIXED_ROWS = 12
"""The number of rows for everything but the decisions and the messages."""


class Screen:
    """Draws figures. It keeps only the rates of the last seconds, for the sparkline."""

    def __init__(self, *, title: str) -> None:
        self._title = title
        self._rates: list[float] = []

    def draw(self, figures: Figures, *, passed: str, hint: str, width: int = 80, height: int = 24) -> RenderableType:
        """The whole view for a terminal of this size. `passed` is a text about the elapsed time; `hint` goes below."""
        self._rates = [*self._rates, figures.rate][-max(4, min(40, width - WORDS_BESIDE_CURVE)) :]
        room = max(2, (height - FIXED_ROWS - len(figures.decisions) - len(figures.scored)) // 2)
        shown = [*figures.messages][:room]
        return Panel(
            Group(
                self._pulse(figures),
                Text(),
                _decisions(figures),
                Text(),
                _latencies(figures),
                *(Text(line.strip(), style="magenta", no_wrap=True) for line in scored_lines(figures)),
                Text(),
                _messages(shown),
            ),
            title=f"[bold]{self._title}[/]  {passed}",
            title_align="left",
            subtitle=f"[dim]{hint}[/]",
            subtitle_align="right",
            box=box.ROUNDED,
            border_style="bright_black",
            padding=(0, 1),
        )

    def _pulse(self, figures: Figures) -> Text:
        most = max([*self._rates, 1.0])
        curve = "".join(BARS[round(rate / most * (len(BARS) - 1))] for rate in self._rates)
        line = Text.assemble((f"{figures.rate:>4.0f}", "bold"), " events/s ", (curve, "cyan"), f"  {figures.events:,} in, ")
        line.append(f"{figures.decisions.total():,} decisions", style="bold")
        if figures.recalled:
            line.append(f", {figures.recalled.total():,} recalled", style="magenta")
        if figures.set_aside:
            line.append(f", {figures.set_aside:,} fields set aside", style="yellow")
        if figures.rejected:
            line.append(f", {figures.rejected.total():,} rejected", style="red")
        if figures.unread:
            line.append(f", {figures.unread:,} not the job's", style="red")
        return line


def _decisions(figures: Figures) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim")
    for name in ("campaign", "outcome", "reason"):
        table.add_column(name, no_wrap=True)
    table.add_column("decisions", justify="right")
    for (campaign, outcome, reason), number in sorted(figures.decisions.items()):
        table.add_row(campaign, Text(outcome, style=COLOURS.get(outcome, "")), reason, f"{number:,}")
    if not figures.decisions:
        table.add_row(Text("none yet: the first cart must be idle for a while", style="dim"), "", "", "")
    return table


def _latencies(figures: Figures) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim")
    table.add_column("latency", no_wrap=True)
    for name in ("p50", "p99"):
        table.add_column(name, justify="right", no_wrap=True)
    for label, latencies in figures.latencies().items():
        table.add_row(label, milliseconds(latencies.percentile(0.5)), milliseconds(latencies.percentile(0.99)))
    return table


def _messages(messages: list[Message]) -> RenderableType:
    if not messages:
        return Text("the latest messages appear here", style="dim")
    table = Table(box=None, padding=(0, 2, 0, 0), show_header=False)
    table.add_column(no_wrap=True, min_width=8)
    table.add_column(no_wrap=True, overflow="ellipsis", ratio=1)
    for message in messages:
        subject = head(message.content)
        table.add_row(
            Text(clock(message.at), style="dim"),
            Text.assemble(
                (message.channel, "magenta"), " to ", (message.user, "bold"), (f"  {message.campaign}/{message.variant}  ", "dim"), subject
            ),
        )
        table.add_row("", Text(body(message.content)))
    return table
