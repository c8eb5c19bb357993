"""The UCI Online Retail file as Segment events: a year of a real shop, 541,909 lines, whose purchases can be left out at will.

Every line of the file ends in exactly one event:

* An invoice becomes a cart of its own (`cart_id` is its number), filled line by line, one second apart, from the time of its first line.
  One second after the last line comes its `Order Completed`, unless the invoice is among those to abandon.
* A cancellation (number C…) becomes one `Order Refunded`. The file does not say which order it takes back, so its `order_id` is its own number.
* Whatever else is no sale (a quantity of zero or less, a negative price, the adjustments A…) becomes one `Stock Adjusted` a line.

The file's wall times are read as UTC. Lines without a customer belong to the anonymous id `invoice-<number>`.
"""

import csv
import gzip
import hashlib
import math
import sys
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any, NamedTuple

import msgspec

from services.replay.records import History, Record, ReplayError

STEP = 1_000
"""Milliseconds between two lines of an invoice, and between the last one and its order."""
CONTEXT = {"timezone": "Europe/London", "library": {"name": "kairos-online-retail"}}
COLUMNS = ("InvoiceNo", "StockCode", "Description", "Quantity", "InvoiceDate", "UnitPrice", "CustomerID")


class Line(NamedTuple):
    """One line of an invoice."""

    product_id: str
    name: str
    price: float
    quantity: int

    @property
    def sold(self) -> bool:
        """Something was bought; the price may be nothing."""
        return self.quantity > 0 and self.price >= 0


class Invoice(NamedTuple):
    """One invoice with all its lines, wherever in the file they stand."""

    number: str
    customer: str
    """Empty where the file knows none."""
    start: int
    """Time of its first line, epoch milliseconds."""
    lines: list[Line]


def online_retail(path: Path, *, abandon: float = 0.0) -> History:
    """All events of the file at `path` (csv or csv.gz) in order of time; those of one time keep the order of the file.

    `abandon` is the share of invoices whose order is left out. Raises ReplayError where the file is not what it should be.
    """
    invoices = _read(path)
    plans = [_plan(invoice, abandon=abandon) for invoice in invoices]
    schedule = sorted((invoice.start + step * STEP, n, step) for n, invoice in enumerate(invoices) for step in range(len(plans[n])))
    records = (_record(at, invoices[n], *plans[n][step], step) for at, n, step in schedule)
    return History(events=len(schedule), records=records)


def abandoned(invoice: str, share: float) -> bool:
    """Is this invoice among the `share` whose order never came?

    The first 32 bits of sha256(invoice number), as a fraction of 2**32, lie below the share: the same invoices every time, and a larger share keeps
    all those of a smaller one.
    """
    return int.from_bytes(hashlib.sha256(invoice.encode()).digest()[:4], "big") / 2**32 < share


def _read(path: Path) -> list[Invoice]:
    """The invoices in the order in which they begin in the file."""
    invoices: dict[str, Invoice] = {}
    with _open(path) as file:
        rows = csv.reader(file)
        header = next(rows, [])
        if missing := [column for column in COLUMNS if column not in header]:
            problem = f"{path}: no column {', '.join(missing)} in its first line; expected the UCI Online Retail file as csv or csv.gz"
            raise ReplayError(problem)
        number, product, name, quantity, date, price, customer = (header.index(column) for column in COLUMNS)
        for row in rows:
            try:
                # The same few thousand products come half a million times: keep each text once.
                line = Line(sys.intern(row[product]), sys.intern(row[name]), float(row[price]), int(row[quantity]))
                invoice = invoices.get(row[number])
                if invoice is None:
                    start = int(datetime.fromisoformat(row[date]).replace(tzinfo=UTC).timestamp()) * 1000
                    invoices[row[number]] = Invoice(row[number], row[customer].removesuffix(".0"), start, [line])
                else:
                    invoice.lines.append(line)
            except (ValueError, IndexError) as error:
                problem = f"{path}, line {rows.line_num}: {error}; it needs a whole Quantity, a UnitPrice and an InvoiceDate like 2010-12-01 08:26:00"
                raise ReplayError(problem) from error
    return list(invoices.values())


def _open(path: Path) -> AbstractContextManager[IO[str]]:
    if path.suffix == ".gz":
        return gzip.open(path, "rt", encoding="utf-8", newline="")
    return path.open(encoding="utf-8", newline="")


Plan = list[tuple[str, list[Line]]]
"""The events of an invoice, one a step: the event's name and the lines it is about."""


def _plan(invoice: Invoice, *, abandon: float) -> Plan:
    if invoice.number.startswith("C"):
        return [("Order Refunded", invoice.lines)]
    if invoice.number.startswith("A"):
        return [("Stock Adjusted", [line]) for line in invoice.lines]
    plan: Plan = [("Product Added" if line.sold else "Stock Adjusted", [line]) for line in invoice.lines]
    sold = [line for line in invoice.lines if line.sold]
    if sold and not abandoned(invoice.number, abandon):
        plan.append(("Order Completed", sold))
    return plan


def _record(at: int, invoice: Invoice, name: str, lines: list[Line], step: int) -> Record:
    person = invoice.customer or f"invoice-{invoice.number}"
    event: dict[str, Any] = {
        "messageId": f"{invoice.number}-{step + 1}",
        "type": "track",
        "event": name,
        "userId" if invoice.customer else "anonymousId": person,
        "timestamp": datetime.fromtimestamp(at / 1000, UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z"),
        "context": CONTEXT,
        "properties": _properties(invoice, name, lines),
    }
    return Record(at, person.encode(), msgspec.json.encode(event))


def _properties(invoice: Invoice, name: str, lines: list[Line]) -> dict[str, Any]:
    if name == "Product Added":
        return {"cart_id": invoice.number, **_product(lines[0]), "currency": "GBP"}
    if name == "Stock Adjusted":
        return {"adjustment_id": invoice.number, **_product(lines[0]), "currency": "GBP"}
    # A cancellation lists what came back as negative quantities: the event says Refunded, so its products count up again.
    products = [_product(line._replace(quantity=abs(line.quantity))) for line in lines]
    total = round(abs(math.fsum(line.price * line.quantity for line in lines)), 2)
    order = {"order_id": invoice.number, "total": total, "currency": "GBP", "products": products}
    return order if name == "Order Refunded" else {**order, "cart_id": invoice.number, "revenue": total}


def _product(line: Line) -> dict[str, Any]:
    return {"product_id": line.product_id, "name": line.name, "price": line.price, "quantity": line.quantity}
