"""The monitor of anomalies: what is far above the usual is held, once, and nothing else is. Ten ways in which the world is not as it should be."""

import math
from typing import Any

import pytest

from services.held.counts import Counts
from services.held.tally import Tally
from tests.builders import DAY, HOUR, MINUTE, mail
from tests.held.stand import BEGIN, NEWS, Stand, decision

DAYS = 8


def usual_week(*documents: dict[str, Any], **changes: Any) -> Stand:
    """A shop after eight usual days, with its daily rhythm: from 2 to 24 messages an hour."""
    stand = Stand(*documents, **changes)
    assert stand.live(range(DAYS * 24), rate=rhythm) == []
    return stand


def rhythm(hour: int) -> int:
    return 13 + round(11 * math.sin((hour % 24 - 8) / 24 * 2 * math.pi))


NOW = BEGIN + DAYS * DAY + 12 * HOUR


def test_a_volume_far_above_the_usual_is_held_within_the_minute() -> None:
    stand = usual_week()
    assert stand.live(range(DAYS * 24, DAYS * 24 + 12), rate=rhythm, seed=2) == []
    for second in range(0, 60, 2):
        stand.decide(NOW + second * 1000, 5, over=2_000)
        if found := stand.look(NOW + (second + 2) * 1000):
            break
    ((name, why),) = found
    assert name == NEWS and why.startswith("50 messages in 1m, ") and why.endswith(" expected")
    assert second < 30
    assert stand.control.read()[0].holds[NEWS].status == "held"


@pytest.mark.slow
def test_eight_usual_days_with_weekends_hold_nothing() -> None:
    stand = Stand()
    weekend = [0.4, 0.5]
    rates = [rhythm(hour) * (1 if hour // 24 % 7 < 5 else weekend[hour // 24 % 7 - 5]) for hour in range(21 * 24)]
    assert stand.live(range(21 * 24), rate=lambda hour: round(rates[hour] * 8)) == []


def test_few_messages_never_alarm() -> None:
    """1 of the world: a campaign that sends one message a day sends 40 within a minute."""
    stand = Stand()
    stand.live(range(DAYS * 24), rate=lambda hour: int(hour % 24 == 9))
    stand.decide(NOW, 49)
    assert stand.look(NOW + MINUTE) == []
    stand.decide(NOW + MINUTE - 1, 1)
    assert [name for name, _ in stand.look(NOW + MINUTE)] == [NEWS], "fifty are the fewest"


def test_a_backlog_is_no_peak() -> None:
    """2: the job was down for six hours, and decides in a minute what it would have decided in six hours; its records have the times they had."""
    stand = usual_week()
    begins = BEGIN + DAYS * DAY
    for hour in range(24):
        stand.decide(begins + hour * HOUR, rhythm(hour), now=begins + DAY, over=HOUR)
    assert stand.look(begins + DAY) == []


def test_one_event_that_comes_days_late_makes_no_history() -> None:
    """A phone that was off for three days tells of a visit then. The campaign began a minute ago, and nothing is usual for it yet."""
    stand = Stand()
    for day in range(DAYS, 0, -1):
        stand.decide(NOW - day * DAY, 200, campaign="other")
    stand.decide(NOW - 3 * DAY, 1, now=NOW)
    stand.decide(NOW, 60)
    assert stand.look(NOW + MINUTE) == []


def test_history_that_is_read_again_is_not_judged() -> None:
    """3: a new monitor reads weeks of decisions, and one of them was a peak. Nothing can be held of it any more."""
    stand = Stand()
    for hour in range(DAYS * 24):
        stand.decide(BEGIN + hour * HOUR, 500 if hour == 100 else rhythm(hour), over=HOUR)
    assert stand.look(BEGIN + DAYS * DAY) == []


def test_decisions_that_are_written_twice_count_once() -> None:
    """4: a job with at-least-once has restarted."""
    stand = usual_week()
    stand.decide(NOW, 30)
    twice = list(stand.decisions.waiting)
    assert stand.look(NOW + MINUTE) == []
    stand.decisions.waiting = twice * 3
    assert stand.look(NOW + 2 * MINUTE) == []


def test_a_clock_that_changes_by_an_hour_alarms_nobody() -> None:
    """5: a campaign of 08:00 where people live goes out an hour earlier by the clock of the world from one day on, or an hour later."""
    for shift in (-1, 1):
        stand = Stand()
        assert stand.live(range(DAYS * 24), rate=lambda hour: 300 if hour % 24 == 8 else 0) == []
        shifted = range(DAYS * 24, (DAYS + 2) * 24)
        assert stand.live(shifted, rate=lambda hour, at=8 + shift: 300 if hour % 24 == at else 0) == []


def test_a_new_campaign_is_measured_by_the_shop() -> None:
    """6: nothing is usual for it yet."""
    stand = usual_week(mail(), mail("other"))
    stand.decide(NOW, 49, campaign="other")
    assert stand.look(NOW + MINUTE) == []
    stand.decide(NOW + MINUTE, 400, campaign="other")
    ((name, why),) = stand.look(NOW + 2 * MINUTE)
    assert (name, why) == ("other", "400 messages in 1m, 0 expected")
    first = Stand()
    first.decide(NOW, 5_000)
    assert first.look(NOW + MINUTE) == [], "of a shop of which nothing is known, nothing is out of line"


def test_a_new_campaign_that_declares_its_volume_is_not_held() -> None:
    stand = usual_week(mail(), mail("other", expect={"messages": "500 per hour"}))
    stand.decide(NOW, 400, campaign="other")
    assert stand.look(NOW + MINUTE) == []
    stand.decide(NOW + MINUTE, 101, campaign="other")
    assert [name for name, _ in stand.look(NOW + 2 * MINUTE)] == ["other"]


def test_an_announced_peak_is_as_usual() -> None:
    """7: Black Friday, said a day before."""
    stand = usual_week()
    stand.control.publish(mail(expect={"messages": "2000 per hour"}), version="v2")
    stand.decide(NOW, 1_900, over=HOUR)
    assert stand.look(NOW + HOUR) == []


def test_a_changed_campaign_keeps_what_is_usual_for_it() -> None:
    stand = usual_week()
    stand.control.publish(mail(tags=["changed"]), version="v2")
    stand.decide(NOW, 60)
    assert [name for name, _ in stand.look(NOW + MINUTE)] == [NEWS]


def test_it_is_held_once_whoever_looks_and_however_often() -> None:
    """8: a monitor that is restarted, and a second one next to it, read the same decisions."""
    stand = usual_week()
    stand.decide(NOW, 300)
    same = list(stand.decisions.waiting)
    assert len(stand.look(NOW + MINUTE)) == 1
    stand.decide(NOW + MINUTE, 300, outcome="deferred", reason="ANOMALY_HELD")
    assert stand.look(NOW + 2 * MINUTE) == []
    other = Stand(tally=Tally.unpacked(stand.watch.tally.packed()), control=stand.control)
    other.decisions.waiting = same
    other.decide(NOW + 2 * MINUTE, 300, outcome="deferred", reason="ANOMALY_HELD")
    assert other.look(NOW + 3 * MINUTE) == []
    assert stand.control.holds == ["hold/news"]


def test_several_campaigns_at_once_are_each_held() -> None:
    """9."""
    stand = usual_week()
    assert stand.live(range(DAYS * 24), campaign="other", rate=lambda hour: 0) == []
    stand.live(range(DAYS * 24 + 1, DAYS * 24 + 11), campaign="other", rate=lambda hour: 3)
    stand.decide(NOW, 200)
    stand.decide(NOW, 200, campaign="other")
    assert sorted(name for name, _ in stand.look(NOW + MINUTE)) == [NEWS, "other"]


def test_those_who_get_nothing_are_not_counted() -> None:
    """10: members of the holdout and of control groups, and what other rules withhold."""
    stand = usual_week()
    for outcome, reason in (
        ("held_out", "GLOBAL_HOLDOUT"),
        ("control", "EXPERIMENT_CONTROL"),
        ("withheld", "CAP_REACHED"),
        ("deferred", "QUIET_HOURS"),
    ):
        stand.decide(NOW, 500, outcome=outcome, reason=reason)
    assert stand.look(NOW + MINUTE) == []


def test_what_is_released_is_not_held_for_coming_back() -> None:
    stand = usual_week()
    stand.decide(NOW, 200)
    stand.look(NOW + MINUTE)
    stand.decide(NOW + MINUTE, 400, outcome="deferred", reason="ANOMALY_HELD")
    held = [each["decision_id"] for each in stand.decisions.waiting]
    stand.look(NOW + 2 * MINUTE)
    stand.control.say(NEWS, "released", at=NOW + 10 * MINUTE)
    for number, name in enumerate(held):
        again = decision(NOW + 11 * MINUTE + number, number=0, decided_at=NOW + 11 * MINUTE + number, attempt=1)
        stand.decisions.waiting.append({**again, "decision_id": name})
    assert stand.look(NOW + 12 * MINUTE) == []
    restarted = Stand(tally=Tally.unpacked(stand.watch.tally.packed()), control=stand.control)
    for number in range(400):
        restarted.decisions.waiting.append(decision(NOW + 13 * MINUTE, number=number, decided_at=NOW + 13 * MINUTE, attempt=1))
    assert restarted.look(NOW + 14 * MINUTE) == [], "also by a monitor that has forgotten their ids"


def test_what_was_released_counts_as_usual_for_a_day() -> None:
    stand = usual_week()
    stand.decide(NOW, 200)
    stand.look(NOW + MINUTE)
    stand.control.say(NEWS, "released", at=NOW + 2 * MINUTE)
    stand.decide(NOW + 5 * MINUTE, 500)
    assert stand.look(NOW + 6 * MINUTE) == []
    stand.decide(NOW + 6 * MINUTE, 800)
    assert [name for name, _ in stand.look(NOW + 7 * MINUTE)] == [NEWS], "three times as many again are not"


def test_what_was_dropped_teaches_nothing_and_a_mended_version_is_not_held_for_it() -> None:
    stand = usual_week()
    stand.decide(NOW, 300)
    stand.look(NOW + MINUTE)
    stand.decide(NOW + MINUTE, 3_000, outcome="deferred", reason="ANOMALY_HELD", over=20 * MINUTE)
    stand.look(NOW + 21 * MINUTE)
    stand.control.say(NEWS, "dropped", at=NOW + 30 * MINUTE)
    stand.control.publish(mail(tags=["mended"]), version="v2")
    stand.decide(NOW + 35 * MINUTE, 20)
    assert stand.look(NOW + 36 * MINUTE) == []
    assert stand.live(range(DAYS * 24 + 13, (DAYS + 1) * 24 + 6), rate=rhythm) == []
    assert max(peaks[2] for peaks in stand.watch.tally.campaigns[NEWS].hours.values()) < 50
    assert max(peaks[2] for peaks in stand.watch.tally.shop.hours.values()) < 50


def test_what_is_transactional_is_never_held() -> None:
    stand = usual_week(mail(purpose="transactional"))
    stand.decide(NOW, 5_000)
    assert stand.look(NOW + MINUTE) == []


def test_a_monthly_campaign_and_one_that_was_paused_alarm_nobody() -> None:
    stand = Stand()
    assert stand.live(range(24), rate=lambda hour: 400 if hour == 9 else 0) == []
    assert stand.live(range(24, 28 * 24), campaign="other", rate=lambda hour: 1) == []
    stand.decide(BEGIN + 30 * DAY + 17 * HOUR, 400, over=HOUR)
    assert stand.look(BEGIN + 30 * DAY + 18 * HOUR) == []


def test_a_decision_of_the_future_does_not_end_time() -> None:
    stand = usual_week()
    stand.decide(NOW + 4_000 * DAY, 1, now=NOW)
    stand.decide(NOW, 300)
    assert [name for name, _ in stand.look(NOW + MINUTE)] == [NEWS]


def test_records_that_are_none_are_passed_over() -> None:
    stand = usual_week()
    odd: list[Any] = [
        {},
        {"campaign": NEWS},
        {"campaign": NEWS, "at": "now", "decided_at": None},
        {"campaign": 5, "at": 1, "decided_at": 1, "scores": 7},
    ]
    stand.decisions.waiting = odd
    stand.actions.waiting = [{}, {"kind": "action"}, {"kind": "action", "at": 5, "campaign": NEWS, "offer": "ten"}, {"kind": "recall"}]
    stand.decide(NOW, 300)
    assert [name for name, _ in stand.look(NOW + MINUTE)] == [NEWS]


def test_a_campaign_that_is_gone_is_not_held() -> None:
    stand = usual_week()
    stand.decide(NOW, 300, campaign="removed")
    assert stand.look(NOW + MINUTE) == []


def test_what_is_known_survives_a_file_and_is_bounded() -> None:
    stand = usual_week()
    packed = stand.watch.tally.packed()
    assert Tally.unpacked(packed).packed() == packed
    counts = Counts()
    for hour in range(60 * 24):
        for minute in range(0, 60, 5):
            counts.add(BEGIN + hour * HOUR + minute * MINUTE)
    assert len(counts.hours) <= 35 * 24 + 1 and len(counts.minutes) <= 6 * 60
