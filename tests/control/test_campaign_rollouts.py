"""Where a campaign stands on its way to all customers, from one record of control to the next."""

from typing import Any

import msgspec
import pytest

from services.control.campaign_rollouts import (
    advanced,
    meets_the_same,
    resumed,
    standing_of,
    stands,
    stopped,
    stopped_of,
    trial_of,
    version_of,
    weighted,
)
from services.control.records import republished, rewritten
from tests.builders import mail, words
from udfs.core.campaigns.book import Entry
from udfs.core.campaigns.campaign import Campaign
from udfs.core.campaigns.compile_book import compile_book
from udfs.core.features.features import set_version
from udfs.core.values.errors import InvalidInput

GOAL = {"event": "order_completed", "within": "3d"}
STEPS = ["5%", "25%", "100%"]
OLD = mail(goal=GOAL)
NEW = mail(goal=GOAL, rollout=STEPS, variants={"louder": words()})
T = 1_000_000


def record(document: dict[str, Any], held: dict[str, Any] | None = None, *, at: int = T, status: str = "live") -> dict[str, Any]:
    """What is on control after the document is published over another record."""
    told = stands(document, held, at=at)
    head = {"kind": "campaign", "name": document["campaign"], "status": status, "published_at": at, "published_by": "cli"}
    return {**head, "version": version_of(document, told), "document": document, **told}


def compiled(value: dict[str, Any]) -> Campaign:
    """As the job takes it."""
    book = compile_book([Entry("campaign/news", 0, msgspec.json.encode(value))])
    assert not book.refused
    return book.campaigns["news"]


def test_a_first_version_begins_with_its_first_step_and_nobody_else_gets_anything() -> None:
    value = record(NEW)
    now = standing_of(value)
    assert now is not None
    assert (now.share, now.step, now.since, now.began, now.before) == (0.05, 0, T, T, None)
    assert compiled(value).control_group == pytest.approx(0.95)
    assert now.words == "for 5 % of customers"


def test_a_changed_version_begins_with_its_first_step_and_everybody_else_keeps_the_one_before() -> None:
    before = record(OLD)
    value = record(NEW, before)
    now = standing_of(value)
    assert now is not None
    assert now.before is not None
    assert (now.before.version, now.before.document) == (before["version"], OLD)


def test_each_step_has_a_version_of_its_own_and_the_last_has_that_of_the_document() -> None:
    value = record(NEW, record(OLD))
    versions, shares = [value["version"]], []
    while (now := standing_of(value)) is not None:
        shares.append(now.share)
        value = advanced(value, at=T + len(versions))
        versions.append(value["version"])
        compiled(value)
    assert shares == [0.05, 0.25, 1.0]
    assert len(set(versions)) == 4
    assert versions[-1] == set_version(NEW)
    assert value["document"] == NEW


def test_publishing_the_same_again_changes_nothing_of_where_it_stands() -> None:
    value = advanced(record(NEW, record(OLD)), at=T + 1)
    again = record(NEW, value, at=T + 99)
    assert again["rollout"] == value["rollout"]
    assert again["version"] == value["version"]


def test_a_third_version_that_comes_meanwhile_takes_the_place_of_the_second() -> None:
    value = advanced(record(NEW, record(OLD)), at=T + 1)
    third = record({**NEW, "priority": 3}, value, at=T + 2)
    now = standing_of(third)
    assert now is not None
    assert now.before is not None
    assert (now.step, now.before.document) == (0, OLD)


def test_a_changed_first_version_begins_anew_with_nobody_before() -> None:
    value = advanced(record(NEW), at=T + 1)
    now = standing_of(record({**NEW, "priority": 3}, value, at=T + 2))
    assert now is not None
    assert (now.step, now.before) == (0, None)


def test_what_is_paused_is_no_version_that_everybody_else_keeps() -> None:
    now = standing_of(record(NEW, record(OLD, status="paused")))
    assert now is not None
    assert now.before is None


def test_without_a_rollout_it_is_for_everybody_at_once() -> None:
    assert standing_of(record(OLD, advanced(record(NEW), at=T))) is None


def test_publishing_the_version_before_again_goes_back_to_it_at_once() -> None:
    first = advanced(record({**OLD, "rollout": ["100%"]}), at=T)
    value = record({**NEW, "priority": 2}, first, at=T + 1)
    assert standing_of(value) is not None
    back = record(first["document"], value, at=T + 2)
    assert standing_of(back) is None
    assert back["version"] == first["version"]


def test_stopped_everybody_has_the_version_before_and_the_reason_is_kept() -> None:
    before = record(OLD)
    value = stopped(record(NEW, before), why="complaints", at=T + 5)
    assert (value["document"], value["version"], value["status"]) == (OLD, before["version"], "live")
    assert standing_of(value) is None
    found = stopped_of(value)
    assert found is not None
    assert (found.version, found.why, found.at) == (set_version(NEW), "complaints", T + 5)
    assert compiled(value).control_group == 0.0


def test_a_first_version_that_is_stopped_is_paused_and_resumed_it_goes_on_for_no_more_customers_than_before() -> None:
    value = stopped(record(NEW), why="complaints", at=T + 5)
    assert (value["status"], value["document"]) == ("paused", NEW)
    assert compiled(value).paused
    again = msgspec.json.decode(republished(value, status="live", act="resumed", at=T + 9).value or b"")
    now = standing_of(again)
    assert now is not None
    assert (now.share, now.since) == (0.05, T + 9)
    assert stopped_of(again) is None
    assert compiled(again).control_group == pytest.approx(0.95)


def test_weights_of_the_version_before_are_kept_with_it() -> None:
    two = mail(goal=GOAL, variants={"a": words(), "b": words()})
    before = weighted(record(two), {"b": 1.0}, at=T, adopted="b")
    value = record({**NEW, "priority": 1}, before)
    back = stopped(value, why="x", at=T + 1)
    assert back["weights"] == {"b": 1.0}
    assert compiled(back).shares == (0.0, 1.0)
    assert back["version"] == before["version"]


def test_an_experiment_begins_when_the_rollout_is_over_and_adopting_ends_it() -> None:
    experiment = {"hypothesis": "b brings more", "minimum_effect": "10%", "adopt": "winner"}
    document = {**NEW, "variants": {"a": words(), "b": words()}, "experiment": experiment, "rollout": ["50%"]}
    value = advanced(record(document), at=T + 7)
    trial = trial_of(value)
    assert trial is not None
    assert (trial.began, trial.adopted) == (T + 7, None)
    done = weighted(value, {"b": 1.0}, at=T + 9, adopted="b", why="keep")
    trial = trial_of(done)
    assert trial is not None
    assert (trial.began, trial.adopted, trial.why) == (T + 7, "b", "keep")
    assert done["version"] != value["version"]
    assert compiled(done).shares == (0.0, 1.0)
    assert trial_of(record(OLD)) is None
    assert trial_of({**record(document), "experiment": None, "published_at": 3}) == msgspec.structs.replace(trial, began=3, adopted=None, why="")


def test_a_step_of_what_is_for_everybody_is_refused_and_so_is_what_cannot_be_read() -> None:
    with pytest.raises(InvalidInput, match="is on its way"):
        advanced(record(OLD), at=T)
    with pytest.raises(InvalidInput, match="publish its file again"):
        standing_of({**record(OLD), "rollout": {"share": "half"}})
    assert resumed(record(OLD), at=T) == record(OLD)


def test_a_record_of_the_monitor_says_who_published_it_first() -> None:
    made = rewritten(advanced(record(NEW), at=T), act="rolled_out")
    assert msgspec.json.decode(made.value or b"")["published_by"] == "cli"
    assert (made.act, made.status) == ("rolled_out", "live")


@pytest.mark.parametrize(
    ("changes", "same"),
    [
        ({"variants": {"mail": words("email", content={"body": "other words"})}}, True),
        ({"description": "for people", "rollout": ["1%"], "control_group": "5%"}, True),
        ({"variants": {"a": words(), "b": words()}}, True),
        ({"variants": {"mail": words("push")}}, False),
        ({"variants": {"mail": words(["email", "push"])}}, False),
        ({"variants": {"mail": words(wait="1h")}}, False),
        ({"when": "cart.value > 5"}, False),
        ({"entry": {"again": "7d"}}, False),
        ({"trigger": {"event": "page"}}, False),
        ({"goal": {**GOAL, "within": "1d"}}, False),
    ],
)
def test_versions_that_other_customers_meet_are_not_compared_by_their_goal(changes: dict[str, Any], *, same: bool) -> None:
    assert meets_the_same({**OLD, **changes}, OLD) is same
