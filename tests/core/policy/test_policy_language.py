"""A policy is accepted as a whole, or refused with everything that is wrong with it, its position and a fix."""

from typing import Any

import pytest

from tests.builders import DAY, HOUR, MINUTE, book, mail
from udfs.core.policy.language.policy import compile_policy
from udfs.core.values.problems import DocumentError

WHOLE: dict[str, Any] = {
    "holdout": {"share": "5%", "epoch": "2026-q4", "exempt": ["transactional"]},
    "quiet_hours": {"from": "22:00", "to": "08:00", "zone": "user", "fallback": "UTC", "then": "defer"},
    "caps": [
        {"id": "one-mail-a-day", "channel": "email", "max": 1, "within": "24h"},
        {"id": "three-a-week", "channel": "any", "max": 3, "per": "week", "then": "drop"},
    ],
    "week_starts": "monday",
    "consent": {"default": {"marketing": "deny"}},
    "suppress": [{"after": "2 dismissed", "within": "15d", "rest": "30d", "scope": "campaign"}],
    "throughput": {"email": "1000 per minute"},
    "currency": {"base": "USD", "rates": {"EUR": 1.08}},
}


def test_the_whole_of_it() -> None:
    policy = compile_policy(WHOLE, version="v1")
    assert policy.version == "v1"
    assert policy.holdout is not None
    assert (policy.holdout.share, policy.holdout.epoch) == (0.05, "2026-q4")
    assert policy.quiet_hours is not None
    assert (policy.quiet_hours.start, policy.quiet_hours.end, policy.quiet_hours.then) == (22 * 60, 8 * 60, "defer")
    day, week = policy.caps
    assert (day.most, day.within, day.channels, day.then) == (1, 24 * HOUR, frozenset({"email"}), "drop")
    assert (week.most, week.per, week.channels) == (3, "week", None)
    assert policy.consent.default("marketing") is False
    assert policy.consent.default("analytics") is True
    assert (policy.suppress[0].count, policy.suppress[0].within, policy.suppress[0].rest) == (2, 15 * DAY, 30 * DAY)
    assert (policy.throughput["email"].most, policy.throughput["email"].period) == (1000, MINUTE)
    assert policy.currency.convert(100, "EUR") == 108


@pytest.mark.parametrize(
    ("changes", "path", "words"),
    [
        ({"cap": []}, ("cap",), "did you mean 'caps'?"),
        ({"holdout": {"share": 5, "epoch": "q"}}, ("holdout", "share"), "such as 10%"),
        ({"holdout": {"share": "5%"}}, ("holdout", "epoch"), "name the epoch"),
        ({"holdout": {"epoch": 2026}}, ("holdout", "epoch"), 'put it in quotes: "2026"'),
        ({"holdout": {"epoch": "a", "exempt": ["VIP", "Transactional"]}}, ("holdout", "exempt", 1), "write transactional"),
        ({"quiet_hours": {"from": "22", "to": "08:00"}}, ("quiet_hours", "from"), "in quotes"),
        ({"quiet_hours": {"from": "25:00", "to": "08:00"}}, ("quiet_hours", "from"), "not a time of the day"),
        ({"quiet_hours": {"from": "08:00", "to": "08:00"}}, ("quiet_hours", "to"), "the same"),
        ({"quiet_hours": {"from": "22:00", "to": "08:00", "zone": "Berlim"}}, ("quiet_hours", "zone"), "IANA"),
        ({"quiet_hours": {"from": "22:00", "to": "08:00", "then": "wait"}}, ("quiet_hours", "then"), "drop, defer, next_channel"),
        ({"caps": {}}, ("caps",), "list of rules"),
        ({"caps": [{"id": "a", "channel": "Mail", "max": 1, "within": "1d"}]}, ("caps", 0, "channel"), "did you mean 'email'?"),
        ({"caps": [{"id": "a", "channel": ["email", "any"], "max": 1, "within": "1d"}]}, ("caps", 0, "channel"), "any cannot be combined"),
        ({"quiet_hours": {"from": "1:00", "to": "2:00", "channels": "any"}}, ("quiet_hours", "channels"), "leave channels out"),
        ({"caps": [{"id": " ", "channel": "any", "max": 1, "within": "1d"}]}, ("caps", 0, "id"), "has an id"),
        ({"caps": [{"id": "a", "channel": "any", "max": 1, "within": "9" * 400 + "d"}]}, ("caps", 0, "within"), "out of range"),
        ({"caps": [{"id": "a", "channel": "any", "max": -1, "within": "1d"}]}, ("caps", 0, "max"), "0 to 500"),
        ({"caps": [{"id": "a", "channel": "any", "max": 1}]}, ("caps", 0), "has a window"),
        ({"caps": [{"id": "a", "channel": "any", "max": 1, "within": "1d", "per": "day"}]}, ("caps", 0), "has a window"),
        ({"caps": [{"id": "a", "channel": "any", "max": 1, "within": "31d"}]}, ("caps", 0, "within"), "at most 30d"),
        ({"caps": [{"id": "a", "channel": "any", "max": 1, "per": "year"}]}, ("caps", 0, "per"), "day, week, month"),
        ({"caps": [{"id": "a", "max": 1, "within": "1d"}]}, ("caps", 0), "what does it count?"),
        ({"caps": [{"channel": "any", "max": 1, "within": "1d"}]}, ("caps", 0, "id"), "has an id"),
        ({"caps": [{"id": "a", "channel": "any", "max": 1, "within": "1d"}] * 2}, ("caps", 1, "id"), "two caps"),
        ({"week_starts": "mon"}, ("week_starts",), "did you mean 'monday'?"),
        ({"consent": {"default": {"marketing": "no"}}}, ("consent", "default", "marketing"), "deny, grant"),
        ({"consent": {"default": {"Marketing": "deny", "marketing": "grant"}}}, ("consent", "default", "Marketing"), "write marketing"),
        ({"consent": {"default": {"a/b": "deny"}}}, ("consent", "default", "a/b"), "is no purpose"),
        ({"consent": {"default": {"-": "deny"}}}, ("consent", "default", "-"), "is no purpose"),
        ({"consent": {"categories": {"Ads": "Marketing"}}}, ("consent", "categories", "Ads"), "write marketing"),
        ({"consent": {"categories": {"Ads": "marketing", "ads": "storage"}}}, ("consent", "categories", "ads"), "is 'Ads' again"),
        ({"suppress": [{"after": "two dismissed", "within": "1d", "rest": "1d"}]}, ("suppress", 0, "after"), "2 dismissed"),
        ({"suppress": [{"after": "2 ignored", "within": "1d", "rest": "1d"}]}, ("suppress", 0, "after"), "known are"),
        ({"suppress": [{"after": "2 dismissed", "within": "1d", "rest": "90d"}]}, ("suppress", 0, "rest"), "at most 60d"),
        ({"throughput": {"email": 1000}}, ("throughput", "email"), "1000 per minute"),
        ({"throughput": {"E-mail": "1 per second"}}, ("throughput", "E-mail"), "did you mean 'email'?"),
        ({"currency": {"rates": {"EUR": 1.08}}}, ("currency",), "need a base"),
        ({"currency": {"base": "USD", "rates": {"EUR": "much"}}}, ("currency", "rates", "EUR"), "how much one EUR is worth"),
        ({"currency": {"base": "usd"}}, ("currency", "base"), "write USD"),
        ({"currency": {"base": ""}}, ("currency", "base"), "such as USD"),
        ({"currency": {"base": "USD", "rates": {"eur": 1.08}}}, ("currency", "rates", "eur"), "write EUR"),
        ({"currency": {"base": "USD", "rates": {"USD": 2}}}, ("currency", "rates", "USD"), "the base itself"),
        ({"description": None}, ("description",), "is empty"),
        ({"description": ["words"]}, ("description",), "is a text"),
        ({"trigger_max_age": "3 days"}, ("trigger_max_age",), "not a duration"),
    ],
)
def test_a_mistake_is_told_where_it_stands(changes: dict[str, Any], path: tuple[str | int, ...], words: str) -> None:
    with pytest.raises(DocumentError) as refused:
        compile_policy({**WHOLE, **changes})
    (problem,) = refused.value.problems
    assert problem.path == path
    assert words in f"{problem.message} {problem.suggestion}"


def test_all_mistakes_are_told_at_once() -> None:
    with pytest.raises(DocumentError) as refused:
        compile_policy({"caps": [{"id": "a"}], "holdout": 5, "quiet_hours": []})
    assert len(refused.value.problems) > 4
    with pytest.raises(DocumentError, match="a mapping of rules"):
        compile_policy(["caps"])


def test_from_and_to_are_compared_whatever_else_is_wrong() -> None:
    with pytest.raises(DocumentError, match=r"quiet_hours\.to: from and to are the same"):
        compile_policy({"cpas": [], "quiet_hours": {"from": "8:00", "to": "08:00", "then": "wait"}})


@pytest.mark.parametrize(
    "document",
    [
        {"caps": [{"id": "a", "channel": "any", "max": 10**5000, "within": "1d"}]},
        {"caps": [{"id": "a", "channel": "any", "max": "9" * 5000, "within": "9" * 5000}]},
        {"caps": [{"id": "a", "channel": "x" * 5000, "max": 1, "within": "1d"}]},
        {"holdout": {"epoch": 10**5000, "share": "9" * 5000 + "%"}, "week_starts": "x" * 5000},
        {"x" * 5000: 1},
        {"consent": {"default": {"X" * 5000: "deny"}, "categories": {"ads": "*" * 5000}}},
        {"currency": {"base": "x" * 5000, "rates": {"y" * 5000: 0}}, "throughput": {"z" * 5000: "1" * 5000}},
    ],
)
def test_what_is_long_is_not_repeated_at_length(document: dict[str, Any]) -> None:
    with pytest.raises(DocumentError) as refused:
        compile_policy(document)
    for problem in refused.value.problems:
        assert len(problem.message) <= 400
        assert len(problem.suggestion or "") <= 400


def test_every_part_may_be_left_out() -> None:
    assert compile_policy({}).caps == ()
    assert compile_policy({"description": "only words"}).holdout is None


def test_a_policy_that_is_refused_leaves_the_last_good_one() -> None:
    from tests.builders import control
    from udfs.core.campaigns.book import BookError
    from udfs.core.campaigns.compile_book import apply

    held = book(mail(), WHOLE)
    with pytest.raises(BookError) as refused:
        apply(held, control({"caps": 1}, offset=9))
    assert refused.value.field == "document.caps"
    assert held.policy.caps
