"""Where logged decisions are read: tables, JSON lines and files of policies."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner

from training.command import training
from training.errors import HistoryError, TrainingError
from training.ope.decisions import from_files
from training.ope.policies import target_of
from training.ope.table import read_table

HEAD = "arm,reward,probability,feasible,context,person\n"


def table(folder: Path, text: str) -> Path:
    (folder / "log.csv").write_text(text)
    return folder / "log.csv"


def test_a_table_says_what_could_be_chosen(tmp_path: Path) -> None:
    log = read_table(table(tmp_path, HEAD + "a,1,0.5,a;b,new,ann\nb,0,1,b,old,bob\n"))
    assert log.arms == ("a", "b")
    assert log.feasible.tolist() == [[True, True], [False, True]]
    assert log.feasible_logged
    assert log.contexts == ("new", "old")


def test_a_table_needs_three_columns_only(tmp_path: Path) -> None:
    log = read_table(table(tmp_path, "arm,reward,probability\na,1,0.5\nb,0,0.5\n"))
    assert log.feasible.all()
    assert not log.feasible_logged
    assert log.person.tolist() == [0, 1]


def test_a_table_may_state_the_other_policy(tmp_path: Path) -> None:
    log = read_table(table(tmp_path, "arm,reward,probability,target:a,target:b\na,1,0.5,0.25,0.75\nb,0,0.5,1,1\n"))
    assert np.allclose(target_of(log, "table"), [[0.25, 0.75], [0.5, 0.5]])


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("arm,reward\na,1\n", "has no column probability"),
        (HEAD + "a,one,0.5,a,,\n", "line 2: reward is a number, not 'one'"),
        (HEAD + "a,1,0,a,,\n", "line 2: the probability of what was chosen is above 0"),
        (HEAD + "a,1,nan,a,,\n", "line 2: the probability of what was chosen is above 0"),
        (HEAD + "a,1,1e-300,a,,\n", "line 2: the probability of what was chosen is above 0"),
        (HEAD + "a,inf,0.5,a,,\n", "line 2: a reward is a number"),
        (HEAD + "a,1e308,0.5,a,,\n", "line 2: a reward is a number between -1e15 and 1e15"),
        (HEAD + "a,1,0.5,b;c,,\n", "line 2: 'a' was chosen, and is not among what could be: b, c"),
        (HEAD + "a,1,0.5\n", "line 2: it has fewer or more fields"),
        (HEAD + "a,1,0.5,a,,,,\n", "line 2: it has fewer or more fields"),
        (HEAD, "there is no decision"),
        ("", "has no column arm, reward, probability"),
    ],
)
def test_a_table_that_is_wrong_is_refused_with_its_line(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(HistoryError, match=message):
        read_table(table(tmp_path, text))


def decision(number: int, **more: Any) -> dict[str, Any]:
    value = {
        "decision_id": f"d{number}",
        "user_id": f"u{number}",
        "campaign": "loyalty",
        "outcome": "acted",
        "variant": "ab"[number % 2],
        "probability": 0.5,
        "choice": {"epoch": 3, "context": "vip", "probabilities": {"a": 0.5, "b": 0.5}},
        **more,
    }
    return {"topic": "decisions", "value": value}


def outcome(number: int, *, revision: int = 0, status: str = "final", conversions: int = 0, value: float | None = 0.0) -> dict[str, Any]:
    told = {
        "decision_id": f"d{number}",
        "campaign": "loyalty",
        "revision": revision,
        "status": status,
        "conversions": conversions,
        "value": value,
        "unvalued": 0,
    }
    return {"topic": "outcomes", "value": told}


def written(folder: Path, records: list[dict[str, Any]]) -> Path:
    path = folder / "log.jsonl"
    path.write_text("\n".join(json.dumps(each) for each in records) + "\n\n")
    return path


def test_the_newest_outcome_counts_whatever_the_order(tmp_path: Path) -> None:
    """A refund makes a conversion undone: revision 2 says so, and comes first in the file."""
    records = [
        outcome(1, revision=2),
        decision(1),
        outcome(1, revision=1, conversions=1, value=9.0),
        decision(2),
        outcome(2, conversions=1, value=5.0),
    ]
    log = from_files([written(tmp_path, records)], "loyalty").log("conversion")
    assert sorted(zip(log.chosen.tolist(), log.rewards.tolist(), strict=True)) == [(0, 1.0), (1, 0.0)]
    assert log.contexts == ("vip",)
    assert from_files([written(tmp_path, records)], "loyalty").log("value").rewards.sum() == 5.0


def test_what_is_not_final_is_left_out_and_counted(tmp_path: Path) -> None:
    records = [decision(n) for n in range(4)] + [outcome(0), outcome(1, status="provisional", conversions=1), outcome(2, status="cut")]
    log = from_files([written(tmp_path, records)], "loyalty").log("conversion")
    assert len(log) == 1
    assert log.notes == ("left out: 2 outcome not final, 1 outcome cut short",)


def test_what_did_not_act_does_not_count(tmp_path: Path) -> None:
    records = [decision(0), decision(1, outcome="held_out"), decision(2, outcome="withheld"), outcome(0), outcome(1), outcome(2)]
    assert len(from_files([written(tmp_path, records)], "loyalty").log("conversion")) == 1


def test_a_split_did_not_log_what_could_be_chosen_and_the_reader_is_told(tmp_path: Path) -> None:
    records = [decision(0, choice=None), decision(1, choice=None), decision(2, choice=None, outcome="withheld"), outcome(0), outcome(1)]
    log = from_files([written(tmp_path, records)], "loyalty").log("conversion")
    assert log.feasible.all()
    assert not log.feasible_logged
    assert "1 decisions were withheld after the draw" in log.notes[0]


@pytest.mark.parametrize("odd", [0.0, -0.3, 1e-300, 7.0])
def test_one_decision_of_an_impossible_probability_is_set_aside_and_the_others_count(tmp_path: Path, odd: float) -> None:
    log = from_files([written(tmp_path, [decision(0), outcome(0), decision(1, probability=odd), outcome(1)])], "loyalty").log("conversion")
    assert len(log) == 1
    assert "left out: 1 no probability above 0 and at most 1" in log.notes


def test_a_value_that_no_order_has_is_set_aside(tmp_path: Path) -> None:
    records = [decision(0), outcome(0), decision(1), outcome(1, value=1e308)]
    log = from_files([written(tmp_path, records)], "loyalty").log("value")
    assert (len(log), log.notes) == (1, ("left out: 1 no value",))


@pytest.mark.parametrize(
    ("records", "message"),
    [
        ([{"topic": "decisions", "value": {"decision_id": 1}}], "line 1: neither a decision nor an outcome"),
        ([decision(0, campaign="other")], "no decision of campaign 'loyalty' acted: the decisions are of other"),
        ([decision(0)], "none of 1 decisions that acted can be used .1 outcome not final.: no outcome was read"),
        ([decision(0, probability=0.0), outcome(0)], "can be used .1 no probability above 0 and at most 1.$"),
    ],
)
def test_files_that_say_nothing_are_refused_in_words(tmp_path: Path, records: list[dict[str, Any]], message: str) -> None:
    with pytest.raises(HistoryError, match=message):
        from_files([written(tmp_path, records)], "loyalty").log("conversion")


def test_a_policy_file_holds_weights_by_context(tmp_path: Path) -> None:
    log = read_table(table(tmp_path, HEAD + "a,1,0.5,a;b,new,\nb,0,0.5,a;b,old,\n"))
    file = tmp_path / "policy.yaml"
    file.write_text("new: {a: 3, b: 1}\n'*': {b: 1}\n")
    assert np.allclose(target_of(log, str(file)), [[0.75, 0.25], [0.0, 1.0]])
    file.write_text("newer: {a: 1}\n'*': {b: 1}\n")
    with pytest.raises(TrainingError, match="the log has no context 'newer'"):
        target_of(log, str(file))
    file.write_text("[a, b]\n")
    with pytest.raises(TrainingError, match="weights by context"):
        target_of(log, str(file))
    file.write_text("new: {a: 1}\n")
    with pytest.raises(TrainingError, match="says nothing about context 'old'"):
        target_of(log, str(file))


def test_the_command_prints_every_estimate(tmp_path: Path) -> None:
    rows = "".join(f"{'ab'[n % 2]},{int(n % 4 == 0)},0.5,a;b,,\n" for n in range(1_000))
    told = CliRunner().invoke(training, ["ope", "--table", str(table(tmp_path, HEAD + rows)), "--policy", "a"])
    assert told.exit_code == 0, told.output
    for words in ("as logged", "IPS", "SNIPS", "direct method", "doubly robust", "0.5000"):
        assert words in told.output


def test_the_command_says_why_there_is_no_estimate_and_exits_with_1(tmp_path: Path) -> None:
    told = CliRunner().invoke(training, ["ope", "--table", str(table(tmp_path, HEAD + "a,1,0.5,a;b,,\nb,1,0.5,a;b,,\n")), "--policy", "a"])
    assert told.exit_code == 1
    assert "no estimate: SMALL_SAMPLE: 2 decisions say as much as 1 of the policy's own" in told.output


def test_the_command_prints_json(tmp_path: Path) -> None:
    told = CliRunner().invoke(training, ["ope", "--table", str(table(tmp_path, HEAD + "a,1,0.5,a;b,,\n" * 9)), "--policy", "a", "--json"])
    assert json.loads(told.output)["refusal"]["why"] == "SMALL_SAMPLE"


@pytest.mark.parametrize("arguments", [[], ["--table", "a", "--lake", "b"], ["--lake", "b"]])
def test_the_command_wants_one_source_and_a_campaign(arguments: list[str]) -> None:
    told = CliRunner().invoke(training, ["ope", *arguments, "--policy", "uniform"])
    assert told.exit_code == 1
    assert "Error: " in told.output
