"""From the lake's tables to those that metrics count: `services/kpis/sql`, one file after the other, in a connection of the lake."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from importlib import resources
from typing import TYPE_CHECKING, Any

from services.kpis.identity import Said, owners
from services.lake.ask import run
from udfs.codecs.catalogue import catalogue
from udfs.core.values.money import Currency

if TYPE_CHECKING:
    import duckdb

STEPS = ("words", "events", "orders", "messages", "visits")
READ = (
    *("order_completed", "order_refunded", "order_cancelled", "product_added", "product_removed", "unsubscribed"),
    *("message_sent", "message_delivered", "message_opened", "message_clicked", "message_dismissed", "message_bounced", "message_complained"),
)
"""Events whose properties are read, whichever metrics are asked for."""
NO_VISIT = ("subscribed", "unsubscribed", "consent_given", "consent_withdrawn")
"""What is said from a mailbox or a preference centre is no visit of the shop."""


@dataclass(frozen=True, kw_only=True)
class Shop:
    """What a report has to be told: amounts without a currency are in the shop's, and rates make one currency of several."""

    currency: Currency = field(default_factory=Currency)

    @property
    def rates(self) -> dict[str, float]:
        """Currency -> how much one unit is worth in the shop's own; without rates the own alone, or none."""
        base = self.currency.base
        return {} if base is None else {base: 1.0, **self.currency.rates}


def prepare(connection: "duckdb.DuckDBPyConnection", shop: Shop, *, keeps_properties: bool) -> None:
    """Make the tables of `services.kpis.tables`. `keeps_properties`: a metric names properties of events. Raises BadQuery and LakeError."""
    passive = [*(name for name, kind in catalogue().events.items() if kind.passive), *NO_VISIT]
    _fill(connection, "kpi_ids (name VARCHAR, since TIMESTAMP, person VARCHAR)", "make_timestamp({1} * 1000)", _owners(connection))
    _fill(connection, "kpi_passive (event VARCHAR)", "", ((name,) for name in passive))
    _fill(connection, "kpi_read (event VARCHAR)", "", ((name,) for name in READ))
    _fill(connection, "kpi_rates (unit VARCHAR, rate DOUBLE)", "", shop.rates.items())
    _fill(connection, "kpi_shop (base VARCHAR)", "", [(shop.currency.base,)])
    for step in STEPS:
        script = _script(step).replace("$keeps_properties", "true" if keeps_properties else "false")
        for statement in statements(script):
            run(connection, statement)


def statements(script: str) -> Iterator[str]:
    """The statements of a script, without comments."""
    lines = (line for line in script.splitlines() if not line.lstrip().startswith("--"))
    yield from filter(str.strip, f"{chr(10).join(lines)}\n".split(";\n"))


def _owners(connection: "duckdb.DuckDBPyConnection") -> Iterator[tuple[str, int, str]]:
    yield from owners([Said(*row) for row in run(connection, _script("ids")).fetchall()])


def _script(name: str) -> str:
    return resources.files("services.kpis.sql").joinpath(f"{name}.sql").read_text(encoding="utf-8")


def _fill(connection: "duckdb.DuckDBPyConnection", table: str, timed: str, rows: Iterable[tuple[Any, ...]]) -> None:
    """Make a small table. `timed`: how its second column becomes a time."""
    run(connection, f"CREATE TEMP TABLE {table}")
    columns = [list(column) for column in zip(*rows, strict=True)]
    if columns:
        parts = [f"unnest(${number})" for number in range(1, len(columns) + 1)]
        if timed:
            parts[1] = timed.replace("{1}", parts[1])
        run(connection, f"INSERT INTO {table.partition(' ')[0]} SELECT {', '.join(parts)}", columns)
