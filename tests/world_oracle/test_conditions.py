"""Conditions with three values, and journeys whose exits know their subject."""

from decimal import Decimal

import pytest

from tests.world_oracle.conditions import NotJudged, evaluate
from tests.world_oracle.instants import instant
from tests.world_oracle.oracle import Oracle
from tests.world_oracle.player import Record
from tests.world_oracle.policy import chance
from tests.world_oracle.telling import acted, add, clock, play, told

KNOWN = {"user.country": "DE", "user.name": " ", "event.products": [{"category": "tents", "price": 5}, {"category": None, "price": 7}], "n": 3}


class Names:
    """A scope of a few names; all others are unknown."""

    def name(self, path: list[str]) -> object:
        return KNOWN.get(".".join(path))

    def seen(self, event: str, within: str | None) -> bool:
        return event == "a" and within is None


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("user.country == 'DE'", True),
        ("user.city != 'US'", None),
        ("not user.city == 'US'", None),
        ("default(user.city, '') != 'US'", True),
        ("default(user.name, 'x') == 'x'", True),
        ("user.city == 'US' and False", False),
        ("user.city == 'US' or True", True),
        ("user.city == 'US' or False", None),
        ("user.city == 'US' and True", None),
        ("n > 2", True),
        ("n < user.age", None),
        ("n > 'a'", None),
        ("n == '3'", False),
        ("0.1 + 0.2 == 0.3", True),
        ("user.city in ['US']", None),
        ("user.country in ['DE', 'AT']", True),
        ("1 if user.city else 2", None),
        ("any(event.products, category == 'tents')", True),
        ("any(event.products, category == 'pans')", None),
        ("count(event.products, price > 5)", Decimal(1)),
        ("sum(event.products, price * 2)", Decimal(24)),
        ("event.products[0].category == 'tents'", True),
        ("len(event.products)", Decimal(2)),
        ("n / 0", None),
        ("seen('a') and not seen('a', '1d')", True),
        (True, True),
    ],
)
def test_a_condition_is_true_false_or_unknown(text: object, value: object) -> None:
    assert evaluate(text, Names()) == value


def test_what_the_oracle_has_no_opinion_on_it_does_not_guess() -> None:
    with pytest.raises(NotJudged):
        evaluate("opened('hello')", Names())
    with pytest.raises(NotJudged):
        Oracle([{"campaign": "a", "trigger": {"enters": "vip"}, "variants": {}}])
    with pytest.raises(NotJudged):
        Oracle([], {"caps": []})


def test_the_hash_is_growthbooks() -> None:
    drawn = [chance("seed", "a"), chance("seed", "b"), chance("foo", "ab"), chance("foo", "def"), chance("90850943850283058242805", "123")]
    assert drawn == [0.0505, 0.2696, 0.2575, 0.2019, 0.7516]


def journey(*steps: dict[str, object], **more: object) -> dict[str, object]:
    channel = {"channel": "email"}
    return {"campaign": "story", "trigger": {"event": "begun"}, "steps": list(steps), "variants": {"one": channel, "two": channel}, **more}


def story(campaign: dict[str, object], *records: Record) -> list[str]:
    return [f"{clock(one.at)} {one.variant}" for one in play(records, campaign).decisions()]


def test_a_story_sends_waits_and_sends() -> None:
    assert story(journey({"send": "one"}, {"wait": "1h"}, {"send": "two"}), told("begun", "10:00")) == ["10:00 one", "11:00 two"]


def test_a_wait_counts_from_when_it_began_and_a_late_one_waits_a_minute() -> None:
    assert story(journey({"wait": "1h"}, {"send": "one"}, {"wait": "1h"}, {"send": "two"}), told("begun", "10:00", "12:00")) == [
        "12:01 one",
        "13:01 two",
    ]


def test_leave_on_ends_it_only_where_it_waits() -> None:
    waits = journey({"wait": "1h"}, {"send": "one"}, {"wait": "1h", "leave_on": ["bought"]}, {"send": "two"})
    assert story(waits, told("begun", "10:00"), told("bought", "10:30")) == ["11:00 one", "12:00 two"]
    assert story(waits, told("begun", "10:00"), told("bought", "11:30")) == ["11:00 one"]


def test_wait_for_goes_on_as_soon_as_it_comes() -> None:
    waits = journey({"wait_for": ["delivered"], "at_most": "2d", "then": [{"send": "one"}], "else": [{"send": "two"}]})
    assert story(waits, told("begun", "10:00"), told("delivered", "11:00")) == ["11:00 one"]
    assert story(waits, told("begun", "10:00")) == ["+2d 10:00 two"]
    assert story(waits, told("begun", "10:00"), told("delivered", "+2d 10:00")) == ["+2d 10:00 one"]


def test_wait_until_waits_for_an_instant_or_a_weekday_where_the_customer_lives() -> None:
    before = journey({"wait_until": "event.ends", "before": "3d"}, {"send": "one"})
    assert story(before, told("begun", "10:00", ends="2026-03-07T12:00:00Z")) == ["+2d 12:00 one"]
    assert story(before, told("begun", "10:00", ends="2026-03-04T12:00:00Z")) == ["10:00 one"]
    assert story(before, told("begun", "10:00", ends="soon")) == []
    weekday = journey({"wait_until": "tuesday 10:00"}, {"send": "one"})
    assert story(weekday, told("begun", "10:00", top={"context": {"timezone": "+02:00"}})) == ["+1d 08:00 one"]
    assert story(weekday, told("begun", "+1d 10:00")) == ["+8d 10:00 one"]


def test_a_branch_that_is_unknown_goes_the_other_way() -> None:
    branch = journey({"branch": {"when": "user.country == 'DE'", "then": [{"send": "one"}], "else": [{"send": "two"}]}})
    assert story(branch, told("begun", "10:00")) == ["10:00 two"]


def test_an_exit_by_key_ends_its_own_run_and_one_without_the_key_ends_all() -> None:
    keyed = journey(
        {"wait": "1h"},
        {"send": "one"},
        trigger={"event": "begun", "unless": {"event": "paid", "same": "invoice_id"}},
        entry={"once_per": "event.invoice_id"},
    )
    begun = [told("begun", "10:00", invoice_id="A"), told("begun", "10:10", invoice_id="B")]
    assert story(keyed, *begun, told("paid", "10:20", invoice_id="b ")) == ["11:00 one"]
    assert story(keyed, *begun, told("paid", "10:20")) == []


def test_one_run_at_a_time_without_a_key() -> None:
    assert story(journey({"wait": "1h"}, {"send": "one"}), told("begun", "10:00"), told("begun", "10:30"), told("begun", "11:01")) == [
        "11:00 one",
        "12:01 one",
    ]


def test_again_waits_from_the_last_time_it_acted() -> None:
    campaign = {"campaign": "c", "trigger": {"event": "a"}, "entry": {"again": "1h"}, "variants": {"v": {"channel": "email"}}}
    assert acted([told("a", "10:00"), told("a", "10:59:59"), told("a", "11:00")], campaign) == ["10:00", "11:00"]


def test_a_date_comes_in_the_customers_morning() -> None:
    campaign = {
        "campaign": "b",
        "trigger": {"date": "user.birthday", "before": "3d"},
        "entry": {"again": "300d"},
        "variants": {"v": {"channel": "email"}},
    }
    known = told("identify", "10:00", top={"type": "identify", "traits": {"birthday": "29.02.2000", "timezone": "europe/berlin"}})
    first = play([known], campaign).decisions()[0]
    assert first.at == instant("2027-02-25T08:00:00Z")


def test_of_two_due_at_one_instant_the_higher_priority_goes_first() -> None:
    def cart(name: str, priority: int) -> dict[str, object]:
        return {"campaign": name, "priority": priority, "trigger": {"idle": "30m", "of": "cart"}, "variants": {"v": {"channel": "email"}}}

    assert [one.campaign for one in play([add("10:00")], cart("a", 1), cart("b", 2)).decisions()] == ["b", "a"]


def test_people_do_not_meet() -> None:
    assert acted([add("10:00", user="u1"), add("10:05", user="u2"), told("order_completed", "10:06", user="u1")]) == ["10:35"]


def test_unless_does_not_speak_of_a_date() -> None:
    trigger = {"date": "user.birthday", "unless": ["order_completed"]}
    campaign = {"campaign": "b", "trigger": trigger, "entry": {"again": "300d"}, "variants": {"v": {"channel": "email"}}}
    known = told("identify", "+1d 10:00", top={"type": "identify", "traits": {"birthday": "1990-03-04"}})
    assert acted([known, told("order_completed", "+2d 08:58")], campaign)[0] == "+2d 09:00"
