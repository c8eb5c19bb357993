"""`send: {at: best}`: whose hour it is, what limits it, and what does not count as reading."""

from typing import Any
from zoneinfo import ZoneInfo

import pytest

from tests.builders import DAY, HOUR, MINUTE, MONDAY, Life, control, event, life, mail, words
from udfs.core.campaigns.compile_book import apply
from udfs.core.campaigns.language.campaign import compile_campaign
from udfs.core.campaigns.language.reader import CampaignError
from udfs.core.engine import Engine
from udfs.core.features.features import EMPTY
from udfs.core.policy.language.policy import compile_policy
from udfs.core.policy.timing import habit_of
from udfs.core.profile.state import Reaction
from udfs.core.records import Event
from udfs.core.values.chance import lot
from udfs.core.values.instants import parse_instant
from udfs.core.values.problems import DocumentError

GRANT = {"consent": {"default": {"marketing": "grant"}}}
BEST = mail(send={"at": "best"})
DAILY = mail("daily", trigger={"event": "day"}, purpose="transactional")
LATER = round(lot("release", "ada") * 15 * MINUTE) - 15 * MINUTE
"""When she gets what is for an hour: in the quarter of an hour before it."""
START = MONDAY + 28 * DAY
NOON = START + 12 * HOUR
EVENING = [MONDAY + day * DAY + 19 * HOUR + 10 * MINUTE for day in (20, 21, 22)]


def known(policy: dict[str, Any] | None = None, *, best: dict[str, Any] = BEST, reads: list[int] = EVENING, **receipt: Any) -> Life:
    """Ada, who read a message of `daily` at each of these times."""
    ada = life(best, DAILY, {**GRANT, **(policy or {})})
    for at in reads:
        ada.live([event("day", at - 5 * MINUTE)])
        ada.live([read(ada, at, **receipt)])
    ada.records.clear()
    return ada


def read(ada: Life, at: int, word: str = "opened", **receipt: Any) -> Event:
    return event(f"message_{word}", at, decision_id=ada.actions[-1].decision_id, passive=True, **receipt)


def go(at: int = NOON) -> Event:
    return event("go", at)


def test_it_is_put_off_once_to_the_hour_at_which_most_was_read() -> None:
    ada = known().live([go()])
    (first,) = ada.decisions
    assert (first.detail, first.facts) == ("best hour 19: 3 of 3 opens from then to 22:59", ({"hour": 19, "zone": "UTC", "opens": 3, "of": 3},))
    assert first.deferred_until == START + 19 * HOUR + LATER
    assert ada.wait(START + DAY).told == [("deferred", "SEND_TIME", NOON), ("acted", "ELIGIBLE", START + 19 * HOUR + LATER)]
    assert len({each.decision_id for each in ada.decisions}) == 1


@pytest.mark.parametrize("reads", [[], EVENING[:2]])
def test_without_a_habit_all_hours_are_alike(reads: list[int]) -> None:
    assert known(reads=reads).live([go()]).told == [("acted", "ELIGIBLE", NOON)]


def test_within_the_best_hour_it_goes_out_at_once() -> None:
    for at in (START + 18 * HOUR + 45 * MINUTE, START + 19 * HOUR + 59 * MINUTE):
        assert known().live([go(at)]).told == [("acted", "ELIGIBLE", at)]


def test_what_a_machine_opened_nobody_has_read() -> None:
    assert known(machine=True).live([go()]).told == [("acted", "ELIGIBLE", NOON)]
    ada = life(BEST, DAILY, GRANT)
    for at in EVENING:  # a machine opens at once, and the customer in the evening
        ada.live([event("day", at - 9 * HOUR)])
        ada.live([read(ada, at - 9 * HOUR + 1, machine=True), read(ada, at)])
    assert ada.live([go()]).decisions[-1].detail == "best hour 19: 3 of 3 opens from then to 22:59"


def test_an_open_and_its_clicks_are_one() -> None:
    ada = known(reads=EVENING[:1])
    ada.live([event("day", EVENING[1])])
    ada.live([read(ada, EVENING[1] + 1), read(ada, EVENING[1] + 2, "clicked")])
    assert ada.live([go()]).told[-1] == ("acted", "ELIGIBLE", NOON), "two messages are no habit"


def test_the_hours_of_all_customers_decide_for_those_of_whom_nothing_is_known() -> None:
    policy = {"send_time": {"hours": {"9": 1, "15": 4}}}
    (first,) = known(policy, reads=[]).live([go()]).decisions
    assert (first.reason, first.detail, first.facts) == (
        "SEND_TIME",
        "best hour 15: by the hours of all customers",
        ({"hour": 15, "zone": "UTC", "opens": 0, "of": 0},),
    )
    (own,) = known(policy, reads=[*EVENING, *(at + 3 * DAY for at in EVENING)]).live([go()]).decisions
    assert own.detail == "best hour 19: 6 of 6 opens from then to 22:59", "a habit outweighs them"
    (blended,) = known({"send_time": {"hours": {"15": 1}}}).live([go()]).decisions
    assert blended.detail == "best hour 15: 0 of 3 opens from then to 18:59", "three opens weigh less than five of all customers"


@pytest.mark.parametrize(
    ("expires", "hour"),
    [("8h", 19), ("479m", 18), ("2h", None)],
)
def test_the_hour_is_over_before_the_message_expires(expires: str, hour: int | None) -> None:
    """One hour earlier is the next best: it then lies there until she looks."""
    ada = known(best=mail(send={"at": "best", "expires": expires})).live([go()])
    assert ada.decisions[0].deferred_until == (None if hour is None else START + hour * HOUR + LATER)
    assert [reason for _, reason, _ in ada.wait(START + 3 * DAY).told][-1] == "ELIGIBLE"


def test_a_best_hour_that_is_quiet_is_none() -> None:
    for later in (3, 4):  # 22:10, of which half an hour is quiet, and 23:10
        ada = known({"quiet_hours": {"from": "22:30", "to": "08:00"}}, reads=[at + later * HOUR for at in EVENING]).live([go()])
        assert ada.decisions[0].deferred_until == START + 21 * HOUR + LATER, "the last whole hour before: it lies there until she looks"
    early = {"quiet_hours": {"from": "18:00", "to": "08:00"}}
    assert known(early, reads=[at + 4 * HOUR for at in EVENING]).live([go()]).told == [("acted", "ELIGIBLE", NOON)]


def test_quiet_hours_are_asked_first_and_the_best_hour_after_them() -> None:
    night = START + 23 * HOUR
    ada = known({"quiet_hours": {"from": "22:00", "to": "08:00"}}, best=mail(send={"at": "best", "expires": "2d"})).live([go(night)])
    ada.wait(START + 5 * DAY)
    assert [reason for _, reason, _ in ada.told] == ["QUIET_HOURS", "SEND_TIME", "ELIGIBLE"]
    assert ada.acted_at == [START + DAY + 19 * HOUR + LATER]
    dropped = known({"quiet_hours": {"from": "22:00", "to": "08:00", "then": "drop"}}).live([go(night)])
    assert dropped.told == [("withheld", "QUIET_HOURS", night)]


def test_the_hour_is_that_of_the_customers_clock() -> None:
    ada = known().live([event("identify", START, type="identify", traits={"timezone": "Asia/Tokyo"}), go()])
    (first,) = ada.decisions
    assert first.detail == "best hour 4: 3 of 3 opens from then to 7:59", "19:10 UTC is 04:10 in Tokyo"
    assert first.deferred_until == START + 19 * HOUR + LATER


@pytest.mark.parametrize(
    ("zone", "asked", "hour", "until"),
    [
        ("Europe/Berlin", "2026-03-29T00:30", 2, None),  # 02:00 does not come that night: the day after is too late
        ("Europe/Berlin", "2026-10-24T23:30", 2, "2026-10-25T00:00"),  # it comes twice: the first
        ("Asia/Kathmandu", "2026-05-05T10:00", 19, "2026-05-05T13:15"),
        ("Europe/Berlin", "2026-03-28T20:00", 9, "2026-03-29T07:00"),  # the habit was of winter, the hour is of summer
    ],
)
def test_hours_of_other_clocks(zone: str, asked: str, hour: int, until: str | None) -> None:
    now = parse_instant(asked)
    ada = life(BEST, DAILY, GRANT).live([event("identify", now - 40 * DAY, type="identify", traits={"timezone": zone})])
    for days in (22, 21, 20):
        at = next(
            at
            for at in range(now - days * DAY, now - (days - 1) * DAY, 15 * MINUTE)
            if habit_of([Reaction(at, "opened", "email", "daily")], now, ZoneInfo(zone)).read[hour]
        )
        ada.live([event("day", at)])
        ada.live([read(ada, at + 1)])
    decision = ada.live([go(now)]).decisions[-1]
    assert decision.deferred_until == (None if until is None else parse_instant(until) + LATER)


def test_a_purchase_in_between_ends_it() -> None:
    ada = known(best=mail(trigger={"event": "go", "unless": ["order_completed"]}, send={"at": "best"}))
    ada.live([go(), event("order_completed", NOON + HOUR, order_id="o")]).wait(START + 3 * DAY)
    assert [reason for _, reason, _ in ada.told] == ["SEND_TIME", "EXITED"]


def test_at_the_best_hour_every_rule_is_asked_again() -> None:
    cap = {"caps": [{"id": "one", "channel": "email", "max": 1, "within": "24h", "count_transactional": True}]}
    ada = known(cap).live([go(), event("day", NOON + HOUR)]).wait(START + 3 * DAY)
    assert [(each.campaign, each.reason) for each in ada.decisions] == [("news", "SEND_TIME"), ("daily", "ELIGIBLE"), ("news", "CAP_REACHED")]


def test_another_campaign_waits_for_nothing() -> None:
    assert known().live([event("day", NOON)]).told == [("acted", "ELIGIBLE", NOON)]


def test_a_campaign_that_no_longer_waits_sends_what_was_put_off_at_its_time() -> None:
    ada = known().live([go()])
    ada.engine = Engine(apply(ada.engine.book, control(mail(), offset=9)))
    assert ada.wait(START + DAY).told[-1] == ("acted", "ELIGIBLE", START + 19 * HOUR + LATER)


def test_a_send_of_a_journey_waits_and_the_step_after_it_counts_from_then() -> None:
    journey = mail(variants={"one": words(), "two": words()}, steps=[{"send": "one"}, {"wait": "1d"}, {"send": "two"}], send={"at": "best"})
    ada = known(best=journey).live([go()]).wait(START + 10 * DAY)
    first, second = START + 19 * HOUR + LATER, START + DAY + 19 * HOUR + LATER
    assert ada.acted_at == [first, second], "a day after the first it is the best hour again"


def test_the_latest_habit_counts_most_and_what_is_long_ago_not_at_all() -> None:
    zone = ZoneInfo("UTC")
    old = [Reaction(START - days * DAY + 9 * HOUR, "opened", "email", "a") for days in (118, 119, 120)]
    new = [Reaction(START - days * DAY + 19 * HOUR, "opened", "email", "a") for days in (1, 2)]
    habit = habit_of([*old, *new], START, zone)
    assert (habit.read[9], habit.read[19]) == (3, 2)
    assert habit.weight[9] < habit.weight[19]
    assert sum(habit_of([Reaction(START - 121 * DAY, "opened", "email", "a")], START, zone).read) == 0
    assert sum(habit_of([Reaction(START, "dismissed", "email", "a")], START, zone).read) == 0


def test_the_order_in_which_two_histories_are_joined_makes_no_difference() -> None:
    one = [Reaction(at, "opened", "email", "a") for at in EVENING]
    other = [Reaction(at + HOUR, "clicked", "push", "b") for at in EVENING]
    assert habit_of([*one, *other], START, ZoneInfo("UTC")) == habit_of([*other, *one], START, ZoneInfo("UTC"))


def test_a_tie_goes_to_the_hour_that_comes_first() -> None:
    both = [at for day in EVENING for at in (day - 5 * HOUR, day)]
    assert known(reads=both).live([go()]).decisions[0].detail == "best hour 14: 3 of 6 opens from then to 17:59"


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"send": {"at": "19:00"}}, "best"),
        ({"send": {"at": None}}, "best"),
        ({"send": {"at": "best"}, "purpose": "transactional"}, "not put off"),
        ({"send": {"at": "best", "expires": "1h"}}, "an hour at most"),
    ],
)
def test_what_a_campaign_may_not_say(changes: dict[str, Any], says: str) -> None:
    with pytest.raises(CampaignError) as refused:
        compile_campaign(mail(**changes), features=EMPTY)
    assert any(says in f"{each.message} {each.suggestion}" for each in refused.value.problems)


@pytest.mark.parametrize(
    "told", [{}, [], {"hours": {}}, {"hours": []}, {"hours": {"24": 1}}, {"hours": {"08": 1}}, {"hours": {"8": 0}}, {"hours": {"8": True}}, {"at": 9}]
)
def test_what_a_policy_may_not_say(told: Any) -> None:
    with pytest.raises(DocumentError):
        compile_policy({"send_time": told})


def test_hours_are_shares() -> None:
    hours = compile_policy({"send_time": {"hours": {"8": 1, "19": 3}}}).send_hours
    assert (hours[8], hours[19], sum(hours)) == (0.25, 0.75, 1.0)
