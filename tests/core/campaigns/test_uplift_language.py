"""How a campaign says that uplift chooses, and what is said of each mistake."""

from typing import Any

import pytest

from tests.builders import campaign, words
from udfs.core.campaigns.campaign import Campaign
from udfs.core.campaigns.language.campaign import compile_campaign
from udfs.core.features.features import EMPTY
from udfs.core.values.problems import DocumentError

GOAL = {"event": "order_completed", "within": "3d"}
ONE = {"model": "moved", "cold_start": 0}
EACH = {"a": ONE, "b_b": {**ONE, "class": "b-b"}}
TWO = {"a": words(cost=2), "b-b": words("push", cost="0.1 * cart.value")}
WORTH = {"uplift": {"worth": 40, "explore": "5%"}}


def compiled(choose: Any, **changes: Any) -> Campaign:
    document = campaign(**{"choose": choose, "goal": GOAL, "variants": TWO, "score": EACH, **changes})
    return compile_campaign({key: value for key, value in document.items() if value is not None}, features=EMPTY)


def test_each_variant_has_its_score_its_cost_and_a_share_explores() -> None:
    found = compiled(WORTH).uplift
    assert found is not None
    assert (found.scores, found.worth, found.explore, found.costs["a"]) == ({"a": "a", "b-b": "b_b"}, 40.0, 0.05, 2.0)


def test_the_short_form_acts_on_whoever_is_moved_at_all() -> None:
    found = compiled("uplift", variants={"a": words()}, score=ONE).uplift
    assert found is not None
    assert (found.scores, found.worth, found.explore, found.costs) == ({"a": "moved"}, 1.0, 0.1, {"a": 0.0})
    assert compiled("split", variants={"a": words()}, score=ONE).uplift is None


MISTAKES: list[tuple[str, Any, dict[str, Any], str, str]] = [
    ("no model", WORTH, {"score": None}, "choose", "whom does a message move? there is no model that says it"),
    ("a score that is missing", WORTH, {"score": {"a": ONE}}, "score", "no score says whom the variant 'b-b' moves"),
    ("one score for two", WORTH, {"score": ONE}, "score", "no score says whom the variant 'b-b' moves"),
    ("no goal", WORTH, {"goal": None}, "choose", "uplift is learned from a goal"),
    ("a share of 0", {"uplift": {"worth": 4, "explore": "0%"}}, {}, "choose.uplift.explore", "with a share of 0 nothing is learned any more"),
    ("no share", {"uplift": {"worth": 4, "explore": 0.1}}, {}, "choose.uplift.explore", "write a percentage"),
    ("a cost without a worth", "uplift", {}, "variants.a.cost", "what is a goal worth?"),
    ("a cost without uplift", "split", {}, "variants.a.cost", "a cost has a meaning only with choose: uplift"),
    ("a cost below 0", WORTH, {"variants": {"a": words(cost=-1)}}, "variants.a.cost", "cost is a number, 0 or more"),
    ("a cost that is a list", WORTH, {"variants": {"a": words(cost=[1])}}, "variants.a.cost", "cost is a number, 0 or more"),
    ("a worth of yes", {"uplift": {"worth": True}}, {}, "choose.uplift.worth", "worth is a number"),
    ("a weight", WORTH, {"variants": {"a": words(weight=2)}}, "variants.a.weight", "weight has no meaning with choose: uplift"),
    ("a wait", WORTH, {"variants": {"a": words(wait="1h")}}, "variants.a.wait", "put the wait into the trigger"),
    ("a variant called nothing", WORTH, {"variants": {"nothing": words()}}, "variants.nothing", "stands for sending nothing"),
    ("a journey", WORTH, {"steps": [{"send": "a"}, {"wait": "1d"}, {"send": "b-b"}]}, "choose", "a journey says by its steps"),
    ("too many variants", WORTH, {"variants": {f"v{n}": words() for n in range(20)}}, "variants", "at most 19 variants"),
    ("settings that are none", {"uplift": 40}, {}, "choose.uplift", "uplift has settings"),
    ("an unknown setting", {"uplift": {"worht": 40}}, {}, "choose.uplift.worht", "unknown key"),
    ("an unknown key", {"uplift": {"worth": 4}, "by": ["x"]}, {}, "choose.by", "unknown key"),
    ("another word for it", "model", {}, "choose", "choosing by model is called uplift"),
]


@pytest.mark.parametrize(("choose", "changes", "path", "told"), [each[1:] for each in MISTAKES], ids=[each[0] for each in MISTAKES])
def test_a_mistake_is_refused_where_it_stands(choose: Any, changes: dict[str, Any], path: str, told: str) -> None:
    with pytest.raises(DocumentError) as refused:
        compiled(choose, **changes)
    found = {".".join(map(str, each.path)): f"{each.message} {each.suggestion}" for each in refused.value.problems}
    assert path in found, found
    assert told in found[path]
