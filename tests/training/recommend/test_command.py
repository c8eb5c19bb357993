"""`python -m training recommend` as somebody runs it."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from tests.builders import DAY, MONDAY
from tests.training.recommend.worlds import clusters, shop, viewed, write
from training.command import training

ITEMS = 40
SINGLE = ("popularity", "trending", "item-to-item", "matrix-factorisation", "v-sknn")


@pytest.fixture(scope="module")
def history(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return shop(tmp_path_factory.mktemp("recommend") / "events.jsonl", clusters(250, ITEMS))


def run(history: Path, *arguments: str, evaluate: str = "leave-one-out") -> Result:
    return CliRunner().invoke(training, ["recommend", "--history", str(history), "--evaluate", evaluate, *arguments])


def read(result: Result) -> dict[str, Any]:
    assert result.exit_code == 0, result.output
    found: dict[str, Any] = json.loads(result.stdout)
    return found


@pytest.mark.slow
@pytest.mark.parametrize("protocol", ["leave-one-out", "sessions"])
def test_every_strategy_and_the_two_stages_have_every_figure_and_the_verdict_says_which_is_best(history: Path, protocol: str) -> None:
    found = read(run(history, "--json", evaluate=protocol))
    assert tuple(found["strategies"]) == SINGLE
    for figures in (*found["strategies"].values(), found["two_stages"]):
        for name in ("HR@10", "HR@20", "NDCG@10", "MRR@20", "coverage@20"):
            assert 0 <= figures[name] <= 1
        assert figures["HR@10"] <= figures["HR@20"] and figures["popularity_bias@20"] > 0
    assert found["strategies"]["item-to-item"]["HR@10"] > found["strategies"]["popularity"]["HR@10"]
    verdict = found["verdict"]
    assert verdict["best_single"] in SINGLE
    assert verdict["beats_best_single"] == (verdict["gains"][verdict["by"]]["low"] > 0)
    assert ("do NOT beat" in verdict["text"]) == (not verdict["beats_best_single"])
    assert found["evaluation"]["protocol"] == protocol
    assert found["history"] | {"first_rejected": None} == found["history"]


@pytest.mark.slow
def test_the_same_question_has_the_same_answer_in_another_process(history: Path) -> None:
    arguments = ["recommend", "--history", str(history), "--evaluate", "leave-one-out", "--json", "--strategy", "item-to-item"]
    arguments += ["--strategy", "matrix-factorisation"]
    ours = read(CliRunner().invoke(training, arguments))
    theirs = json.loads(subprocess.run([sys.executable, "-m", "training", *arguments], check=True, capture_output=True).stdout)
    assert {**ours, "seconds": None} == {**theirs, "seconds": None}


def test_the_table_has_a_row_for_each_strategy_and_the_verdict(history: Path) -> None:
    result = run(history, "--strategy", "popularity", "--strategy", "item-to-item")
    assert result.exit_code == 0, result.output
    for told in ("popularity", "item-to-item", "two stages", "HR@10", "popularity_bias@20", "the best single strategy"):
        assert told in result.stdout
    assert "v-sknn" not in result.stdout


def test_a_messy_history_is_told_on_the_side_and_measured(tmp_path: Path) -> None:
    made = shop(tmp_path / "clean.jsonl", clusters(80, ITEMS)).read_bytes().splitlines()
    bot = [viewed("bot", f"i{n % ITEMS:02}", MONDAY + n, f"b{n}") for n in range(5_000)]
    single = viewed("once", "i01", MONDAY, "s1")
    bad = [b"{", b"", b"\xff", viewed(None, "i01", MONDAY, "x1"), viewed("ada", None, MONDAY, "x2"), {"event": 3}]
    path = write(tmp_path / "messy.jsonl", [*reversed(made), *made[:50], *bad, *bot, single])
    result = run(path, "--json", "--strategy", "popularity", "--strategy", "item-to-item")
    found = read(result)
    assert found["history"]["rejected_lines"] == 4
    assert found["history"]["without_product"] == 1
    assert found["history"]["told_again"] == 50
    assert found["history"]["people"] == 82
    assert found["evaluation"]["left_out"]["people with a single item"] >= 1
    for told in ("4 lines could not be read", "repeats of the same message", "name no product", "not in order of time"):
        assert told in result.stderr


def test_a_catalogue_adds_content_and_its_bad_rows_are_told(history: Path, tmp_path: Path) -> None:
    rows = ["product_id,name,category,brand", *(f'i{n:02},"thing, no. {n}",Kind {n % 4} > Sub {n % 8},b{n % 3}' for n in range(ITEMS)), ",nothing,,"]
    catalogue = tmp_path / "catalogue.csv"
    catalogue.write_text("\n".join(rows) + "\n")
    result = run(history, "--json", "--catalogue", str(catalogue), "--strategy", "content", "--strategy", "popularity")
    found = read(result)
    assert found["catalogue"]["items_known"] == ITEMS and found["catalogue"]["bad_rows"] == 1
    assert found["strategies"]["content"]["HR@10"] > found["strategies"]["popularity"]["HR@10"]
    assert "1 rows of the catalogue were left out" in result.stderr


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--evaluate", "leave-one-out"], "name the history"),
        (["--evaluate", "leave-one-out", "--history", "nowhere.jsonl"], "no history at nowhere.jsonl"),
        (["--evaluate", "leave-one-out", "--history", "HISTORY", "--catalogue", "nowhere.csv"], "nowhere.csv cannot be read"),
        (["--evaluate", "leave-one-out", "--history", "HISTORY", "--strategy", "content"], "--catalogue"),
        (["--evaluate", "leave-one-out", "--history", "HISTORY", "--event", "product_added"], "nothing to learn from"),
        (["--evaluate", "leave-one-out", "--history", "HISTORY", "--event", "?"], "is no event's name"),
        (["--evaluate", "leave-two-out", "--history", "HISTORY"], "'leave-one-out', 'sessions'"),
        (["--history", "HISTORY"], "--evaluate"),
    ],
)
def test_what_cannot_be_done_is_said_in_a_sentence(history: Path, arguments: list[str], told: str) -> None:
    result = CliRunner().invoke(training, ["recommend", *(str(history) if each == "HISTORY" else each for each in arguments)])
    assert result.exit_code != 0
    assert told in " ".join(result.output.split())
    assert "Traceback" not in result.output


def test_two_people_are_enough_for_figures_and_nobody_to_judge_is_said(tmp_path: Path) -> None:
    two = shop(tmp_path / "two.jsonl", [[1, 2, 3], [1, 2]])
    found = read(run(two, "--json"))
    assert found["two_stages"] is None and found["verdict"]["beats_best_single"] is None
    assert found["evaluation"]["cases"] == 2
    one = write(tmp_path / "one.jsonl", [viewed("ada", "a", MONDAY + n * DAY, n) for n in range(3)])
    result = run(one)
    assert result.exit_code == 1 and "nothing can be held out: 1 people with a single item" in " ".join(result.output.split())


def test_the_item_to_item_strategy_is_exported_after_a_comparison(history: Path, tmp_path: Path) -> None:
    result = run(history, "--json", "--strategy", "item-to-item", "--export", str(tmp_path / "out"))
    assert read(result)["strategies"]
    assert "lists are the same" in result.stderr
    assert {each.name for each in (tmp_path / "out").iterdir()} == {"item-to-item.onnx", "item-to-item.json", "recommender.krec"}
    refused = run(history, "--strategy", "popularity", "--export", str(tmp_path / "out"))
    assert refused.exit_code == 1 and "--strategy" in refused.output


def test_a_basket_is_a_visit(tmp_path: Path) -> None:
    orders = [
        viewed(f"u{n % 9}", None, MONDAY + n * DAY, n)
        | {"event": "Order Completed", "properties": {"order_id": f"o{n}", "products": [{"product_id": f"i{(n + k) % 5}"} for k in range(3)]}}
        for n in range(60)
    ]
    found = read(run(write(tmp_path / "orders.jsonl", orders), "--json", "--strategy", "item-to-item", evaluate="sessions"))
    assert found["evaluation"]["cases"] == 12  # two steps in each of the latest six orders
    assert found["strategies"]["item-to-item"]["HR@10"] == 1
