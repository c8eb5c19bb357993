"""The figures that the command prints, against a plain program that reads the same file."""

import json
import re
from pathlib import Path
from random import Random
from typing import Any

import pytest
from click.testing import CliRunner

from simulation.segment_spec import iso
from tests.builders import DAY, MINUTE, MONDAY
from tests.training.recommend import plain
from training.command import training


def history(path: Path, seed: int, *, people: int, items: int) -> Path:
    """People with a taste who look and buy, some of it twice, some of it told twice, some at the same moment; the lines in no order."""
    lot = Random(seed)
    lines: list[dict[str, Any]] = []
    for person in range(people):
        at = MONDAY + lot.randrange(20) * DAY
        for step in range(lot.randint(1, 25)):
            at += lot.choice([0, MINUTE, 5 * MINUTE, 30 * MINUTE, 30 * MINUTE + 1, DAY])
            own = [int(items * lot.random() ** 2) if lot.random() < 0.3 else (person * 7 + lot.randrange(6)) % items for _ in range(3)]
            told: dict[str, Any] = {"userId": f"u{person}", "messageId": f"{person}-{step}", "timestamp": iso(at), "type": "track"}
            if lot.random() < 0.8:
                told |= {"event": "Product Viewed", "properties": {"product_id": f"i{own[0]}"}}
            else:
                products = [{"product_id": f"i{each}", "quantity": 1} for each in own]
                told |= {"event": "Order Completed", "properties": {"order_id": f"o{person}-{step}", "products": products}}
            lines += [told] * lot.choice([1, 1, 1, 2])
    lines.append(lines[0] | {"event": "Cart Viewed", "messageId": "other"})
    path.write_text("\n".join(json.dumps(each) for each in lines))
    return path


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("protocol", ["leave-one-out", "sessions"])
def test_the_figures_are_those_of_a_plain_program(tmp_path: Path, protocol: str, seed: int) -> None:
    file = history(tmp_path / "events.jsonl", seed, people=60, items=45)
    words = ["recommend", "--history", str(file), "--evaluate", protocol, "--json", "--strategy", "popularity", "--strategy", "item-to-item"]
    result = CliRunner().invoke(training, words)
    assert result.exit_code == 0, result.output
    told = json.loads(result.stdout)

    people = plain.taken(file)
    items = {item for mine in people.values() for _, item in mine}
    masked = protocol == "leave-one-out"
    learned, cases = plain.leave_one_out(people) if masked else plain.by_sessions(people)
    assert (told["history"]["people"], told["history"]["items"], told["evaluation"]["cases"]) == (len(people), len(items), len(cases))

    said = re.fullmatch(r"backward ([\d.]+), damping ([\d.]+), decay ([\d.]+)", told["strategies"]["item-to-item"]["settings"])
    assert said
    backward, damping, decay = map(float, said.groups())
    for name, recommend in {
        "popularity": plain.by_popularity(learned),
        "item-to-item": plain.by_pairs(learned, backward=backward, damping=damping, decay=decay, repeats=not masked),
    }.items():
        expected = plain.figures(recommend, learned, cases, len(items), masked=masked)
        assert {measure: told["strategies"][name][measure] for measure in expected} == pytest.approx(expected, abs=2e-6), name
