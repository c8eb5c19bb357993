"""`kairos replay` and `kairos sort` as far as they go without a broker."""

import json
from pathlib import Path

from click.testing import CliRunner

from cli.main import kairos
from services.devstack import ports

EARLIER = '{"messageId":"1","userId":"ada","timestamp":"2026-01-05T12:00:01Z"}'
LATER = '{"messageId":"2","userId":"ada","timestamp":"2026-01-05T12:00:02Z"}'
SHOP = """InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country
1,a,A,1,2010-12-01 08:00:00,1,7.0,UK
1,b,B,1,2010-12-01 08:00:00,1,7.0,UK
"""


def test_sort_writes_the_lines_in_order_of_time(tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    path.write_text(f"{LATER}\n{EARLIER}\n")
    result = CliRunner().invoke(kairos, ["sort", str(path)])
    assert result.stdout == f"{EARLIER}\n{LATER}\n"
    assert "sorted first" in result.stderr
    out = tmp_path / "sorted.jsonl"
    CliRunner().invoke(kairos, ["sort", str(path), "--out", str(out)])
    assert out.read_text() == result.stdout


def test_sort_never_overwrites_what_it_reads(tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    path.write_text(f"{LATER}\n{EARLIER}\n")
    result = CliRunner().invoke(kairos, ["sort", str(path), "--out", str(path)])
    assert result.exit_code != 0
    assert path.read_text() == f"{LATER}\n{EARLIER}\n"


def test_mapped_events_can_be_written_to_a_file(tmp_path: Path) -> None:
    (tmp_path / "shop.csv").write_text(SHOP)
    out = tmp_path / "events.jsonl"
    result = CliRunner().invoke(kairos, ["replay", "--source", "online-retail", str(tmp_path / "shop.csv"), "--out", str(out), "--limit", "2"])
    assert result.exit_code == 0
    assert [json.loads(line)["messageId"] for line in out.read_text().splitlines()] == ["1-1", "1-2"]


def test_without_a_job_it_says_how_to_start_one(tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    path.write_text(EARLIER)
    rest, broker = ports.free(2)
    result = CliRunner().invoke(kairos, ["replay", str(path), "--rest", f"http://127.0.0.1:{rest}", "--brokers", f"127.0.0.1:{broker}"])
    assert result.exit_code == 1
    assert "kairos submit --clock replay" in result.output


def test_leaving_out_orders_needs_a_source_that_has_them(tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    path.write_text(EARLIER)
    result = CliRunner().invoke(kairos, ["replay", str(path), "--abandon", "0.3"])
    assert result.exit_code == 2
    assert "online-retail" in result.output
