"""The engine's time as a flame graph: the stack is sampled every few milliseconds of processor time, and drawn as SVG.

The widest box below a box is what it spends most on; hold the mouse over one for its share. Code in C stands in the function that calls it.
"""

import signal
import time
from collections import Counter
from collections.abc import Callable
from html import escape
from pathlib import Path
from types import FrameType
from typing import NamedTuple

Stack = tuple[str, ...]
TICK_S = 0.001
WIDTH, ROW, HEAD = 1200, 18, 28
NARROWEST = 0.0005
"""Boxes with a smaller share of the whole are left out."""
COLOURS = {"scoring": "#e8a33d", "features": "#d9c75b", "template": "#7fb77e", "profile": "#6fa8c7", "candidates": "#d98880", "remember": "#a9b7d1"}


class Box(NamedTuple):
    """One function under one caller: where it begins and how wide it is, as shares of the whole; and how deep."""

    name: str
    start: float
    share: float
    depth: int


def sample(work: Callable[[], object], *, seconds: float, root: str) -> Counter[Stack]:
    """Run `work` repeatedly for this long, and count the stacks below the function `root`."""
    stacks: Counter[Stack] = Counter()

    def look(_: int, frame: FrameType | None) -> None:
        names: list[str] = []
        while frame is not None:
            names.append(_name(frame))
            if names[-1] == root:
                stacks[tuple(reversed(names))] += 1
                return
            frame = frame.f_back

    before = signal.signal(signal.SIGPROF, look)
    signal.setitimer(signal.ITIMER_PROF, TICK_S, TICK_S)
    try:
        until = time.process_time() + seconds
        while time.process_time() < until:
            work()
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)
    return stacks


def boxes(stacks: Counter[Stack]) -> list[Box]:
    """Every function under every caller, the widest first; those too narrow to see are left out."""
    whole = stacks.total()
    made: list[Box] = []

    def lay(inside: Counter[Stack], depth: int, start: float) -> None:
        below: dict[str, Counter[Stack]] = {}
        for stack, count in inside.items():
            if len(stack) > depth:
                below.setdefault(stack[depth], Counter())[stack] += count
        for name, found in sorted(below.items(), key=lambda item: -item[1].total()):
            share = found.total() / whole
            if share >= NARROWEST:
                made.append(Box(name, start, share, depth))
                lay(found, depth + 1, start)
            start += share

    lay(stacks, 0, 0.0)
    return made


def draw(drawn: list[Box], path: Path, *, title: str) -> None:
    """Write the boxes as an SVG that any browser shows."""
    height = HEAD + ROW * (1 + max(box.depth for box in drawn))
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" font-family="sans-serif" font-size="11">',
        f'<rect width="{WIDTH}" height="{height}" fill="white"/><text x="4" y="18" font-size="14">{escape(title)}</text>',
    ]
    for box in drawn:
        x, y, width = box.start * WIDTH, HEAD + box.depth * ROW, box.share * WIDTH
        colour = next((colour for word, colour in COLOURS.items() if word in box.name), "#cfcfcf")
        shown = box.name if len(box.name) * 6 < width else box.name.rpartition(".")[2]
        label = f'<text x="{x + 3:.1f}" y="{y + 13}">{escape(shown)}</text>' if len(shown) * 6 < width else ""
        rect = f'<rect x="{x:.1f}" y="{y}" width="{width:.1f}" height="{ROW - 1}" fill="{colour}" stroke="white"/>'
        lines.append(f"<g><title>{escape(box.name)}: {box.share:.1%}</title>{rect}{label}</g>")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join([*lines, "</svg>"]) + "\n")


def _name(frame: FrameType) -> str:
    module = str(frame.f_globals.get("__name__", "condition of a campaign")).removeprefix("udfs.").removeprefix("core.")
    return f"{module}.{frame.f_code.co_qualname.replace('.<locals>', '')}"
