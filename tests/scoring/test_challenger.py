"""A challenger speaks for its share of the customers, the same ones as the share grows; where it cannot, the champion does."""

import re
from pathlib import Path
from typing import Any

import msgspec
import pytest

from bench.onnx_files import linear
from tests.builders import event, only_score
from tests.scoring.test_loaded import BOOK, T, made, scorer_for
from udfs.core.campaigns.book import Book, BookError, ControlValue, Entry
from udfs.core.campaigns.compile_book import apply
from udfs.core.engine import Engine
from udfs.core.records import Decision
from udfs.scoring.loaded import LoadedModels

USERS = [f"user-{number}" for number in range(400)]


def control(champion: dict[str, Any], *others: dict[str, Any], offset: int = 10, status: str = "live", **roles: Any) -> Entry:
    """The record of a model; `roles` are its challenger and its shadow."""
    document = {"model": champion["model"], "current": champion["version"], "versions": [champion, *others], **roles}
    value = ControlValue(kind="model", name=document["model"], version="v", status=status, document=document)
    return Entry(f"model/{document['model']}", offset, msgspec.json.encode(value))


def spoke(found: Book, scorer: LoadedModels, user: str) -> str:
    """The version that scored a first view of this customer."""
    (decision, *_) = Engine(found, scorer=scorer).on_event(None, event("product_viewed", T, user=user)).records
    assert isinstance(decision, Decision)
    return only_score(decision).model


def _share(now: dict[str, Any], new: dict[str, Any], share: float) -> set[str]:
    """The customers for whom the challenger speaks."""
    found = apply(BOOK, control(now, new, challenger={"version": new["version"], "share": share}))
    scorer = scorer_for(found)
    said = {user: spoke(found, scorer, user) for user in USERS}
    assert set(said.values()) <= {f"propensity:{now['version']}", f"propensity:{new['version']}"}
    return {user for user, model in said.items() if model == f"propensity:{new['version']}"}


def test_who_was_with_the_challenger_stays_with_it_as_its_share_grows(tmp_path: Path) -> None:
    now, new = made(tmp_path, linear([1.0, 0.0])), made(tmp_path, linear([0.5, 0.0]))
    few, half, everybody = (_share(now, new, share) for share in (0.1, 0.5, 1.0))
    assert few < half < everybody == set(USERS)
    assert 20 <= len(few) <= 65
    assert 160 <= len(half) <= 240


def test_another_challenger_is_tried_on_other_customers(tmp_path: Path) -> None:
    now, one, two = (made(tmp_path, linear([weight, 0.0])) for weight in (1.0, 0.5, 0.25))
    assert len(_share(now, one, 0.1) & _share(now, two, 0.1)) < 20


@pytest.mark.parametrize(
    ("roles", "why"),
    [
        ({"challenger": {"version": "0" * 12, "share": 0.1}}, "challenger '000000000000' is not among the versions"),
        ({"challenger": {"version": "NEW", "share": 0}}, "share is 0: above 0, at most 1"),
        ({"challenger": {"version": "NEW", "share": 1.5}}, "share is 1.5"),
        ({"challenger": {"version": "NOW", "share": 0.5}}, "is the current version"),
        ({"challenger": {"version": "NEW"}}, "share"),
        ({"shadow": {"version": "0" * 12}}, "shadow '000000000000' is not among the versions"),
        ({"shadow": {"version": "NOW"}}, "is the current version"),
        ({"shadow": {"version": "NEW", "ms_per_s": 0}}, "ms_per_s is 0"),
        ({"shadow": {"version": "NEW"}, "challenger": {"version": "NEW", "share": 0.5}}, "both challenger and shadow"),
    ],
)
def test_roles_that_make_no_sense_are_refused(tmp_path: Path, roles: dict[str, Any], why: str) -> None:
    now, new = made(tmp_path, linear([1.0, 0.0])), made(tmp_path, linear([0.5, 0.0]))
    for role in roles.values():
        role["version"] = {"NEW": new["version"], "NOW": now["version"]}.get(role["version"], role["version"])
    with pytest.raises(BookError, match=re.escape(why)):
        apply(BOOK, control(now, new, **roles))


def test_a_paused_model_is_not_asked_whoever_would_speak(tmp_path: Path) -> None:
    now, new = made(tmp_path, linear([1.0, 0.0])), made(tmp_path, linear([0.5, 0.0]))
    found = apply(BOOK, control(now, new, status="paused", challenger={"version": new["version"], "share": 1}))
    assert spoke(found, scorer_for(found), "ada") == "propensity:cold_start"
