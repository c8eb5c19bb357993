"""Drift: what has changed is found, and chance alone hardly ever is, however few people the rows are of."""

import numpy as np
import pytest

from tests.training.shop import row
from training.drift import Drift, drifts, in_a_row
from training.inputs import Floats
from training.reference import Bins, Ids, binned, effective, placed, reference
from udfs.core.features.model_inputs import Input

N = np.nan


def of(*values: float) -> Floats:
    return np.array(values, dtype=np.float32)


def alone(rows: int) -> Ids:
    return np.arange(rows, dtype=np.int64)


def one(known: Bins, x: Floats) -> Drift:
    return drifts({"a": known}, ["a"], x.reshape(-1, 1), alone(len(x)), false_discovery=0.05)[0]


def test_values_that_are_equal_are_in_one_bin_and_unknown_has_its_own() -> None:
    few = binned(of(0, 0, 1, 2, N, N), alone(6))
    assert (few.edges, few.counts) == ([0, 1], [2, 1, 1, 2])
    assert binned(of(N, N), alone(2)).counts == [0, 2]
    assert binned(of(3, 3, 3), alone(3)).counts == [3, 0]
    assert binned(of(0, 2, 2, 1, N), alone(5), texts=3).counts == [1, 1, 2, 1]
    many = binned(np.arange(1_000, dtype=np.float32), alone(1_000))
    assert many.counts == [100] * 10 + [0]
    assert placed([1.0], of(-9, 1, 2, N)).tolist() == [0, 0, 1, 2]


def test_a_heavy_zero_does_not_make_bins_without_a_value() -> None:
    heavy = binned(np.concatenate([np.zeros(900), np.arange(1, 101)]).astype(np.float32), alone(1_000))
    assert all(heavy.counts[:-1]) and sum(heavy.counts) == 1_000


def test_many_rows_of_few_people_are_worth_the_people() -> None:
    people = np.repeat(np.arange(50), 40)
    same = np.repeat(np.arange(50) % 5, 40)  # everybody always has the same value
    assert 30 < effective(same, people, 5) < 70
    drawn = np.random.default_rng(1).integers(0, 5, 2_000)
    assert effective(drawn, people, 5) > 1_400
    assert effective(drawn, alone(2_000), 5) == 2_000
    assert effective(np.zeros(10, dtype=int), np.zeros(10, dtype=int), 3) == 1
    assert effective(np.zeros(0, dtype=int), np.zeros(0, dtype=int), 3) == 0


@pytest.mark.parametrize(
    "change",
    [lambda x: x + 0.3, lambda x: np.where(np.arange(len(x)) % 10 == 0, N, x), lambda x: x * 1.5, lambda x: np.full_like(x, 0.1), lambda x: x * N],
)
def test_a_shift_a_spread_a_constant_and_what_is_no_longer_sent_are_drift(change) -> None:  # type: ignore[no-untyped-def]
    random = np.random.default_rng(3)
    known = binned(random.normal(size=20_000).astype(np.float32), alone(20_000))
    fresh = random.normal(size=1_500).astype(np.float32)
    assert not one(known, fresh).drifted
    found = one(known, change(fresh).astype(np.float32))
    assert found.drifted and found.psi > found.cut


def test_the_cut_falls_with_rows_and_rises_with_bins() -> None:
    random = np.random.default_rng(4)
    known = {
        "many": binned(random.normal(size=50_000).astype(np.float32), alone(50_000)),
        "few": binned(random.integers(0, 2, 50_000).astype(np.float32), alone(50_000)),
    }

    def cuts(rows: int) -> dict[str, float]:
        x = np.column_stack([random.normal(size=rows), random.integers(0, 2, rows)]).astype(np.float32)
        return {each.feature: each.cut for each in drifts(known, ["many", "few"], x, alone(rows), false_discovery=0.05)}

    small, large = cuts(1_000), cuts(20_000)
    assert small["many"] > large["many"] > 0 and small["many"] > small["few"] > large["few"]


@pytest.mark.slow
def test_of_a_hundred_features_without_drift_hardly_ever_one_drifts_though_rows_come_by_person() -> None:
    random = np.random.default_rng(5)
    wrong = 0
    for _ in range(40):
        kind = random.normal(size=(4_000, 20))
        owners = random.integers(0, 3_000, 10_000)
        known = {str(n): binned((kind[owners, n] + random.normal(size=10_000) / 3).astype(np.float32), owners) for n in range(20)}
        later = random.integers(3_000, 4_000, 3_000)
        x = (kind[later] + random.normal(size=(3_000, 20)) / 3).astype(np.float32)
        wrong += any(each.drifted for each in drifts(known, list(known), x, later - 3_000, false_discovery=0.05))
    assert wrong <= 6


def test_only_drift_in_windows_in_a_row_adds_up() -> None:
    random = np.random.default_rng(6)
    known = binned(random.normal(size=9_000).astype(np.float32), alone(9_000))
    there, gone = one(known, of(*(random.normal(size=1_200) + 1))), one(known, of(*random.normal(size=1_200)))
    assert in_a_row({}, [there]) == {"a": 1}
    assert in_a_row({"a": 1}, [there]) == {"a": 2}
    assert in_a_row({"a": 1}, [gone]) == {}


def test_a_feature_that_may_change_is_left_out_and_one_without_a_reference_too() -> None:
    known = binned(of(*range(100)), alone(100))
    x = np.full((1_000, 2), 99, dtype=np.float32)
    assert drifts({"a": known}, ["a", "b"], x, alone(1_000), false_discovery=0.05, without=["a"]) == []


def test_the_reference_is_of_what_the_model_reads() -> None:
    inputs = [Input("spend", "d"), Input("device", "e", {"desktop": 0, "mobile": 1})]
    rows = [row(n, user=f"u{n}", spend=float(n), device=("mobile", "desktop", "fridge")[n % 3]) for n in range(30)]
    found = reference(inputs, rows)
    assert found["device"].counts == [10, 10, 10]
    assert sum(found["spend"].counts) == 30
    assert found["device"].effective == 30
