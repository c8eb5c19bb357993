"""What is chosen, what is refused, and how words and rules describe segments."""

from pathlib import Path

import numpy as np
import pytest

from services.documents.yaml12 import parse
from tests.training.segments.groups import CHOSEN, groups
from training.errors import HistoryError, TrainingError
from training.inputs import Floats
from training.segments.find import find
from training.segments.tree import document, rules
from training.segments.words import described
from udfs.core.features.models import NAME

X, GROUPS = groups()


@pytest.mark.slow
def test_the_number_of_groups_that_are_there_is_chosen_and_what_was_compared_is_kept() -> None:
    found = find(X, names=["kmeans"], numbers=range(2, 6), seed=1)
    assert found.best.scores is not None and found.best.scores.segments == 3
    assert found.best.stability > 0.95 and found.best.agreement is None
    assert [str(each.setting) for each in found.trials] == [f"{n} segments" for n in range(2, 6)]
    assert (found.served == found.best.places).all() and found.parity == 0


def test_of_a_stand_in_it_is_said_how_far_it_agrees_on_customers_that_it_was_not_made_from() -> None:
    found = find(X, names=["hierarchical"], numbers=[3], seed=1)
    assert found.best.agreement is not None and 0.95 < found.best.agreement <= 1


@pytest.mark.slow
def test_where_no_grouping_is_stable_it_says_so() -> None:
    noise = np.random.default_rng(1).normal(size=(200, 6)).astype(np.float32)
    assert "none is both stable" in find(noise, names=["kmeans"], numbers=[7, 8], seed=1).why


@pytest.mark.parametrize(
    ("x", "names", "told"),
    [
        (X[:40], ["kmeans"], "too few customers: 40"),
        (np.ones((200, 3), dtype=np.float32), ["kmeans"], "3 segments of 1 different customers"),
        (np.arange(40_000, dtype=np.float32).reshape(200, 200).T.copy(), ["dbscan"], "no segments"),
    ],
)
def test_customers_of_whom_there_is_nothing_to_tell_are_refused_with_a_plain_error(x: Floats, names: list[str], told: str) -> None:
    with pytest.raises((HistoryError, TrainingError), match=told):
        find(x, names=names, numbers=[3])


def test_every_segment_has_a_name_that_campaigns_can_write_and_is_told_by_its_features() -> None:
    found = find(X, names=["kmeans"], numbers=[3], seed=1)
    told = described(X, found.z, found.served, CHOSEN)
    assert sum(each.customers for each in told) == len(X)
    assert all(NAME.fullmatch(each.name) and len(each.name) <= 64 for each in told) and len({each.name for each in told}) == 3
    regular = next(each for each in told if GROUPS[np.flatnonzero(found.served == each.place)[0]] == 1)
    assert "Orders: much higher than on average (median 29" in regular.sentence


def test_rules_of_a_tree_put_everybody_into_one_segment_the_unknown_too() -> None:
    found = find(X, names=["kmeans"], numbers=[3], seed=1)
    told = described(X, found.z, found.served, CHOSEN)
    made = rules(X, found.served, CHOSEN, found.scale, told)
    assert made.agreement > 0.95 and made.same > 0.95
    read = parse(document(told, made.conditions, head="Two\nlines"), file=Path("segments.yaml")).value
    assert {each["segment"]: each["when"] for each in read["segments"]} == made.conditions
    assert any("default(days, " in each for each in made.conditions.values())
    for row in X:
        known = {each.feature: float(value) for each, value in zip(CHOSEN.inputs, row, strict=True)}
        names = {**known, "default": lambda value, other: other if np.isnan(value) else value}
        assert sum(bool(eval(each, {"__builtins__": {}}, names)) for each in made.conditions.values()) == 1
