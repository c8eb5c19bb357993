"""The UCI Online Retail file as Segment-spec events: a year of a real shop, 541,909 lines. A share of its purchases can be left out.

Every line of the file ends in exactly one event:

* An invoice becomes a cart of its own (`cart_id` is its number), filled line by line, one second apart, from the time of its first line.
  One second after the last line comes its `Order Completed`, unless the invoice is one of those to abandon.
* A cancellation (number C…) becomes one `Order Refunded`. The file does not say which order is refunded, so `order_id` is
  the cancellation's own number.
* Every other line that is not a sale (quantity of zero or less, negative price, adjustment A…) becomes one `Stock Adjusted`.

The file's times are read as UTC. Lines without a customer belong to the anonymous id `invoice-<number>`.
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
        """Whether something was bought; the price may be zero."""
        return self.quantity > 0 and self.price >= 0


class Invoice(NamedTuple):
    """One invoice with all its lines, even if they are scattered over the file."""

    number: str
    customer: str
    """Empty if the file has none."""
    start: int
    """Time of its first line, epoch milliseconds."""
    lines: list[Line]


def online_retail(path: Path, *, abandon: float = 0.0) -> History:
    """All events of the file at `path` (csv or csv.gz) in order of time; events with the same time keep the order of the file.

    `abandon` is the share of invoices whose order is left out. Raises ReplayError if the file cannot be read.
    """
    invoices = _read(path)
    plans = [_plan(invoice, abandon=abandon) for invoice in invoices]
    schedule = sorted((invoice.start + step * STEP, n, step) for n, invoice in enumerate(invoices) for step in range(len(plans[n])))
    records = (_record(at, invoices[n], *plans[n][step], step) for at, n, step in schedule)
    return History(events=len(schedule), records=records)


def abandoned(invoice: str, share: float) -> bool:
    """Whether this invoice is one of the `share` whose order is left out.

    It is if the first 32 bits of sha256(invoice number), as a fraction of 2**32, are below the share. So the same invoices are chosen every
    time, and a larger share contains all those of a smaller one.
    """
    return int.from_bytes(hashlib.sha256(invoice.encode()).digest()[:4], "big") / 2**32 < share


def _read(path: Path) -> list[Invoice]:
    """The invoices, in the order of their first lines."""
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
                # The same few thousand products occur half a million times: keep each text once.
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
"""The events of an invoice, one per step: the event's name, and its lines."""


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
    # A cancellation lists returned items as negative quantities. In a Refunded event they are positive.
    products = [_product(line._replace(quantity=abs(line.quantity))) for line in lines]
    total = round(abs(math.fsum(line.price * line.quantity for line in lines)), 2)
    order = {"order_id": invoice.number, "total": total, "currency": "GBP", "products": products}
    return order if name == "Order Refunded" else {**order, "cart_id": invoice.number, "revenue": total}


def _product(line: Line) -> dict[str, Any]:
    return {"product_id": line.product_id, "name": line.name, "price": line.price, "quantity": line.quantity}
