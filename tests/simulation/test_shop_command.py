"""`kairos shop` repeats itself for the same opening time, and `kairos shop truth` prints the truth about it."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from cli.shop import shop

pytestmark = pytest.mark.slow

START = "2026-03-01T09:00:00Z"


def kairos_shop(*arguments: str) -> Result:
    return CliRunner().invoke(shop, arguments)


def test_the_same_start_gives_the_same_stretch() -> None:
    first, second = (kairos_shop("--print", "--start", START, "--for", "5s") for _ in range(2))
    assert first.exit_code == 0
    assert first.output == second.output
    assert len(first.output.splitlines()) > 300


def test_printing_without_an_end_is_refused() -> None:
    assert "add --for" in kairos_shop("--print").output


def test_the_truth_has_a_line_for_each_customer() -> None:
    told = kairos_shop("truth", "--customers", "5", "--rate", "0.2", "--tempo", "real", "--within", "10m", "--start", START)
    lines = [json.loads(line) for line in told.output.splitlines()]
    assert len(lines) == 5
    assert all(0 < line["buys"] < 1 and line["kind"] and line["tastes"] for line in lines)


def test_options_before_the_word_truth_count_too() -> None:
    assert len(kairos_shop("--customers", "3", "truth").output.splitlines()) == 3


def test_the_truth_of_decisions_is_their_chance_with_and_without_the_action(tmp_path: Path) -> None:
    event = json.loads(kairos_shop("--print", "--start", START, "--for", "5s").output.splitlines()[-1])
    user, at = event.get("userId", event["anonymousId"]), 1_772_355_605_000
    acted = {"decision_id": "a", "user_id": user, "at": at, "campaign": "c", "outcome": "acted", "variant": "v", "channel": "sms", "score": 0.1}
    action = {"decision_id": "a", "user_id": user, "at": at, "content": {}, "channel": "sms", "offer": {"percent": 20}}
    control = {**acted, "decision_id": "b", "outcome": "control"}
    file = tmp_path / "decisions.jsonl"
    file.write_text("\n".join(json.dumps(record) for record in ({"topic": "decisions", "key": user, "value": acted}, action, control)))
    told = kairos_shop("truth", "--start", START, "--within", "1m", "--decisions", str(file))
    first, second = (json.loads(line) for line in told.output.splitlines())
    assert (first["decision_id"], first["percent"], second["decision_id"], second["percent"]) == ("a", 20.0, "b", 0.0)
    assert first["buys"] == second["buys"] == second["buys_if_sent"] != first["buys_if_sent"]


def test_decisions_from_before_the_shop_opened_are_of_another_shop(tmp_path: Path) -> None:
    file = tmp_path / "decisions.jsonl"
    file.write_text(json.dumps({"decision_id": "a", "user_id": "x", "at": 1, "outcome": "acted"}))
    told = kairos_shop("truth", "--start", START, "--decisions", str(file))
    assert told.exit_code == 1
    assert "use the shop's --start" in told.output


def test_a_file_that_holds_something_else_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "decisions.jsonl"
    file.write_text("{}\nnot json")
    assert "line 2 is not JSON" in kairos_shop("truth", "--start", START, "--decisions", str(file)).output
