"""A report: every metric that was asked for, over one period, and what has to be known to read the figures."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from services.kpis import funnel, query
from services.kpis.metric import Metric
from services.kpis.period import Period, day_of
from services.kpis.prepare import Shop, prepare
from services.kpis.results import SMALL, Answer, Report
from services.lake.ask import run
from udfs.core.values.errors import InvalidInput

if TYPE_CHECKING:
    import duckdb

QUICK_MS = 2_000
"""A click so soon after the delivery is hardly a person's."""


class BadPeriod(InvalidInput):
    """A period that holds nothing."""


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What a report is to say."""

    metrics: Sequence[Metric]
    by: Sequence[str] = ()
    first: date | None = None
    """The first day; None: that of the first event."""
    last: date | None = None
    """The last day, which is part of it; None: the day on which what is known ends."""
    zone: ZoneInfo
    shop: Shop
    source: str = "the lake"


def report(connection: "duckdb.DuckDBPyConnection", asked: Asked) -> Report:
    """Compute a report. `connection` has the lake's tables. Raises BadPeriod, BadQuery and LakeError."""
    prepare(connection, asked.shop, keeps_properties=any(each.names_properties for each in asked.metrics))
    horizon, began = _ends(connection)
    period = _period(asked, began, horizon)
    query.make_weeks(connection, period)
    answers = [(funnel if each.funnel is not None else query).answer(connection, each, asked.by, period) for each in asked.metrics]
    return Report(
        period=period,
        by=asked.by,
        answers=answers,
        source=asked.source,
        horizon=horizon,
        base=asked.shop.currency.base,
        rates=asked.shop.currency.rates,
        notes=list(_notes(connection, asked, period, horizon, answers)),
    )


def _ends(connection: "duckdb.DuckDBPyConnection") -> tuple[int, int]:
    """When what is known ends, and when it begins."""
    began = 'least((SELECT min("at") FROM kpi_log), (SELECT min("at") FROM kpi_decided), kpi_horizon."at")'
    horizon, first = run(connection, f'SELECT epoch_ms(kpi_horizon."at"), epoch_ms({began}) FROM kpi_horizon').fetchall()[0]
    return int(horizon), int(first)


def _period(asked: Asked, began: int, horizon: int) -> Period:
    first = asked.first or day_of(min(began, horizon), asked.zone)
    last = asked.last or day_of(horizon, asked.zone)
    if first > last:
        message = f"the period ends on {last}, before it begins on {first}"
        raise BadPeriod(message, f"what was read ends on {day_of(horizon, asked.zone)}")
    return Period.of_days(first, last, asked.zone)


def _notes(connection: "duckdb.DuckDBPyConnection", asked: Asked, period: Period, horizon: int, answers: Sequence[Answer]) -> Iterator[str]:
    """What has to be known to read the figures; nothing that does not concern them."""
    tables = {table.name for each in asked.metrics for table in each.tables}
    if not run(connection, "SELECT count(*) FROM kpi_log").fetchall()[0][0]:
        yield "There are no events: what was read is empty."
    if asked.last is not None and period.until > horizon:
        yield "The period is not over: what was read ends before it does, so its last figures will still change."
    if "week" in asked.by and (partial := [week.label for week in period.weeks() if not week.is_whole or week.until > horizon]):
        yield f"Not a whole week: {', '.join(partial)}. Sums of it are smaller for that alone."
    if "segment" in asked.by:
        yield "Whoever is in several segments is counted in each: segments do not add up."
    if tables & {"messages", "held_out"}:
        yield from _of_messages(connection, tables)
    if tables & {"orders", "placed_orders", "sessions", "carts"}:
        yield from _of_orders(connection)
    if any(figure.is_small for each in answers for figure in each.figures):
        yield f"Small: fewer than {SMALL} rows. Chance alone may have made such a figure."


def _of_messages(connection: "duckdb.DuckDBPyConnection", tables: set[str]) -> Iterator[str]:
    silent = run(connection, "SELECT channel, messages FROM kpi_channels WHERE NOT reports ORDER BY channel").fetchall()
    for channel, messages in silent if "messages" in tables else ():
        yield (
            f"Nobody reports deliveries by {channel or 'an unnamed channel'}: of its {messages:,} messages, those that did not bounce and were "
            "not recalled count as delivered. Report message_delivered to know better."
        )
    statuses = dict(run(connection, "SELECT coalesce(status, ''), count(*) FROM kpi_all_messages GROUP BY ALL").fetchall())
    if statuses.get("provisional") or statuses.get("cut"):
        yield (
            f"Outcomes: {statuses.get('final', 0):,} are final, {statuses.get('provisional', 0):,} provisional (their time is not over) and "
            f"{statuses.get('cut', 0):,} cut. Conversion counts final ones."
        )
    quick = run(connection, f"SELECT count(*) FROM kpi_receipts WHERE clicked_at <= delivered_at + to_milliseconds({QUICK_MS})").fetchall()[0][0]
    if quick:
        yield f"{quick:,} messages were clicked within two seconds of their delivery, as scanners do. They count unless reported with machine: true."
    strangers = run(
        connection, "SELECT count(*) FROM kpi_receipts AS told ANTI JOIN kpi_decided AS decided ON decided.decision = told.decision"
    ).fetchall()[0][0]
    if strangers:
        yield f"Receipts of {strangers:,} messages match no decision that was read: they are left out."


def _of_orders(connection: "duckdb.DuckDBPyConnection") -> Iterator[str]:
    units = [row[0] for row in run(connection, "SELECT DISTINCT currency FROM kpi_ledger ORDER BY 1").fetchall()]
    if len(units) > 1:
        yield f"Orders are in {', '.join(unit or 'no named currency' for unit in units)}: they are never added. Rates in a policy make one of them."
    unknown = run(connection, "SELECT count(*) FROM kpi_orders WHERE net IS NULL").fetchall()[0][0]
    if unknown:
        yield f"Of {unknown:,} orders nobody knows what they come to: they count as orders, and are in no amount."
    lost = run(
        connection,
        "SELECT count(*) FROM kpi_told AS told WHERE event <> 'order_completed' AND seq NOT IN (SELECT seq FROM kpi_undone) AND order_id IS NULL",
    ).fetchall()[0][0]
    if lost:
        yield f"{lost:,} refunds or cancellations name no order, and their customer has none or several: nothing is taken off for them."
    early = run(
        connection,
        "SELECT count(*) FROM kpi_undone AS undone ANTI JOIN kpi_first AS placed ON placed.person = undone.person AND placed.key = undone.key",
    ).fetchall()[0][0]
    if early:
        yield f"{early:,} refunds or cancellations are of orders that nobody reported: nothing is taken off for them."
