"""Funnels: who reaches which stage, each at or after the one before. A stage with the condition of an earlier one needs another event."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from services.kpis.metric import Funnel, Metric
from services.kpis.period import Period
from services.kpis.query import divided
from services.kpis.results import Answer, Figure
from services.lake.ask import run

if TYPE_CHECKING:
    import duckdb


def answer(connection: "duckdb.DuckDBPyConnection", metric: Metric, by: Sequence[str], period: Period) -> Answer:
    """For each stage but the last, the share of those who reached it and not the next. Raises BadQuery and LakeError."""
    dimensions = [each for each in by if metric.can_be_by(each) and each != "stage"]
    figures = _figures(connection, metric, (), period)
    if dimensions:
        figures += _figures(connection, metric, dimensions, period)
    return Answer(metric=metric, figures=figures, not_by=[each for each in by if not metric.can_be_by(each)])


def _figures(connection: "duckdb.DuckDBPyConnection", metric: Metric, dimensions: Sequence[str], period: Period) -> list[Figure]:
    funnel = metric.funnel
    assert funnel is not None  # the language has seen to that
    columns, joins, more = divided(dimensions)
    last = len(funnel.stages)
    reached = ", ".join(f"count(stage{number}) FILTER (is_over)" for number in range(1, last + 1))
    query = f"""WITH {_ways(funnel, period)},
        rows AS (SELECT *, row_number() OVER () AS id FROM ways WHERE "at" IS NOT NULL){more}
        SELECT {columns}{reached}, count(*) FILTER (NOT is_over) FROM rows {joins} GROUP BY ALL"""
    found = []
    rows = run(connection, query).fetchall() or ([(0,) * (last + 1)] if not dimensions else [])
    for row in sorted(rows, key=lambda row: tuple(map(str, row[: len(dimensions)]))):
        group = dict(zip(dimensions, map(str, row), strict=False))
        counts, pending = row[len(dimensions) : -1], row[-1]
        for number, name in enumerate(funnel.stages):
            here, after = counts[number], counts[number + 1] if number + 1 < last else None
            lost = None if after is None else float(here - after)
            if group and not here and not (pending and not number):
                continue
            why = "the last stage" if lost is None else "nobody reached it" if not here else ""
            value = lost / here if lost is not None and here else None
            found.append(
                Figure(
                    group=group, value=value, numerator=lost, denominator=here, sample=here, stage=name, pending=pending if not number else 0, why=why
                )
            )
    return found


def _ways(funnel: Funnel, period: Period) -> str:
    """For each person or session, the number of the event by which each stage was reached."""
    unit = "person, session" if funnel.of == "sessions" else "person"
    same = "told.person = before.person" + (" AND told.session = before.session" if funnel.of == "sessions" else "")
    conditions = list(funnel.stages.values())
    if funnel.of == "sessions":
        source = (
            'SELECT events.* EXCLUDE ("at"), sessions."at" AS begins, events."at" FROM kpi_events AS events '
            "JOIN kpi_sessions AS sessions ON sessions.person = events.person AND sessions.session = events.session"
        )
        within, begins, over = "true", "min(begins)", "true"
    else:
        source = "SELECT * FROM kpi_events"
        within = f'told."at" <= before."at" + to_milliseconds({funnel.within:d})'
        begins, over = 'min("at")', f'stage1."at" + to_milliseconds({funnel.within:d}) <= (SELECT "at" FROM kpi_horizon)'
    start = "begins" if funnel.of == "sessions" else '"at"'
    inside = f"{start} >= make_timestamp({period.since * 1000:d}) AND {start} < make_timestamp({period.until * 1000:d})"
    parts = [
        f"told AS ({source})",
        f'stage1 AS (SELECT {unit}, min(number) AS reached, {begins} AS "at" FROM told WHERE ({conditions[0]}) AND {inside} GROUP BY {unit})',
    ]
    for number, condition in enumerate(conditions[1:], 2):
        sign = ">" if condition in conditions[: number - 1] else ">="
        keys = ", ".join(f"told.{name}" for name in unit.split(", "))
        met = f"SELECT told.* FROM told WHERE ({condition})"
        parts.append(
            f'stage{number} AS (SELECT {keys}, min(told.number) AS reached, any_value(before."at") AS "at" FROM ({met}) AS told '
            f"JOIN stage{number - 1} AS before ON {same} AND told.number {sign} before.reached AND {within} GROUP BY ALL)"
        )
    using = "person, session" if funnel.of == "sessions" else "person"
    joined = " ".join(f"LEFT JOIN stage{number} USING ({using})" for number in range(2, len(conditions) + 1))
    told = ", ".join(f"stage{number}.reached AS stage{number}" for number in range(1, len(conditions) + 1))
    return ", ".join([*parts, f'ways AS (SELECT stage1.person, stage1."at", {told}, {over} AS is_over FROM stage1 {joined})'])
