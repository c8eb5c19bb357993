"""Figures as people read them, and reports as JSON."""

from typing import Any

from services.kpis.results import Answer, Figure, Report
from udfs.core.values.durations import DAY, HOUR, MINUTE, SECOND

MS = 1 / SECOND
UNNAMED = "(shop's currency)"
"""In the place of a currency that nobody has named."""


def value(figure: Figure, unit: str) -> str:
    """A figure with its unit: `12.3 %`, `1,234.50 EUR`, `3 min 20 s`; a dash where there is none."""
    if figure.value is None:
        return "-"
    if unit == "percent":
        return f"{figure.value * 100:.1f} %"
    if unit == "money":
        return f"{figure.value:,.2f} {figure.currency or UNNAMED}"
    if unit == "duration":
        return duration(figure.value)
    return f"{figure.value:,.0f}" if float(figure.value).is_integer() and figure.denominator is None else f"{figure.value:,.2f}"


def counts(figure: Figure, unit: str) -> str:
    """What a figure is made of: `37 of 301`, or for what is no share `139,197.50 for 562`."""
    if figure.denominator is None:
        return f"{figure.sample:,} rows"
    above = figure.numerator
    if above is None:
        return f"{figure.denominator:,}"
    if unit == "percent":
        return f"{above:,.0f} of {figure.denominator:,}"
    return f"{above:,.2f} for {figure.denominator:,}" if unit == "money" else f"{above:,.0f} for {figure.denominator:,}"


def remarks(figure: Figure) -> str:
    """What has to be known of one figure: that it is small, what is left out, and why there is none."""
    found = [figure.why] if figure.why and figure.value is None else []
    if figure.is_small:
        found.append("small")
    if figure.pending and not figure.why.startswith("too young"):
        found.append(f"{figure.pending:,} too young")
    if figure.unknown:
        found.append(f"{figure.unknown:,} not known")
    return ", ".join(found)


def duration(seconds: float) -> str:
    """A length of time in the two largest of its units."""
    ms = round(seconds * SECOND)
    if ms < MINUTE:
        return f"{ms * MS:.0f} s"
    if ms < HOUR:
        return f"{ms // MINUTE} min {ms % MINUTE // SECOND} s"
    if ms < DAY:
        return f"{ms // HOUR} h {ms % HOUR // MINUTE} min"
    return f"{ms / DAY:,.1f} days"


def head(report: Report) -> list[str]:
    """What every figure of a report has in common."""
    zone = report.period.zone.key
    lines = [f"{report.period.first} to {report.period.last} ({zone}), from {report.source}"]
    if report.base is not None and report.rates:
        rates = ", ".join(f"1 {unit} = {rate:g} {report.base}" for unit, rate in report.rates.items())
        lines.append(f"Amounts are in {report.base}, converted by {rates}")
    elif report.base is not None:
        lines.append(f"Amounts that name no currency are in {report.base}")
    else:
        lines.append("Amounts are in the currencies that events name: --currency or --policy says in which the others are")
    return lines


def rows(report: Report) -> list[tuple[str, ...]]:
    """A line for each figure: metric, group, stage, figure, counts, remarks."""
    return [
        (
            answer.metric.name,
            *(figure.group.get(each, "") if figure.group else "all" for each in report.by),
            figure.stage or "",
            value(figure, answer.metric.unit),
            counts(figure, answer.metric.unit),
            remarks(figure),
        )
        for answer in report.answers
        for figure in answer.figures
    ]


def as_json(report: Report) -> dict[str, Any]:
    """A report for programs."""
    return {
        "from": str(report.period.first),
        "to": str(report.period.last),
        "zone": report.period.zone.key,
        "currency": report.base,
        "rates": dict(report.rates),
        "source": report.source,
        "known_until": report.horizon,
        "by": list(report.by),
        "notes": list(report.notes),
        "metrics": [_metric(answer) for answer in report.answers],
    }


def _metric(answer: Answer) -> dict[str, Any]:
    metric = answer.metric
    return {
        "metric": metric.name,
        "title": metric.title,
        "means": metric.means,
        "unit": metric.unit,
        "better": metric.better,
        "guardrail": metric.is_guardrail,
        "not_by": list(answer.not_by),
        "figures": [_figure(figure) for figure in answer.figures],
    }


def _figure(figure: Figure) -> dict[str, Any]:
    told: dict[str, Any] = {
        "group": dict(figure.group),
        "value": _short(figure.value),
        "numerator": _short(figure.numerator),
        "denominator": figure.denominator,
        "sample": figure.sample,
        "small": figure.is_small,
        "too_young": figure.pending,
        "not_known": figure.unknown,
    }
    if figure.currency is not None:
        told["currency"] = figure.currency or None
    if figure.stage is not None:
        told["stage"] = figure.stage
    if figure.value is None:
        told["why"] = figure.why
    return told


def _short(number: float | None) -> float | None:
    return None if number is None else round(number, 6)
