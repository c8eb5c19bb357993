"""Histories from which no value can be learned say why: not that they are short, where something else is wrong with them."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from tests.training.value import customers
from training.command import training


def order(n: int, **changes: Any) -> dict[str, Any]:
    told = {
        "type": "track",
        "event": "Order Completed",
        "userId": f"c{n % 7}",
        "messageId": f"m{n}",
        "timestamp": f"2026-{n // 28 + 1:02d}-{n % 28 + 1:02d}",
    }
    properties = {"order_id": f"o{n}", "total": 10.0, **changes.pop("properties", {})}
    return {**told, "properties": properties, **changes}


def lines(make: Callable[[int], dict[str, Any]]) -> bytes:
    return "\n".join(json.dumps(make(n)) for n in range(336)).encode()


HISTORIES: dict[str, tuple[bytes, str]] = {
    "a table": (
        b"user,day,total\n1,2,3\n" * 9,
        "no readable event (18 could not be read): a file has a JSON object on each line, in UTF-8",
    ),
    "utf-16": (lines(order).decode().encode("utf-16"), "the history holds no readable event"),
    "bytes": (bytes(range(256)) * 9, "the history holds no readable event"),
    "amounts in no number": (
        lines(lambda n: order(n, properties={"total": "a lot"})),
        "nobody can be learned from. an order of theirs has an amount that is not known: 7",
    ),
    "nobody logged in": (
        lines(lambda n: order(n, userId=None, anonymousId=f"a{n % 7}")),
        "nobody can be learned from. anonymous (anonymous: true keeps them): 7",
    ),
    "nobody ordered before": (
        lines(lambda n: order(n, event="Order Completed" if n > 300 else "Product Viewed")),
        "no customer had ordered by the split: use a longer history, or a later split",
    ),
}


@pytest.mark.parametrize("kind", HISTORIES)
def test_it_says_why(kind: str, tmp_path: Path) -> None:
    content, why = HISTORIES[kind]
    (tmp_path / "events.jsonl").write_bytes(content)
    result = CliRunner().invoke(training, ["run", str(customers.training(tmp_path))])
    assert result.exit_code == 1
    assert why in result.output


def test_a_line_of_another_format_does_not_say_when_the_history_ends(tmp_path: Path) -> None:
    """Its time is the time at which it is read: years after what is learned from."""
    (tmp_path / "events.jsonl").write_bytes(b"user,day\n" + lines(order))
    result = CliRunner().invoke(training, ["run", str(customers.training(tmp_path))])
    assert "1 lines of the history could not be read" in result.output
    assert "too little to learn from: 7 customers have ordered again" in result.output
