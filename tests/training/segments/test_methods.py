"""The laws of every way to find segments: it finds what is there, what serves it answers as it does, and ONNX answers the same."""

import numpy as np
import pytest
from sklearn.metrics import adjusted_rand_score

from tests.training.segments.groups import groups
from training.gate import ask, session_of
from training.segments.methods.all import METHODS, method
from training.segments.methods.method import OUTSIDE, places_of
from training.segments.scale import learned, model_of

X, GROUPS = groups()
STRANGE = np.array([[np.nan] * 3, [0] * 3, [3.4e38] * 3, [-3.4e38] * 3, [np.inf, -np.inf, 1], [1e-30, 5, -7]], dtype=np.float32)


@pytest.fixture(params=METHODS)
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def test_it_finds_the_groups_that_are_there(name: str) -> None:
    z = learned(X).scaled(X)
    way = method(name)
    found = [way.fit(each, z, seed=1) for each in way.settings([3], z)]
    assert max(adjusted_rand_score(GROUPS[each != OUTSIDE], each[each != OUTSIDE]) for each in found) > 0.95
    sizes = np.bincount(found[0][found[0] != OUTSIDE])
    assert sorted(sizes, reverse=True) == list(sizes)


def test_what_serves_it_puts_customers_where_it_has_put_them_and_onnx_says_the_same_of_anybody(name: str) -> None:
    scale = learned(X)
    z = scale.scaled(X)
    way = method(name)
    setting = way.settings([4], z)[-1]
    places = way.fit(setting, z, seed=1)
    rule = way.rule(setting, z, places, seed=1)
    same = (places_of(rule, z) == places).mean()
    assert same == 1 if way.exact else same > 0.97
    rows = np.concatenate([X, STRANGE])
    answers = rule.answers(scale.scaled(rows))
    assert answers.shape == (len(rows), rule.segments + rule.outliers)
    assert np.allclose(answers.sum(axis=1), 1) and (answers >= 0).all()
    nodes, constants = rule.nodes("scaled", "answer")
    content = model_of(scale, nodes, constants, width=3, classes=answers.shape[1])
    assert np.abs(ask(session_of(content), rows) - answers).max() < 1e-6
    assert np.abs(ask(session_of(content), rows[:1]) - answers[:1]).max() < 1e-6


def test_the_same_customers_and_seed_give_the_same_bytes(name: str) -> None:
    made = []
    for _ in range(2):
        scale = learned(X)
        z = scale.scaled(X)
        way = method(name)
        setting = way.settings([3], z)[0]
        rule = way.rule(setting, z, way.fit(setting, z, seed=1), seed=1)
        made.append(model_of(scale, *rule.nodes("scaled", "answer"), width=3, classes=rule.segments + rule.outliers))
    assert made[0] == made[1]


def test_customers_who_are_nearly_all_alike_do_not_break_it(name: str) -> None:
    x = np.ones((120, 2), dtype=np.float32)
    x[:3] = [[2, 1], [1, 2], [3, 3]]
    z = learned(x).scaled(x)
    way = method(name)
    for setting in way.settings([2, 3], z):
        places = way.fit(setting, z, seed=0)
        assert len(places) == 120
        if (places != OUTSIDE).any():
            assert len(places_of(way.rule(setting, z, places, seed=0), z)) == 120
