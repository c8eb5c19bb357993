"""From what the job writes to a model: every line of a log is a row, or is counted with its reason."""

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from training.command import training
from training.errors import HistoryError
from training.uplift.learners.all import LEARNERS, learner
from training.uplift.learners.learner import fit_with
from training.uplift.logged import read
from udfs.core.features.language.features import compile_features

FEATURES = {"features": [{"name": "orders", "event": "order_completed", "aggregate": "count"}, {"name": "days", "expression": "orders * 2"}]}
SET = compile_features(FEATURES)


def _decision(n: int, **more: object) -> dict[str, object]:
    base = {"decision_id": f"d{n}", "user_id": f"u{n}", "campaign": "c", "outcome": "acted", "variant": "small", "probability": 0.5, "at": n}
    return {"topic": "decisions", "value": {**base, "features": {"orders": n % 5, "days": n % 3}, **more}}


def _outcome(n: int, conversions: int = 0, **more: object) -> dict[str, object]:
    base = {"decision_id": f"d{n}", "campaign": "c", "revision": 1, "status": "final", "conversions": conversions, "value": 10.0 * conversions}
    return {"topic": "outcomes", "value": {**base, **more}}


def _file(path: Path, lines: Sequence[object]) -> Path:
    path.write_text("".join(json.dumps(each) + "\n" for each in lines))
    return path


def test_arms_and_probabilities_are_those_of_the_log_and_what_does_not_count_is_told(tmp_path: Path) -> None:
    chosen = {"epoch": 0, "context": "", "probabilities": {"small": 0.9, "large": 0.05, "nothing": 0.05}}
    lines = [
        _decision(1, choice=chosen, probability=0.9),
        _decision(2, choice=chosen, variant=None, probability=0.05, outcome="withheld", reason="NOTHING_CHOSEN"),
        _decision(3, outcome="control"),
        _decision(4, outcome="withheld", reason="CAP_REACHED"),
        _decision(5),
        _decision(6, campaign="another"),
        _decision(7, variant="large"),
        *[_outcome(n, n % 2) for n in (1, 2, 3, 4, 7)],
        _outcome(5, 1, status="provisional"),
        {"topic": "actions", "value": {"whatever": 1}},
        {"topic": ["decisions"], "value": {"whatever": 1}},
    ]
    found = read([_file(tmp_path / "log.jsonl", lines)], "c", SET, reward="conversion")
    assert found.left_out == {"withheld or deferred for another reason": 1, "outcome not final": 1}
    assert found.table.names == ["large", "small"]
    assert found.table.arm.tolist() == [2, 0, 0, 1]
    assert found.table.y.tolist() == [1, 0, 1, 1]
    assert np.allclose(found.table.probabilities.sum(axis=1)[:3], 1)
    assert found.table.probabilities[0].tolist() == pytest.approx([1 / 3 + 2 / 3 * 0.05, 2 / 3 * 0.05, 2 / 3 * 0.9])
    money = read([tmp_path / "log.jsonl"], "c", SET, reward="value")
    assert money.table.y.tolist() == [10, 0, 10, 10]


def _drawn(**probabilities: float) -> dict[str, object]:
    return {"epoch": 0, "context": "", "probabilities": probabilities}


@pytest.mark.parametrize(
    ("lines", "told"),
    [
        ([_decision(1, campaign="x")], "no decision of campaign 'c' can be learned from: there are no decisions of it"),
        ([_decision(1)], "1 outcome not final: no outcome was read, name their file with --logged as well"),
        ([{"topic": "decisions", "value": {"decision_id": 5}}], "line 1: neither a decision nor an outcome"),
        (
            [_decision(n, choice={"epoch": 0, "context": "", "probabilities": {"large": 1.0}}) for n in range(4)] + [_outcome(n) for n in range(4)],
            "had the probability 0",
        ),
        (
            [_decision(n, outcome="withheld", reason="NOTHING_CHOSEN", variant=None) for n in range(4)] + [_outcome(n) for n in range(4)],
            "all 4 decisions sent nothing",
        ),
        ([_decision(1, choice=_drawn(small=0.9, nothing=0.9)), _outcome(1)], "1 decisions have a probability below 0 or above 1, or several"),
        ([_decision(1, choice=_drawn(small=1.5, nothing=-0.5)), _outcome(1)], "1 decisions have a probability below 0 or above 1"),
        ([_decision(1, probability=5), _outcome(1)], "1 decisions have a probability below 0 or above 1"),
    ],
)
def test_a_log_that_cannot_be_learned_from_is_refused_with_the_reason(tmp_path: Path, lines: Sequence[object], told: str) -> None:
    with pytest.raises(HistoryError, match=told):
        read([_file(tmp_path / "log.jsonl", lines)], "c", SET, reward="conversion")


@pytest.mark.parametrize("value", [1e300, -1e300])
def test_a_value_that_is_no_amount_is_refused_with_its_decision(tmp_path: Path, value: float) -> None:
    log = _file(tmp_path / "log.jsonl", [_decision(1), _outcome(1, 1), _decision(2), _outcome(2, 1, value=value)])
    with pytest.raises(HistoryError, match="decision d2 was followed by a value of more than 1,000,000,000,000"):
        read([log], "c", SET, reward="value")
    assert read([log], "c", SET, reward="conversion").table.y.tolist() == [1, 1]


@pytest.mark.parametrize("name", LEARNERS)
def test_what_chance_could_not_have_drawn_is_not_compared(tmp_path: Path, name: str) -> None:
    """Nobody who got the message could have got nothing, as far as the log says: every learner refuses, and none fails."""
    lines: list[object] = []
    for n in range(600):
        acted = n % 2 == 0
        more: dict[str, object] = {} if acted else {"outcome": "withheld", "reason": "NOTHING_CHOSEN", "variant": "nothing"}
        lines += [_decision(n, **more), _outcome(n, int(n % 3 == 0))]
    table = read([_file(tmp_path / "log.jsonl", lines)], "c", SET, reward="conversion").table
    with pytest.raises(HistoryError, match=r"compared where chance could have drawn either\. That is in 0 decisions of one of them"):
        fit_with(learner(name), table)


@pytest.mark.slow
def test_the_command_leaves_a_model_a_manifest_and_a_card(tmp_path: Path) -> None:
    random = np.random.default_rng(2)
    lines = []
    for n in range(1_500):
        held = random.random() < 0.3
        moved = not held and n % 5 == 0
        lines += [_decision(n, outcome="control" if held else "acted", probability=1.0), _outcome(n, int(random.random() < (0.8 if moved else 0.2)))]
    log = _file(tmp_path / "log.jsonl", lines)
    (tmp_path / "features.yaml").write_text(json.dumps(FEATURES))
    arguments = ["uplift", "--logged", str(log), "--campaign", "c", "--features", str(tmp_path / "features.yaml"), "--learner", "all"]
    result = CliRunner().invoke(training, [*arguments, "--cost", "small=0.1", "--out", str(tmp_path / "o"), "--store", str(tmp_path / "s")])
    assert result.exit_code == 0, result.output
    folder = next((tmp_path / "o").iterdir())
    made = json.loads((folder / "manifest.json").read_text())
    assert (made["task"], made["classes"], made["output"]) == ("regression", ["small"], "uplift")
    card = (folder / "card.md").read_text()
    assert "| S-learner |" in card and "| DR-learner |" in card and "as many at random" in card
    wrong = CliRunner().invoke(training, [*arguments, "--cost", "smal=1"])
    assert wrong.exit_code != 0 and "no variant 'smal'" in wrong.output
