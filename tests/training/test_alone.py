"""A feature that alone gives the outcome away is refused, whatever the order of its values; honest ones are."""

from random import Random
from typing import Any

import pytest

from tests.training.shop import rows
from training.alone import check_alone, check_whole
from training.errors import LeakError
from training.inputs import matrix
from training.rows import Row
from udfs.core.features.model_inputs import Input

NOISE, OUTCOME = Input("noise", ""), Input("outcome", "")
MARK = Input("mark", "", {"a": 0, "b": 1, "c": 2})


def made(seed: int = 0, number: int = 400) -> list[Row]:
    random = Random(seed)

    def vector(n: int) -> dict[str, Any]:
        came = n % 2 == 1
        return {
            "outcome": int(came) if n else None,
            "noise": random.random(),
            "mark": "b" if came else random.choice("ac"),
            "few": 1 if came else random.choice([0, 2]),
            "many": random.uniform(1, 2) if came else random.choice([random.uniform(0, 1), random.uniform(2, 3)]),
            "hint": random.choice([0, 1, 2, 3, 4 if came else 0]),
        }

    return rows(number, vector, label=lambda n: n % 2 == 1)


@pytest.mark.parametrize("leaking", [OUTCOME, MARK, Input("few", ""), Input("many", "")], ids=lambda each: each.feature)
def test_a_feature_that_alone_foretells_nearly_everything_is_not_believed_unless_vouched_for(leaking: Input) -> None:
    inputs, train, test = [NOISE, leaking], made(), made(1)
    x, later = (matrix(inputs, part) for part in (train, test))
    for given in (None, (later, test)):
        with pytest.raises(LeakError, match=rf"--without {leaking.feature}.*--allow {leaking.feature}"):
            check_alone((x, train), inputs, test=given)
    check_alone((x, train), inputs, test=(later, test), allowed=[leaking.feature])


def test_features_that_only_hint_at_the_outcome_are_believed() -> None:
    inputs, train, test = [NOISE, Input("hint", "")], made(), made(1)
    found = check_alone((matrix(inputs, train), train), inputs, test=(matrix(inputs, test), test))
    assert 0.55 < found["hint"] < 0.9


def test_a_model_that_is_never_wrong_is_not_believed_unless_its_strongest_feature_is_vouched_for() -> None:
    alone = {"noise": 0.5, "hint": 0.98}
    check_whole(0.998, alone)
    with pytest.raises(LeakError, match=r"--without hint.*--allow hint"):
        check_whole(0.9995, alone, allowed=["noise"])
    check_whole(1.0, alone, allowed=["hint"])
