"""`kairos top`: what the jobs do now, from what the monitor exports."""

import os
import sys
import time
from collections import deque
from typing import TYPE_CHECKING

import click

from services.finite import Finite
from udfs.core.values.errors import Unavailable

if TYPE_CHECKING:
    from rich.console import RenderableType

    from services.monitor.figures import Overview, Reading

WINDOW_S = 15.0
"""Seconds. Rates are averages over this long: Flink exports every five seconds, so a shorter one would jump."""
PIPED_WIDTH = 160
"""Columns where nobody watches: no figure is cut off."""


@click.command()
@click.option("--url", metavar="URL", help="Where a monitor exports. [default: the local stack's, http://127.0.0.1:9250/metrics]")
@click.option("--once", is_flag=True, help="Print the figures after one window, and end, as where the output is no terminal.")
@click.option("--every", type=Finite(min=0.2), default=2.0, show_default=True, help="Seconds between two readings.")
@click.option("--window", type=Finite(min=0.2), default=WINDOW_S, show_default=True, help="Seconds over which rates are averaged.")
def top(*, url: str | None, once: bool, every: float, window: float) -> None:
    """Show the main figures of the running jobs, live: rates, lag, checkpoints, campaigns, and what needs somebody.

    What the monitor exports beyond this machine needs its token in KAIROS_METRICS_TOKEN.
    """
    from rich.console import Console
    from rich.live import Live

    from services.devstack.settings import load
    from services.monitor.screen import draw

    address = url or f"http://127.0.0.1:{load().metrics_port}/metrics"
    held: deque[Reading] = deque()
    console = Console() if sys.stdout.isatty() else Console(width=PIPED_WIDTH)
    title = f"Kairos at {address}"
    try:
        if once or not sys.stdout.isatty():  # nothing can be drawn again there
            _look(address, held, window)
            time.sleep(window)
            console.print(draw(_look(address, held, window), title=title, height=10_000))
            return
        first = _look(address, held, window)
        with Live(draw(first, title=title, height=console.height), console=console, screen=True, auto_refresh=False) as live:
            while True:
                time.sleep(every)
                live.update(_drawn(address, held, window, height=console.height), refresh=True)
    except KeyboardInterrupt:
        return  # the way to end it


def _drawn(address: str, held: "deque[Reading]", window: float, *, height: int) -> "RenderableType":
    """The view, or why there is none: a monitor that is restarted must not end the view of whoever watches it."""
    from rich.text import Text

    from services.monitor.screen import draw

    try:
        return draw(_look(address, held, window), title=f"Kairos at {address}  (Ctrl-C to end)", height=height)
    except Unavailable as problem:
        return Text(f"{problem}. Trying again.", style="red")


def _look(address: str, held: "deque[Reading]", window: float) -> "Overview":
    """Read once more. `held` keeps the readings of the window, and one that is older."""
    from services.metrics.read import read
    from services.metrics.serve import TOKEN
    from services.monitor.figures import Reading, overview

    found = read(address, token=os.environ.get(TOKEN, ""))
    now = Reading(time.time(), found)
    while len(held) > 1 and held[1].at <= now.at - window:
        held.popleft()
    before = held[0] if held else None
    held.append(now)
    return overview(now, before)
