"""Pictures of figures as SVG, to stand in a page: weeks as a line, groups as bars, funnels as steps. Everything from outside is escaped."""

from collections.abc import Sequence
from html import escape
from typing import NamedTuple

from services.kpis.results import Figure
from services.kpis.written import counts, remarks, value

WIDTH, BAR, GAP, LEFT, RIGHT = 720, 22, 8, 206, 314
LINE_HEIGHT, LINE_TOP, LINE_BOTTOM = 170, 26, 34
MAX_BARS = 30
MAX_LABEL = 24
CHARACTER = 7.8
"""How wide a character is, on average: what is written must not leave the picture."""


class Point(NamedTuple):
    """One figure of a picture."""

    label: str
    figure: Figure


def bars(points: Sequence[Point], unit: str) -> str:
    """A bar for each group, the length by its figure; a group without one says why."""
    shown = points[:MAX_BARS]
    longest = max((point.figure.value or 0.0 for point in shown), default=0.0)
    height = len(shown) * (BAR + GAP) + 4
    parts = []
    for place, (label, figure) in enumerate(shown):
        top = place * (BAR + GAP) + 2
        length = 0.0 if not longest else (WIDTH - LEFT - RIGHT) * max(0.0, figure.value or 0.0) / longest
        told = f"{value(figure, unit)}" if figure.value is not None else figure.why
        parts.append(_text(LEFT - 10, top + BAR * 0.7, _short(label), anchor="end"))
        parts.append(_bar(LEFT, top, length, is_small=figure.is_small))
        parts.append(_text(LEFT + length + 8, top + BAR * 0.7, told, extra=_small(figure, unit)))
    more = f'<p class="soft">{len(points) - MAX_BARS} more are in the table.</p>' if len(points) > MAX_BARS else ""
    return _svg(height, parts, f"{len(shown)} groups") + more


def line(points: Sequence[Point], unit: str) -> str:
    """A line over weeks. A week without a figure is a gap, and one of few rows an open circle. Where there is no room for all, only the highest
    is written; the others are shown when pointed at."""
    known = [point.figure.value for point in points if point.figure.value is not None]
    highest = max(known, default=0.0)
    bottom = LINE_HEIGHT - LINE_BOTTOM
    step = (WIDTH - 120) / max(1, len(points) - 1)
    parts = [f'<line class="axis" x1="50" x2="{WIDTH - 50}" y1="{bottom}" y2="{bottom}"/>']
    path, pen, labelled = [], "M", set[float]()
    for place, (label, figure) in enumerate(points):
        x = 60 + place * step
        if len(points) <= 14 or place % (len(points) // 10 + 1) == 0:
            parts.append(_text(x, LINE_HEIGHT - 12, label.removeprefix("20"), anchor="middle", soft=True))
        if figure.value is None:
            pen = "M"
            continue
        y = bottom - (0 if highest <= 0 else (bottom - LINE_TOP) * max(0.0, figure.value) / highest)
        path.append(f"{pen}{x:.1f} {y:.1f}")
        pen = "L"
        title = f"{label}: {value(figure, unit)} ({counts(figure, unit)}) {remarks(figure)}".strip()
        parts.append(f'<circle class="{"few" if figure.is_small else "dot"}" cx="{x:.1f}" cy="{y:.1f}" r="4"><title>{escape(title)}</title></circle>')
        if len(value(figure, unit)) * CHARACTER < step or (figure.value == highest and highest not in labelled):
            labelled.add(figure.value)
            parts.append(_text(min(max(x, 60), WIDTH - 60), y - 9, value(figure, unit), anchor="middle"))
    parts.insert(1, f'<path class="line" d="{" ".join(path)}"/>')
    return _svg(LINE_HEIGHT, parts, f"{len(points)} weeks")


def steps(figures: Sequence[Figure]) -> str:
    """A funnel: a bar for each stage, and between two the share that went no further."""
    first = figures[0].denominator or 0
    height = len(figures) * (BAR + 24)
    parts = []
    for place, figure in enumerate(figures):
        top = place * (BAR + 24) + 2
        number = figure.denominator or 0
        length = 0.0 if not first else (WIDTH - LEFT - RIGHT) * number / first
        share = f"{number / first * 100:.1f} % of the first" if first and place else ""
        parts.append(_text(LEFT - 10, top + BAR * 0.7, _short(figure.stage or ""), anchor="end"))
        parts.append(_bar(LEFT, top, length, is_small=number < 100))
        parts.append(_text(LEFT + length + 8, top + BAR * 0.7, f"{number:,}", extra=share))
        if figure.value is not None:
            lost = f"{value(figure, 'percent')} go no further ({counts(figure, 'percent')})"
            parts.append(_text(LEFT + 4, top + BAR + 15, lost, soft=True))
    return _svg(height, parts, f"a funnel of {len(figures)} stages")


def _bar(x: float, y: float, length: float, *, is_small: bool) -> str:
    return f'<rect class="{"bar small" if is_small else "bar"}" x="{x}" y="{y}" width="{max(1.0, length):.1f}" height="{BAR}" rx="3"/>'


def _small(figure: Figure, unit: str) -> str:
    """What stands next to a figure: its counts, and what has to be known of it."""
    return f"{counts(figure, unit)}{', small' if figure.is_small else ''}" if figure.value is not None else ""


def _text(x: float, y: float, text: str, *, anchor: str = "start", extra: str = "", soft: bool = False) -> str:
    kind = ' class="soft"' if soft else ""
    more = f'<tspan class="soft" dx="6">{escape(extra)}</tspan>' if extra else ""
    return f'<text{kind} x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(text)}{more}</text>'


def _svg(height: float, parts: Sequence[str], what: str) -> str:
    return f'<svg viewBox="0 0 {WIDTH} {height:.0f}" role="img" aria-label="{escape(what)}">{"".join(parts)}</svg>'


def _short(label: str) -> str:
    return label if len(label) <= MAX_LABEL else f"{label[: MAX_LABEL - 1]}…"
