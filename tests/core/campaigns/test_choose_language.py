"""How a campaign says that a bandit chooses, and what is said of each mistake."""

from typing import Any

import pytest

from tests.builders import campaign, words
from udfs.core.campaigns.campaign import Campaign
from udfs.core.campaigns.language.campaign import compile_campaign
from udfs.core.features.features import EMPTY
from udfs.core.values.problems import DocumentError

GOAL = {"event": "order_completed", "within": "3d"}
TWO = {"a": words(), "b": words("push")}
CONTEXTUAL = {"bandit": "contextual", "by": ["daypart"]}


def compiled(choose: Any, **changes: Any) -> Campaign:
    document = campaign(**{"choose": choose, "goal": GOAL, "variants": TWO, **changes})
    return compile_campaign(document, features=EMPTY, segments=("vip", "lost"))


@pytest.mark.parametrize("choose", ["bandit", {"bandit": "simple"}])
def test_a_bandit_learns_from_conversions_about_all_customers_alike(choose: Any) -> None:
    bandit = compiled(choose).bandit
    assert bandit is not None
    assert (bandit.reward, bandit.by) == ("conversion", ())


def test_a_split_has_no_bandit() -> None:
    assert compiled("split").bandit is None
    assert compiled(None).bandit is None


def test_a_bandit_may_want_what_the_goal_is_worth() -> None:
    bandit = compiled({"bandit": "simple", "reward": "value"}, goal=GOAL | {"value": "revenue"}).bandit
    assert bandit is not None
    assert bandit.reward == "value"


def test_a_contextual_bandit_learns_apart_by_words_features_and_values() -> None:
    bandit = compiled({"bandit": "contextual", "by": ["daypart", "segment", "cart.value > 200"]}).bandit
    assert bandit is not None
    assert [sorted(each.names) for each in bandit.by] == [["user.hour"], ["segment:lost", "segment:vip"], ["cart.value"]]


def test_a_linear_bandit_learns_by_numbers_and_by_what_is_true_or_false() -> None:
    bandit = compiled({"bandit": "linear", "by": ["cart.value", "cart.value > 200", 'in_segment("vip")'], "reward": "conversion"}).bandit
    assert bandit is not None
    assert [sorted(each.names) for each in bandit.linear] == [["cart.value"], ["cart.value"], ["segment:vip"]]
    assert bandit.by == ()
    assert bandit.features.startswith("linear-")


def test_features_in_another_order_are_other_features() -> None:
    one, same, other = (
        compiled({"bandit": "linear", "by": by}).bandit for by in (["user.a", "user.b"], [" user.a", "user.b "], ["user.b", "user.a"])
    )
    assert one is not None
    assert same is not None
    assert other is not None
    assert one.features == same.features != other.features


MISTAKES: list[tuple[str, Any, dict[str, Any], str, str]] = [
    ("no goal", "bandit", {"goal": None}, "choose", "a bandit learns from a goal"),
    ("one variant", "bandit", {"variants": {"a": words()}}, "choose", "at least two variants"),
    ("too many variants", "bandit", {"variants": {f"v{n}": words() for n in range(21)}}, "variants", "at most 20 variants, this one 21"),
    ("a weight", "bandit", {"variants": {"a": words(weight=2), "b": words()}}, "variants.a.weight", "begins with equal shares"),
    ("a wait", "bandit", {"variants": {"a": words(wait="1h"), "b": words()}}, "variants.a.wait", "put the wait into the trigger"),
    ("a journey without a choice", "bandit", {"steps": [{"send": "a"}, {"wait": "1d"}, {"send": "b"}]}, "choose", "leaves anything to choose"),
    ("a choice without a bandit", "split", {"steps": [{"send": ["a", "b"]}]}, "steps.0.send", "who chooses among these messages"),
    ("a choice of one", "bandit", {"steps": [{"send": ["a"]}, {"send": "b"}]}, "steps.0.send", "two messages or more"),
    ("a message twice", "bandit", {"steps": [{"send": ["a", "b", "a"]}]}, "steps.0.send", "each of them written once"),
    ("an unknown message", "bandit", {"steps": [{"send": ["a", "bb"]}, {"send": "b"}]}, "steps.0.send.1", "there is no message 'bb'"),
    ("a value that the goal does not have", {"bandit": "simple", "reward": "value"}, {}, "choose.reward", "add value: revenue to the goal"),
    ("an unknown reward", {"bandit": "simple", "reward": "clicks"}, {}, "choose.reward", "conversion"),
    ("contextual without by", {"bandit": "contextual"}, {}, "choose", "add by: [segment, daypart]"),
    ("by without contextual", {"bandit": "simple", "by": ["daypart"]}, {}, "choose.by", "write bandit: contextual"),
    ("by as a text", {"bandit": "contextual", "by": "daypart"}, {}, "choose.by", "by is a list"),
    ("too much to learn apart", {"bandit": "contextual", "by": ["daypart", "segment", "now", "user.id"]}, {}, "choose.by", "3 things at most"),
    ("linear without by", {"bandit": "linear"}, {}, "choose", "by which features does it learn?"),
    ("linear by nothing", {"bandit": "linear", "by": []}, {}, "choose.by", "a list of the features"),
    ("linear by too much", {"bandit": "linear", "by": [f"user.a{n}" for n in range(9)]}, {}, "choose.by", "8 features at most"),
    ("linear by a text", {"bandit": "linear", "by": ["now", "daypart"]}, {}, "choose.by.1", "write bandit: contextual"),
    ("linear by segment", {"bandit": "linear", "by": ["segment"]}, {}, "choose.by.0", "is a text"),
    ("linear by an unknown name", {"bandit": "linear", "by": ["carts + 1"]}, {}, "choose.by.0", "unknown name 'carts'"),
    ("linear by a list", {"bandit": "linear", "by": [["now"]]}, {}, "choose.by.0", "an expression is a text"),
    ("linear for a value that the goal does not have", {"bandit": "linear", "by": ["now"], "reward": "value"}, {}, "choose.reward", "add value"),
    ("an unknown name", {"bandit": "contextual", "by": ["user.hours + carts"]}, {}, "choose.by.0", "unknown name 'carts'"),
    ("an unknown kind", {"bandit": "epsilon"}, {}, "choose.bandit", "simple"),
    ("an unknown key", {"bandit": "simple", "bye": []}, {}, "choose.bye", "did you mean 'by'"),
    ("a misspelt way", "bandits", {}, "choose", "did you mean 'bandit'"),
    ("a list", ["bandit"], {}, "choose", "is no way to choose"),
]


@pytest.mark.parametrize(("choose", "changes", "path", "says"), [row[1:] for row in MISTAKES], ids=[row[0] for row in MISTAKES])
def test_a_mistake_is_named_where_it_is(choose: Any, changes: dict[str, Any], path: str, says: str) -> None:
    with pytest.raises(DocumentError) as caught:
        compiled(choose, **changes)
    at_path = [str(problem) for problem in caught.value.problems if ".".join(map(str, problem.path)) == path]
    assert any(says in each for each in at_path), [str(problem) for problem in caught.value.problems]
