"""The Online Retail file becomes the events of a shop: nothing lost, every cart its own, the same invoices abandoned every time."""

import csv
import gzip
from collections import Counter
from pathlib import Path
from typing import Any

import msgspec
import pytest

from bench.public_data import DATA
from services.replay.online_retail import abandoned, online_retail
from services.replay.records import Record, ReplayError
from tests.public_data import needs

HEADER = "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country"
RETAIL = "online_retail/online_retail_all.csv.gz"
REAL = DATA / RETAIL


def shop(folder: Path, *lines: str, abandon: float = 0.0) -> list[Record]:
    path = folder / "shop.csv"
    path.write_text("\n".join([HEADER, *lines, ""]))
    return list(online_retail(path, abandon=abandon).records)


def event(record: Record) -> dict[str, Any]:
    value: dict[str, Any] = msgspec.json.decode(record.value)
    return value


def brief(records: list[Record]) -> list[tuple[str, str, str]]:
    """(wall time, key, event) of each."""
    return [(event(r)["timestamp"][11:19], r.key.decode(), event(r)["event"]) for r in records]


def test_an_invoice_fills_a_cart_line_by_line_and_is_ordered_one_second_after_its_last(tmp_path: Path) -> None:
    records = shop(
        tmp_path,
        "536365,85123A,HOLDER,6,2010-12-01 08:26:00,2.55,17850.0,United Kingdom",
        "536365,71053,LANTERN,2,2010-12-01 08:26:00,3.39,17850.0,United Kingdom",
    )
    assert brief(records) == [
        ("08:26:00", "17850", "Product Added"),
        ("08:26:01", "17850", "Product Added"),
        ("08:26:02", "17850", "Order Completed"),
    ]
    added, _, order = map(event, records)
    assert added["userId"] == "17850"
    assert added["properties"] == {
        "cart_id": "536365", "product_id": "85123A", "name": "HOLDER", "price": 2.55, "quantity": 6, "currency": "GBP",
    }  # fmt: skip
    assert order["properties"]["order_id"] == order["properties"]["cart_id"] == "536365"
    assert order["properties"]["total"] == order["properties"]["revenue"] == 22.08
    assert [p["product_id"] for p in order["properties"]["products"]] == ["85123A", "71053"]
    assert [r.at for r in records] == [1291191960000, 1291191961000, 1291191962000]
    assert len({event(r)["messageId"] for r in records}) == 3


def test_an_invoice_without_a_customer_belongs_to_an_anonymous_id_of_its_own(tmp_path: Path) -> None:
    [added, _] = shop(tmp_path, "536414,22139,TEA,56,2010-12-01 11:52:00,0.0,,United Kingdom")
    assert added.key == b"invoice-536414"
    assert event(added)["anonymousId"] == "invoice-536414"
    assert "userId" not in event(added)
    assert event(added)["event"] == "Product Added"  # costs nothing and is a line like any other


def test_a_cancellation_is_one_refund_with_a_positive_total(tmp_path: Path) -> None:
    [refund] = shop(
        tmp_path,
        "C536379,D,Discount,-1,2010-12-01 09:41:00,27.5,14527.0,United Kingdom",
        "C536379,22139,TEA,-2,2010-12-01 09:41:00,2.1,14527.0,United Kingdom",
    )
    properties = event(refund)["properties"]
    assert event(refund)["event"] == "Order Refunded"
    assert properties["total"] == 31.7
    assert [p["quantity"] for p in properties["products"]] == [1, 2]


@pytest.mark.parametrize(
    "line",
    ["536589,21777,,-10,2010-12-01 16:50:00,0.0,,United Kingdom", "A563186,B,Adjust bad debt,1,2011-08-12 14:51:00,-11062.06,,United Kingdom"],
)
def test_what_is_no_sale_is_kept_as_an_adjustment(tmp_path: Path, line: str) -> None:
    [adjusted] = shop(tmp_path, line)
    assert event(adjusted)["event"] == "Stock Adjusted"


def test_invoices_that_overlap_are_merged_in_order_of_time(tmp_path: Path) -> None:
    records = shop(
        tmp_path,
        "1,a,A,1,2010-12-01 08:00:00,1,7.0,UK",
        "1,b,B,1,2010-12-01 08:00:00,1,7.0,UK",
        "2,c,C,1,2010-12-01 08:00:00,1,8.0,UK",
        "1,d,D,1,2010-12-01 08:00:00,1,7.0,UK",  # stands apart from its invoice, as one does in the real file
    )
    assert [(r.at % 60_000 // 1000, event(r)["messageId"]) for r in records] == [
        (0, "1-1"), (0, "2-1"), (1, "1-2"), (1, "2-2"), (2, "1-3"), (3, "1-4"),
    ]  # fmt: skip


def test_an_abandoned_invoice_has_its_cart_but_no_order(tmp_path: Path) -> None:
    [added] = shop(tmp_path, "536365,85123A,HOLDER,6,2010-12-01 08:26:00,2.55,17850.0,United Kingdom", abandon=1.0)
    assert event(added)["event"] == "Product Added"


def test_the_abandoned_share_is_stable_and_grows_by_adding() -> None:
    numbers = [str(n) for n in range(536_365, 546_365)]
    third = {n for n in numbers if abandoned(n, 0.3)}
    assert 2_850 < len(third) < 3_150
    assert third < {n for n in numbers if abandoned(n, 0.4)}
    # Pinned: another choice of invoices would silently make every earlier replay a different history.
    assert [n for n in numbers[:24] if n in third] == ["536375", "536380", "536383"]


def test_a_file_of_another_shape_is_refused_with_what_is_missing(tmp_path: Path) -> None:
    path = tmp_path / "other.csv"
    path.write_text("a,b\n1,2\n")
    with pytest.raises(ReplayError, match="no column InvoiceNo, StockCode"):
        online_retail(path)


def test_a_broken_line_is_named_by_its_number(tmp_path: Path) -> None:
    with pytest.raises(ReplayError, match=r"line 2: .*many"):
        shop(tmp_path, "536365,85123A,HOLDER,many,2010-12-01 08:26:00,2.55,17850.0,United Kingdom")


@pytest.mark.slow
@needs(RETAIL)
def test_every_line_of_the_real_file_ends_in_exactly_one_event() -> None:
    with gzip.open(REAL, "rt", encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    cancelled = {row["InvoiceNo"] for row in rows if row["InvoiceNo"].startswith("C")}
    sales = [row for row in rows if row["InvoiceNo"].isdigit() and int(row["Quantity"]) > 0]
    bought = {row["InvoiceNo"] for row in sales}
    kept = {number for number in bought if not abandoned(number, 0.3)}
    others = len(rows) - len(sales) - sum(row["InvoiceNo"] in cancelled for row in rows)

    seen: Counter[str] = Counter()
    ids: set[str] = set()
    last = 0
    for record in online_retail(REAL, abandon=0.3).records:
        found = event(record)
        seen[found["event"]] += 1
        ids.add(found["messageId"])
        assert record.at >= last
        assert record.key
        last = record.at
    assert len(rows) == 541_909
    assert seen == {"Product Added": len(sales), "Order Completed": len(kept), "Order Refunded": len(cancelled), "Stock Adjusted": others}
    assert len(ids) == seen.total() == 550_923
