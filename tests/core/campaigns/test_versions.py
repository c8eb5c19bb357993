"""A campaign on its way to all customers: who has it, who has the version before, and that nobody goes back."""

from typing import Any

import msgspec
import pytest

from tests.builders import HOUR, MONDAY, Life, add, book, campaign, control, event, mail
from udfs.core.campaigns.book import Book, ControlValue, Entry
from udfs.core.campaigns.compile_book import apply, compile_book, unpack
from udfs.core.campaigns.versions import Before, Share
from udfs.core.engine import Engine
from udfs.core.profile.identity import Identity

GOAL = {"event": "order_completed", "within": "3d"}
PEOPLE = [f"customer-{number}" for number in range(2_000)]
OLD, NEW = (
    mail(variants={"old": {"channel": "email", "content": {"body": "x"}}}),
    mail(variants={"new": {"channel": "push", "content": {"body": "y"}}}),
)


def record(document: dict[str, Any], *, offset: int = 9, name: str = "news", **more: Any) -> Entry:
    value = ControlValue(kind="campaign", name=name, version="new", document=document, **more)
    return Entry(f"campaign/{name}", offset, msgspec.json.encode(value))


def share(share: float, before: dict[str, Any] | None = None, began: int = 7) -> Share:
    return Share(share=share, began=began, before=None if before is None else Before(version="old", document=before))


def with_new(book: Book) -> set[str]:
    return {user for user in PEOPLE if book.of(None, user).campaigns["news"].version == "new"}


def test_everybody_else_keeps_the_version_before_and_nobody_goes_back_to_it() -> None:
    last: set[str] = set()
    for percent in (5, 25, 60, 100):
        found = with_new(compile_book([record(NEW, rollout=share(percent / 100, OLD))]))
        assert abs(len(found) / len(PEOPLE) - percent / 100) < 0.025
        assert last <= found
        last = found
    assert last == set(PEOPLE)


def test_another_rollout_begins_with_other_customers() -> None:
    first, second = (with_new(compile_book([record(NEW, rollout=share(0.05, OLD, began))])) for began in (7, 8))
    assert len(first & second) < 30


def test_a_first_version_keeps_everybody_else_as_a_control_group_which_shrinks_to_its_own() -> None:
    document, last = mail(control_group="10%"), set[str]()
    for percent in (5, 25, 90, 95, 100):
        made = compile_book([record(document, rollout=share(percent / 100))]).campaigns["news"]
        found = {user for user in PEOPLE if not made.in_control(user)}
        assert last <= found
        last = found
        assert made.control_group == pytest.approx(max(0.1, 1 - percent / 100))


def test_each_customer_lives_with_one_of_the_two_versions() -> None:
    made = compile_book([record(NEW, rollout=share(0.25, OLD)), control({"consent": {"default": {"marketing": "grant"}}}, offset=1)])
    new = with_new(made)
    for user in PEOPLE[:200]:
        lived = Life(Engine(made), user).live([event("go", MONDAY, user=user, traits={"email": "a@b.c", "push_token": "t"})])
        (decision,) = lived.decisions
        assert (decision.campaign_version, decision.variant) == (("new", "new") if user in new else ("old", "old"))


def test_versions_may_have_other_triggers() -> None:
    cart = campaign("news", trigger={"idle": "30m", "of": "cart"})
    made = compile_book([record(cart, rollout=share(0.5, OLD)), control({"consent": {"default": {"marketing": "grant"}}}, offset=1)])
    new = with_new(made)
    for user in PEOPLE[:100]:
        events = [event("go", MONDAY, user=user, traits={"email": "a@b.c"}), add(MONDAY + 1, user=user)]
        lived = Life(Engine(made), user).live(events).wait(MONDAY + HOUR)
        assert [each.campaign_version for each in lived.decisions] == (["new"] if user in new else ["old"])


def test_whoever_changes_ids_keeps_the_version_of_the_history_that_was_assigned_first() -> None:
    made = compile_book([record(NEW, rollout=share(0.25, OLD))])
    new = with_new(made)
    known, other = next(user for user in PEOPLE if user in new), next(user for user in PEOPLE if user not in new)
    assert made.of(Identity(lot=known), other).campaigns["news"].version == "new"
    assert made.of(Identity(lots={"news": other}), known).campaigns["news"].version == "old"


def test_without_a_rollout_everybody_has_the_same_book() -> None:
    made = book(NEW)
    assert all(made.of(None, user) is made for user in PEOPLE[:50])
    rolled = compile_book([record(NEW, rollout=share(0.25, OLD))])
    assert len({id(rolled.of(None, user)) for user in PEOPLE}) == 2
    assert len({id(rolled.of(None, user).of(None, user)) for user in PEOPLE}) == 2


def test_a_book_of_a_customer_follows_what_is_published_next() -> None:
    made = compile_book([record(NEW, offset=1, rollout=share(0.25, OLD))])
    assert made.versions
    for following in (record(NEW, offset=2), Entry("campaign/news", 2, None), record(NEW, offset=2, rollout=share(0.5))):
        assert not apply(made, following).versions
    features = control({"features": [{"name": "views_7d", "event": "product_viewed", "aggregate": "count", "window": "7d"}]}, offset=3)
    assert with_new(apply(made, features)) == with_new(made)
    assert with_new(unpack(made.pack())) == with_new(made)


def test_channels_of_both_versions_are_known() -> None:
    pager = mail(variants={"old": {"channel": "pager", "content": {"body": "x"}}})
    made = compile_book([record(NEW, rollout=share(0.25, pager))])
    assert all("pager" in made.of(None, user).known_channels for user in PEOPLE[:50])


@pytest.mark.parametrize(
    ("more", "says"),
    [
        ({"rollout": share(0.0)}, "above 0 and at most 1"),
        ({"rollout": share(1.5)}, "above 0 and at most 1"),
        ({"rollout": share(0.5, {**OLD, "campaign": "olds"})}, "is one of 'olds'"),
        ({"rollout": share(0.5, {**OLD, "when": "cart.vlue > 1"})}, "the version before: "),
        ({"rollout": {"share": "half"}}, "not a control record"),
        ({"weights": {"new": -1.0}}, "weights are of its variants"),
        ({"weights": {"gone": 1.0}}, "weights are of its variants"),
    ],
)
def test_a_record_that_makes_no_sense_is_refused_and_the_last_good_one_stays(more: dict[str, Any], says: str) -> None:
    value = {"kind": "campaign", "name": "news", "version": "new", "document": NEW, **more}
    made = compile_book([control(OLD), Entry("campaign/news", 9, msgspec.json.encode(value))])
    assert says in made.refused["campaign/news"]
    assert made.campaigns["news"].version == "v0"


def test_weights_on_control_change_what_the_document_says() -> None:
    two = mail(variants={name: {"channel": "email", "content": {"body": "x"}} for name in ("a", "b", "c")})
    found = compile_book([record(two, weights={"b": 3.0, "c": 1.0})]).campaigns["news"]
    assert found.shares == (0.0, 0.75, 0.25)
    before = compile_book([record(two)]).campaigns["news"]
    moved = [user for user in PEOPLE if before.assign(user)[0].name in {"b"} and found.assign(user)[0].name != "b"]
    assert not moved, "whoever has the one that grows keeps it"


def test_a_history_that_turns_out_to_be_the_customers_brings_its_version_along() -> None:
    made = compile_book([record(NEW, rollout=share(0.25, OLD)), control({"consent": {"default": {"marketing": "grant"}}}, offset=1)])
    new = with_new(made)
    visitor, customer = next(user for user in PEOPLE if user in new), next(user for user in PEOPLE if user not in new)
    engine = Engine(made)
    before = Life(engine, visitor).live([event("page", MONDAY, user=visitor, traits={"email": "a@b.c", "push_token": "t"})])
    _, handed_over = engine.on_leave(before.blob, visitor, MONDAY + 1)
    joined = Life(engine, customer)
    joined.blob = engine.on_join(None, customer, handed_over).blob
    joined.live([event("go", MONDAY + HOUR, user=customer)])
    assert [each.campaign_version for each in joined.decisions] == ["new"]
