"""A report as one HTML file with pictures. It loads nothing and has no scripts; everything from outside is escaped."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from services.kpis import charts
from services.kpis.charts import Point
from services.kpis.results import Answer, Figure, Report
from services.kpis.written import counts, head, remarks, value

MAX_ROWS = 200


def page(report: Report) -> str:
    """The report as HTML. The same report gives the same page."""
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("services.kpis", "."), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    until = datetime.fromtimestamp(report.horizon / 1000, UTC).astimezone(report.period.zone)
    text: str = environment.get_template("page.html").render(
        head=head(report),
        until=f"{until:%Y-%m-%d %H:%M}",
        zone=report.period.zone.key,
        notes=report.notes,
        by=report.by,
        overview=list(_overview(report)),
        metrics=[_metric(answer, report) for answer in report.answers],
    )
    return text.encode("utf-8", "replace").decode()  # a lone surrogate cannot be written to a file


def _overview(report: Report) -> Iterator[dict[str, Any]]:
    """A line for each metric without a funnel: over all."""
    for answer in report.answers:
        for figure in answer.figures if answer.metric.funnel is None else ():
            if not figure.group:
                yield {"metric": answer.metric, **_told(figure, answer.metric.unit)}


def _metric(answer: Answer, report: Report) -> dict[str, Any]:
    metric = answer.metric
    groups = [figure for figure in answer.figures if figure.group]
    return {
        "metric": metric,
        "all": [_told(figure, metric.unit) for figure in answer.figures if not figure.group and metric.funnel is None],
        "young": _young(answer),
        "pictures": list(_pictures(answer)),
        "names": [*(each for each in report.by if groups and each in groups[0].group), *(["stage of it"] if metric.funnel is not None else [])],
        "rows": [
            {"cells": [*figure.group.values(), *([figure.stage] if figure.stage else [])], **_told(figure, metric.unit)}
            for figure in groups[:MAX_ROWS]
        ],
        "more": max(0, len(groups) - MAX_ROWS),
        "not_by": answer.not_by,
    }


def _young(answer: Answer) -> str:
    """Of a funnel: who is not in it, since their time is not over."""
    pending = sum(figure.pending for figure in answer.figures if not figure.group) if answer.metric.funnel is not None else 0
    return f"{pending:,} are too young to be in it" if pending else ""


def _told(figure: Figure, unit: str) -> dict[str, Any]:
    return {
        "value": value(figure, unit),
        "counts": counts(figure, unit),
        "remarks": remarks(figure),
        "small": figure.is_small,
        "none": figure.value is None,
    }


def _pictures(answer: Answer) -> Iterator[tuple[str, str]]:
    """Caption and picture: funnels as steps; over weeks a line for each other group, else bars; each currency for itself."""
    metric = answer.metric
    everything = [figure for figure in answer.figures if not figure.group]
    groups = [figure for figure in answer.figures if figure.group]
    if metric.funnel is not None:
        yield "", charts.steps(everything)
        return
    for unit in sorted({figure.currency or "" for figure in groups}):
        mine = [figure for figure in groups if (figure.currency or "") == unit]
        caption = [unit] if unit else []
        if mine and "week" in mine[0].group:
            lines: dict[tuple[str, ...], list[Point]] = {}
            for figure in mine:
                other = tuple(word for name, word in figure.group.items() if name != "week")
                lines.setdefault(other, []).append(Point(figure.group["week"], figure))
            for other, points in list(lines.items())[:6]:
                yield ", ".join([*caption, *other]), charts.line(points, metric.unit)
        elif mine:
            yield ", ".join(caption), charts.bars([Point(", ".join(figure.group.values()), figure) for figure in mine], metric.unit)
