"""The naive oracle, checked by hand with a few simple carts."""

import json
import subprocess
import sys
from decimal import Decimal
from pathlib import Path
from typing import Any

from bench.oracle import acts


def at(minute: float, name: str, *, user: str = "ada", **properties: Any) -> dict[str, Any]:
    clock = f"2026-01-05T{10 + int(minute) // 60:02}:{int(minute) % 60:02}:{round(minute % 1 * 60):02}Z"
    return {"type": "track", "event": name, "userId": user, "timestamp": clock, "properties": properties}


def add(minute: float, price: str, *, user: str = "ada", product_id: str = "tent", **properties: Any) -> dict[str, Any]:
    return at(minute, "Product Added", user=user, product_id=product_id, price=Decimal(price), **properties)


def fired(*events: dict[str, Any]) -> list[tuple[str, float]]:
    """(user, minute after ten) of each act."""
    return [(act.user, (act.due - 1_767_607_200_000) / 60_000) for act in acts(events)]


def test_a_silent_cart_over_99_acts_after_half_an_hour_and_once() -> None:
    assert fired(add(0, "99.01")) == [("ada", 30)]
    assert fired(add(0, "99")) == []
    assert fired(add(0, "120", cart_id="c"), add(60, "1", cart_id="c")) == [("ada", 30)]


def test_a_touch_at_the_very_moment_counts_and_one_a_second_later_does_not() -> None:
    assert fired(add(0, "120"), add(30, "1")) == [("ada", 60)]
    assert fired(add(0, "120"), add(30 + 1 / 60, "1")) == [("ada", 30)]


def test_nothing_after_a_purchase_of_that_cart() -> None:
    assert fired(add(0, "120", cart_id="c"), at(30, "Order Completed", cart_id="c")) == []
    assert fired(add(0, "120", cart_id="c"), at(5, "Order Completed", cart_id="other")) == []
    assert fired(add(0, "120", cart_id="c"), add(1, "1", cart_id="d"), at(5, "Order Completed", cart_id="d")) == [("ada", 30)]
    assert fired(add(0, "120"), at(5, "Order Completed")) == []
    assert fired(add(0, "120"), at(5, "Cart Cleared")) == []


def test_contents_add_up_by_what_they_cost_and_leave_from_the_line_begun_last() -> None:
    assert fired(add(0, "40"), add(1, "60")) == [("ada", 31)]
    assert fired(add(0, "40"), add(1, "100"), at(2, "Product Removed", product_id="tent")) == []
    assert fired(add(0, "100"), add(1, "40"), at(2, "Product Removed", product_id="tent")) == [("ada", 32)]
    assert fired(add(0, "100"), add(1, "40"), at(2, "Product Removed", product_id="tent", quantity=2)) == []
    assert fired(add(0, "120"), at(1, "Cart Viewed", products=[{"product_id": "peg", "price": Decimal(5)}])) == []


def test_it_compares_with_decisions_from_the_command_line(tmp_path: Path) -> None:
    events, decisions = tmp_path / "events.jsonl", tmp_path / "decisions.jsonl"
    events.write_text("\n".join(json.dumps(event, default=str) for event in (add(0, "120"), add(0, "120", user="bob"))))
    decision = {"user_id": "ada", "at": 1_767_609_000_000, "campaign": "cart-abandonment", "outcome": "acted"}
    decisions.write_text(
        "\n".join(json.dumps(line) for line in ({"topic": "decisions", "key": "ada", "value": decision}, {**decision, "user_id": "eve"}))
    )
    run = subprocess.run([sys.executable, "-m", "bench.oracle", events, "--decisions", decisions], capture_output=True, text=True, check=False)
    assert run.returncode == 1
    assert [line.split(" at ")[0] for line in run.stdout.splitlines()] == ["missing: bob", "extra: eve", "expected 2, decided 2: 1 missing, 1 extra"]
