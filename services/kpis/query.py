"""Metrics as queries of DuckDB. A query says the parts, by group and currency; what is divided is divided here."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

from services.kpis.metric import Metric, Term, Window
from services.kpis.period import Period
from services.kpis.results import Answer, Figure
from services.kpis.tables import DIMENSIONS, Table
from services.lake.ask import run

if TYPE_CHECKING:
    import duckdb

Group = tuple[str, ...]
IN_NO_SEGMENT = "(none)"
_STAGE = (
    "CASE WHEN stands.buys < rows.\"at\" THEN 'loyalty' WHEN stands.fills < rows.\"at\" THEN 'conversion' "
    "WHEN stands.considers < rows.\"at\" THEN 'consideration' ELSE 'acquisition' END"
)
_DIVIDED: Mapping[str, tuple[str, str]] = {
    "campaign": ("rows.campaign", ""),
    "channel": ("rows.channel", ""),
    "week": ("weeks.week", 'JOIN kpi_weeks AS weeks ON rows."at" >= weeks.since AND rows."at" < weeks.until'),
    "stage": (_STAGE, "LEFT JOIN kpi_stands AS stands ON stands.person = rows.person"),
    "segment": (f"coalesce(inside.segment, '{IN_NO_SEGMENT}')", "LEFT JOIN inside ON inside.id = rows.id"),
}
"""Dimension -> how a row says it, and what has to be joined for that."""
_INSIDE = """inside AS (
    SELECT DISTINCT rows.id, spans.segment FROM rows
    JOIN kpi_memberships AS spans ON spans.person = rows.person AND rows."at" >= spans.since AND rows."at" < spans.until
)"""


class Part(NamedTuple):
    """What a term comes to in one group."""

    value: float | None
    rows: int
    unknown: int


def answer(connection: "duckdb.DuckDBPyConnection", metric: Metric, by: Sequence[str], period: Period) -> Answer:
    """The figures of a metric that has a numerator. Raises BadQuery and LakeError."""
    dimensions = [each for each in by if metric.can_be_by(each)]
    figures = _figures(connection, metric, (), period)
    if dimensions:
        figures += _figures(connection, metric, dimensions, period)
    return Answer(metric=metric, figures=figures, not_by=[each for each in by if each not in dimensions])


def rows_of(table: Table, where: str, period: Period | None) -> str:
    """A query of the rows of a table for which a condition holds, each with an `id`; of the period, or of all time."""
    conditions = [f"({where})"] if where else []
    if period is not None:
        conditions.append(f'"at" >= {_instant(period.since)} AND "at" < {_instant(period.until)}')
    return f"SELECT *, rowid AS id FROM {table.source}" + (f" WHERE {' AND '.join(conditions)}" if conditions else "")


def divided(dimensions: Sequence[str]) -> tuple[str, str, str]:
    """For a query over `rows`: the columns of the group, the joins, and a further table that they need."""
    columns = "".join(f"{_DIVIDED[each][0]} AS {each}, " for each in dimensions)
    joins = " ".join(_DIVIDED[each][1] for each in dimensions)
    return columns, joins, f", {_INSIDE}" if "segment" in dimensions else ""


def _figures(connection: "duckdb.DuckDBPyConnection", metric: Metric, dimensions: Sequence[str], period: Period) -> list[Figure]:
    numerator, denominator = metric.numerator, metric.denominator
    assert numerator is not None  # the language has seen to that
    pending: Mapping[Group, int] = {}
    if metric.window is not None and denominator is not None:
        parts, below, pending = _followed(connection, metric, numerator, denominator, metric.window, dimensions, period)
    else:
        narrowed = [each.where for each in (numerator, denominator) if each is not None and metric.unit == "percent" and each.where]
        where = " AND ".join(f"({each})" for each in narrowed) if narrowed else numerator.where
        parts = _parts(connection, numerator, where, dimensions, period)
        below = (
            {} if denominator is None else {group: part.rows for (group, _), part in _counted(connection, denominator, dimensions, period).items()}
        )
    base = _base(connection)
    groups = {group for group, _ in parts} | below.keys() | pending.keys() | ({()} if not dimensions else set())
    found = []
    for group in sorted(groups):
        currencies = sorted(unit for each, unit in parts if each == group and unit is not None) or [base]
        for unit in currencies if numerator.is_money else [None]:
            part = parts.get((group, unit), Part(_of_nothing(numerator), 0, 0))
            told = dict(zip(dimensions, group, strict=True))
            found.append(_figure(metric, told, part, below.get(group, 0) if denominator is not None else None, pending.get(group, 0), unit))
    return found


def _figure(metric: Metric, group: Mapping[str, str], part: Part, below: int | None, pending: int, unit: str | None) -> Figure:
    value, why = part.value, ""
    if below is None:
        sample = part.rows
        why = "" if value is not None else "no row has it" if part.unknown else "there are no rows"
    else:
        sample = below
        if metric.numerator is not None and metric.numerator.aggregation == "none":
            value = None if value is None else below - value
        part = Part(value, part.rows, part.unknown)
        if not below:
            value, why = None, f"too young: {pending:,}" if pending else "there is nothing to divide by"
        elif value is None:
            why = "no amount is known"
        else:
            value /= below
    return Figure(
        group=group,
        value=value,
        numerator=part.value,
        denominator=below,
        sample=sample,
        currency=unit,
        pending=pending,
        unknown=part.unknown,
        why=why,
    )


def _of_nothing(term: Term) -> float | None:
    """What a term comes to over no rows."""
    return 0.0 if term.aggregation in ("count", "people", "sum", "any", "none") else None


def _parts(
    connection: "duckdb.DuckDBPyConnection", term: Term, where: str, dimensions: Sequence[str], period: Period
) -> dict[tuple[Group, str | None], Part]:
    columns, joins, more = divided(dimensions)
    unit = "rows.currency" if term.is_money else "NULL"
    value = _value(term, "rows")
    query = f"""WITH rows AS ({rows_of(term.table, where, period)}){more}
        SELECT {columns}{unit} AS unit, {value}, {_known(term, "rows")}, count(*)
        FROM rows {joins} GROUP BY ALL"""
    found = {}
    for *group, unit_of, came_to, known, number in run(connection, query).fetchall():
        sample = int(came_to or 0) if term.aggregation == "people" else known
        found[tuple(map(str, group)), unit_of] = Part(None if came_to is None else float(came_to), sample, number - known)
    return found if dimensions or any(part.rows or part.unknown for part in found.values()) else {}


def _counted(connection: "duckdb.DuckDBPyConnection", term: Term, dimensions: Sequence[str], period: Period) -> dict[tuple[Group, str | None], Part]:
    return {key: part._replace(rows=int(part.value or 0)) for key, part in _parts(connection, term, term.where, dimensions, period).items()}


def _followed(
    connection: "duckdb.DuckDBPyConnection",
    metric: Metric,
    numerator: Term,
    denominator: Term,
    window: Window,
    dimensions: Sequence[str],
    period: Period,
) -> tuple[dict[tuple[Group, str | None], Part], dict[Group, int], dict[Group, int]]:
    """Of a metric with a window: what follows, how many rows it follows whose time is over, and how many there are whose time is not."""
    columns, joins, more = divided(dimensions)
    over = f'rows."at" + {_span(window.until)} <= (SELECT "at" FROM kpi_horizon)'
    rows = f"WITH rows AS ({rows_of(denominator.table, denominator.where, period)}){more}"
    below, pending = {}, {}
    counts = f"{rows} SELECT {columns}count(*) FILTER ({over}), count(*) FILTER (NOT {over}) FROM rows {joins} GROUP BY ALL"
    for *group, matured, young in run(connection, counts).fetchall():
        if matured or young:
            below[tuple(map(str, group))], pending[tuple(map(str, group))] = matured, young
    same, rows_too = "", rows
    if metric.same is not None:
        theirs, mine = metric.same
        rows_too = rows.replace("SELECT *, rowid", f"SELECT *, {mine} AS shared, rowid", 1)
        same = " AND after.shared = rows.shared AND after.shared IS NOT NULL"
        after = f"(SELECT *, {theirs} AS shared FROM {numerator.table.source}{_where(numerator)})"
    else:
        after = f"(SELECT * FROM {numerator.table.source}{_where(numerator)})"
    sign = ">=" if window.itself else ">"
    unit = "after.currency" if numerator.is_money else "NULL"
    query = f"""{rows_too}
        SELECT {columns}{unit} AS unit, {_value(numerator, "after")}, {_known(numerator, "after")}, count(*)
        FROM rows JOIN {after} AS after ON after.person = rows.person AND after."at" {sign} rows."at" + {_span(window.after)}
            AND after."at" <= rows."at" + {_span(window.until)}{same} {joins}
        WHERE {over} GROUP BY ALL"""
    parts = {
        (tuple(map(str, group)), unit_of): Part(None if value is None else float(value), known, number - known)
        for *group, unit_of, value, known, number in run(connection, query).fetchall()
        if number
    }
    return parts, below, pending


def _value(term: Term, alias: str) -> str:
    word = term.aggregation
    if word == "count":
        return "count(*)"
    if word == "people":
        return f"count(DISTINCT {alias}.person)"
    if word in ("any", "none"):
        return "count(DISTINCT rows.id)"
    function = {"sum": "fsum", "mean": "favg"}.get(word, word)
    return f'{function}({alias}."{term.column}")'


def _known(term: Term, alias: str) -> str:
    return f'count({alias}."{term.column}")' if term.column else "count(*)"


def _where(term: Term) -> str:
    return f" WHERE {term.where}" if term.where else ""


def _base(connection: "duckdb.DuckDBPyConnection") -> str:
    return str(run(connection, "SELECT coalesce(base, '') FROM kpi_shop").fetchall()[0][0])


def _instant(at: int) -> str:
    return f"make_timestamp({at * 1000:d})"


def _span(ms: int) -> str:
    return f"to_milliseconds({ms:d})"


def make_weeks(connection: "duckdb.DuckDBPyConnection", period: Period) -> None:
    """The weeks of a period, for division by them."""
    run(connection, "CREATE OR REPLACE TEMP TABLE kpi_weeks (week VARCHAR, since TIMESTAMP, until TIMESTAMP)")
    for week in period.weeks():
        run(connection, f"INSERT INTO kpi_weeks VALUES ('{week.label}', {_instant(week.since)}, {_instant(week.until)})")


assert set(DIMENSIONS) == set(_DIVIDED)
