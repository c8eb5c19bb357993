"""What the arms job counts, against a plain count: its queries run in DuckDB, on histories with everything that a topic may hold."""

import random
from typing import Any

import duckdb
import pytest

from jobs.arms_sql import DRAWN, ENDED, MEASURES, counted
from services.arms.counts import ArmCount

HOUR = 3_600_000


def history(seed: int) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Decisions, some of them written twice, and revisions of their outcomes, in any order."""
    dice = random.Random(seed)
    decisions, outcomes = [], []
    for number in range(200):
        came = dice.choice(["acted"] * 6 + ["held_out", "withheld"])
        probability = dice.choice([0.25, 0.5, 0.75])
        choice = None if dice.random() < 0.1 else {"epoch": dice.choice([0, 1_000, 2_000]), "context": dice.choice(["", "vip"])}
        if choice is not None:
            # a bandit has all its vectors in contexts of its own
            size = {"": 0, "vip": 3}[str(choice["context"])]
            choice["vector"] = [1.0, *(round(dice.uniform(-20, 20), 6) for _ in range(size - 1))] if size else None
            choice["split"], choice["way"] = ("order", dice.choice(["one", "two"])) if dice.random() < 0.2 else (None, None)
            names = ["one", "two"] if choice["way"] else ["a", "b", "nothing"] if dice.random() < 0.1 else ["a", "b"]
            choice["probabilities"] = {name: 1 / len(names) for name in names}
        decision = {
            "decision_id": f"d{number}",
            "campaign": dice.choice(["loyalty", "news"]),
            "variant": dice.choice(["a", "b"]),
            "outcome": came,
            "probability": probability,
            "choice": choice,
        }
        decisions += [decision] * dice.choice([1, 1, 1, 2])
        if came == "withheld":
            continue
        revisions = dice.randrange(4)
        for revision in range(revisions):
            conversions = dice.randrange(3)
            outcomes.append(
                {
                    "decision_id": f"d{number}",
                    "outcome": came,
                    "revision": revision,
                    "status": dice.choice(["provisional", "final", "final", "cut"]),
                    "conversions": conversions,
                    "value": dice.choice([None, 10.0, 25.5]) if conversions else 0.0,
                    "starts": 5 * HOUR,
                    "first_at": 5 * HOUR + dice.randrange(100) * HOUR if conversions else None,
                }
            )
    dice.shuffle(decisions)
    dice.shuffle(outcomes)
    return decisions, outcomes


def plainly(decisions: list[dict[str, Any]], outcomes: list[dict[str, Any]]) -> dict[tuple[Any, ...], list[float]]:
    newest: dict[str, dict[str, Any]] = {}
    for each in outcomes:
        if each["decision_id"] not in newest or newest[each["decision_id"]]["revision"] < each["revision"]:
            newest[each["decision_id"]] = each
    found: dict[tuple[Any, ...], list[float]] = {}
    for decision in {each["decision_id"]: each for each in decisions}.values():
        last = newest.get(decision["decision_id"])
        if decision["outcome"] != "acted" or decision["choice"] is None or last is None or last["status"] != "final":
            continue
        if "nothing" in decision["choice"]["probabilities"]:
            continue  # uplift drew it
        way = decision["choice"]["way"]
        key = decision["campaign"], f"order/{way}" if way else decision["variant"], decision["choice"]["context"], decision["choice"]["epoch"]
        reached, value = last["conversions"] > 0, last["value"] or 0.0
        delay = (last["first_at"] - last["starts"]) / HOUR if reached else 0.0
        weight = 1 / decision["probability"]
        own = [1, reached, value, value**2, weight, weight * reached, delay]
        if (x := decision["choice"]["vector"]) is not None:
            x = [*x, *[0.0] * (9 - len(x))]
            own += [x[row] * x[column] for column in range(9) for row in range(column + 1)]
            own += [each * reached for each in x] + [each * value for each in x]
        found[key] = [total + one for total, one in zip(found.get(key, [0.0] * len(own)), own, strict=True)]
    return found


def in_duckdb(decisions: list[dict[str, Any]], outcomes: list[dict[str, Any]]) -> dict[tuple[Any, ...], list[float]]:
    with duckdb.connect() as connection:
        connection.execute(
            "CREATE TABLE decisions (decision_id TEXT, campaign TEXT, variant TEXT, outcome TEXT, probability DOUBLE, "
            "choice STRUCT(epoch BIGINT, context TEXT, probabilities MAP(TEXT, DOUBLE), vector DOUBLE[], split TEXT, way TEXT), read_at INT)"
        )
        connection.execute(
            "CREATE TABLE outcomes (decision_id TEXT, outcome TEXT, revision INT, status TEXT, conversions INT, value DOUBLE, "
            "starts BIGINT, first_at BIGINT)"
        )
        for number, each in enumerate(decisions):
            connection.execute("INSERT INTO decisions VALUES (?, ?, ?, ?, ?, ?, ?)", [*each.values(), number])
        for each in outcomes:
            connection.execute("INSERT INTO outcomes VALUES (?, ?, ?, ?, ?, ?, ?, ?)", [*each.values()])
        for name, query in (("drawn", DRAWN), ("ended", ENDED)):
            connection.execute(f"CREATE VIEW {name} AS {query.replace('`', chr(34))}")
        rows = connection.execute(counted().replace("`", '"')).fetchall()
    figures = {row[:4]: [each if isinstance(each, list) else [each] for each in row[4:] if each is not None] for row in rows}
    return {key: [float(one) for each in told for one in each] for key, told in figures.items()}


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(3))
def test_counts_are_those_of_a_plain_count(seed: int) -> None:
    decisions, outcomes = history(seed)
    expected = plainly(decisions, outcomes)
    assert len(expected) > 10
    found = in_duckdb(decisions, outcomes)
    assert found.keys() == expected.keys()
    for key, figures in expected.items():
        assert found[key] == pytest.approx(figures), key


ODD: dict[str, list[Any]] = {
    "too long": [1.0, *[0.5] * 9],
    "no intercept": [0.5, 0.5],
    "no number": [1.0, float("nan")],
    "too large": [1.0, 1e200],
    "too small": [1.0, float("-inf")],
    "empty": [],
    "nothing first": [None, 0.5],
}


@pytest.mark.slow
@pytest.mark.parametrize("vector", ODD.values(), ids=ODD)
def test_a_vector_that_the_job_does_not_write_spoils_no_count(vector: list[Any]) -> None:
    def decided(number: int, seen: list[Any]) -> dict[str, Any]:
        choice = {"epoch": 1, "context": "linear", "probabilities": {"a": 0.5, "b": 0.5}, "vector": seen, "split": None, "way": None}
        return {"decision_id": f"d{number}", "campaign": "news", "variant": "a", "outcome": "acted", "probability": 0.5, "choice": choice}

    def came_to(number: int) -> dict[str, Any]:
        final = {"revision": 0, "status": "final", "conversions": 1, "value": 10.0, "starts": 0, "first_at": HOUR}
        return {"decision_id": f"d{number}", "outcome": "acted", **final}

    right = [decided(number, [1.0, 0.5, -20.0]) for number in range(3)]
    outcomes = [came_to(number) for number in range(4)]
    expected = plainly(right, outcomes)
    assert in_duckdb([*right, decided(3, vector)], outcomes) == {key: pytest.approx(figures) for key, figures in expected.items()}


def test_the_columns_are_those_that_the_service_reads() -> None:
    assert list(ArmCount.__struct_fields__) == ["campaign", "variant", "context", "epoch", *MEASURES]
