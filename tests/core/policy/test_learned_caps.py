"""Caps whose limit is learned: what it follows from, its bounds, and that it is one cap among others."""

from random import Random
from typing import Any

import pytest

from tests.builders import DAY, HOUR, MINUTE, MONDAY, Life, event, life, mail
from udfs.core.policy.fatigue import limit_of
from udfs.core.policy.language.policy import compile_policy
from udfs.core.profile.state import Message
from udfs.core.values.problems import DocumentError

GRANT = {"consent": {"default": {"marketing": "grant"}}}
START = MONDAY + 28 * DAY
LEARNED = {"id": "as-she-likes", "channel": "any", "max": "learned", "between": [1, 5], "within": "7d"}


def sent(*letters: str, channel: str = "email", **more: Any) -> list[Message]:
    """Messages of the days before, one for each letter: answered, dismissed, or neither."""
    outcomes: dict[str, dict[str, int]] = {"a": {"opened": START}, "d": {"dismissed": START}, "n": {}, "b": {"dismissed": START, "clicked": START}}
    return [
        Message(START - 20 * DAY + place * HOUR, channel, "news", outcomes=outcomes[letter], **more) for place, letter in enumerate("".join(letters))
    ]


def limit(messages: list[Message], least: int = 1, most: int = 5, **usual: float) -> int:
    return limit_of(messages, least, most, usual, START).limit


@pytest.mark.parametrize(
    ("letters", "expected"),
    [
        ("", 3),  # nothing is known: the middle
        ("nnnnn", 2),  # one answer would be usual
        ("n" * 30, 1),
        ("a" + "n" * 4, 3),  # as usual
        ("aa" + "n" * 3, 4),
        ("a" * 10, 5),
        ("ddd", 2),  # each like three without an answer
        ("d" * 10, 1),
        ("b", 4),  # who clicked and then closed it has answered
    ],
)
def test_the_limit_follows_from_answers_where_others_give_them(letters: str, expected: int) -> None:
    assert limit(sent(letters)) == expected


def test_what_is_usual_is_by_channel() -> None:
    assert limit(sent("nnnn", channel="push"), push=0.05) == 3
    assert limit(sent("nnnn", channel="push"), push=0.5) == 2


@pytest.mark.parametrize("more", [{"in_holdout": True}, {"failed": True}, {"transactional": True}])
def test_what_never_came_and_what_everybody_opens_says_nothing(more: dict[str, Any]) -> None:
    assert limit(sent("n" * 30, **more)) == 3


def test_the_limit_never_leaves_its_bounds_and_more_answers_never_lower_it() -> None:
    chance = Random(18)
    for _ in range(3_000):
        least = chance.randint(1, 20)
        most = least + chance.randint(1, 30)
        usual = {"email": chance.choice((0.0, 0.01, 0.2, 1.0))}
        letters = [chance.choice("andb") for _ in range(chance.randint(0, 40))]
        found = limit_of(sent(*letters), least, most, usual, START).limit
        assert least <= found <= most
        if "n" in letters:
            letters[letters.index("n")] = "a"
            assert limit_of(sent(*letters), least, most, usual, START).limit >= found


def ada(letters: str, *caps: dict[str, Any]) -> Life:
    """Ada, who got so many messages, one a day, the last of them nine days ago."""
    other = mail("other", trigger={"event": "other"}, tags=["other"])
    her = life(mail(tags=["news"]), other, {**GRANT, "caps": [*caps]} if caps else GRANT)
    for place, letter in enumerate(letters):
        at = START - (len(letters) - place + 8) * DAY
        her.live([event("other", at)])
        if letter == "a":
            her.live([event("message_opened", at + HOUR, decision_id=her.actions[-1].decision_id, passive=True)])
    her.records.clear()
    return her


def gets(her: Life, days: int = 7) -> int:
    """How many messages she gets, asked for twice a day."""
    return len(her.live([event("go", START + half * DAY // 2) for half in range(2 * days)]).actions)


NEWS = {**LEARNED, "tag": "news"}


def test_who_answers_gets_more_and_who_does_not_gets_less() -> None:
    of_all = {**LEARNED, "between": [1, 9]}
    ignored = ada("", of_all).live([event("other", START - day * DAY) for day in range(20, 8, -1)])
    ignored.records.clear()
    assert gets(ignored, days=1) == 2
    eager = ada("aaaaaaaa", {**LEARNED, "between": [1, 9]})
    assert gets(eager, days=6) == 9


def test_the_decision_says_the_limit_and_what_it_follows_from() -> None:
    her = ada("nnnnn", {**LEARNED, "between": [1, 3], "within": "1h"}).live([event("go", START), event("go", START)])
    assert [each.reason for each in her.decisions] == ["ELIGIBLE", "CAP_REACHED"]
    decision = her.decisions[-1]
    assert decision.detail == "as-she-likes: 1 of 1 within 1h, the last at 2026-02-02 00:00:00 UTC; learned: 0 of 5 answered, 1.0 are usual"
    (fact,) = decision.facts
    assert fact == {
        "cap": "as-she-likes", "counted": 1, "max": 1, "window": "within 1h", "within": HOUR, "last": START, "answered": 0, "of": 5, "usual": "1.0",
    }  # fmt: skip


def test_a_fixed_cap_beside_it_still_holds() -> None:
    assert gets(ada("aaaaaaaa", LEARNED, {"id": "two", "channel": "any", "max": 2, "within": "30d"})) == 0
    assert gets(ada("aaaaaaaa", LEARNED, {"id": "never", "tag": "news", "max": 0, "within": "30d"})) == 0


def test_a_deferral_waits_until_the_limit_of_now_has_room() -> None:
    her = ada("", {**LEARNED, "between": [1, 2], "within": "2h", "then": "defer"}).live([event("go", START), event("go", START + HOUR)])
    first, second = her.decisions
    assert (first.outcome, second.outcome) == ("acted", "deferred")
    assert START + 2 * HOUR <= (second.deferred_until or 0) < START + 2 * HOUR + 15 * MINUTE
    assert len(her.wait(START + DAY).actions) == 2


def test_only_messages_that_the_cap_is_about_teach_it() -> None:
    her = ada("aaaaaaaaaa", {**NEWS, "between": [1, 3], "within": "1h"}).live([event("go", START + minute) for minute in range(3)])
    assert len(her.actions) == 2  # the middle: `other` has not the tag


@pytest.mark.parametrize(
    ("told", "says"),
    [
        ({"max": "learned"}, "has two bounds"),
        ({"max": "learned", "between": 5}, "has two bounds"),
        ({"max": "learned", "between": [1, 2, 3]}, "has two bounds"),
        ({"max": "learned", "between": [0, 5]}, "whole number from 1 to 500"),
        ({"max": "learned", "between": [1, 501]}, "whole number from 1 to 500"),
        ({"max": "learned", "between": [1, "5"]}, "whole number from 1 to 500"),
        ({"max": "learned", "between": [5, 5]}, "the first bound is below"),
        ({"max": "learned", "between": [5, 1]}, "the first bound is below"),
        ({"max": 5, "between": [1, 5]}, "limit that is learned"),
        ({"max": "lerned", "between": [1, 5]}, "limit that is learned"),
        ({"max": "lerned"}, "whole number from 0 to 500"),
        ({"between": [1, 5]}, "limit that is learned"),
    ],
)
def test_bounds_that_are_none_are_refused(told: dict[str, Any], says: str) -> None:
    with pytest.raises(DocumentError) as refused:
        compile_policy({"caps": [{"id": "a", "channel": "any", "within": "7d", **told}]})
    assert any(says in problem.message for problem in refused.value.problems), refused.value.problems
