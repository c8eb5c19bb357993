"""What is advised: stop, keep, or about so many more days."""

import pytest

from services.lift.advice import Rule, advise
from tests.lift.builders import Records, crowd


def spread(rates: tuple[float, float], *, a_day: tuple[int, int] = (90, 10), days: int = 30, until: float = 33.5) -> Records:
    """A campaign that meets the same number of people every day."""
    records = Records(until=until)
    for day in range(days):
        crowd(records, treated=a_day[0], control=a_day[1], rates=rates, day=day, name=f"{day}-")
    return records


def test_what_certainly_helps_is_kept_with_the_least_that_it_brings() -> None:
    advice = advise(spread((0.5, 0.2), a_day=(400, 100)).lift(shares=(0.8, 0.2)), "reached")
    assert advice.word == "keep"
    assert advice.sentence.startswith("keep: reached rises by at least 2")


@pytest.mark.slow
def test_what_certainly_harms_is_stopped() -> None:
    advice = advise(spread((0.2, 0.5), a_day=(400, 100)).lift(), "reached")
    assert advice.word == "stop"
    assert "falls by at least" in advice.sentence


@pytest.mark.slow
def test_what_cannot_matter_any_more_is_stopped() -> None:
    lift = spread((0.2, 0.2), a_day=(500, 500)).lift()
    assert advise(lift, "reached", Rule(matters=0.05)).sentence == "stop: if there is an effect, it is below the 5.00% a person that would matter"
    assert advise(lift, "reached", Rule(matters=0.001)).word == "wait"


def test_otherwise_it_is_said_how_many_days_it_takes_and_after_those_days_it_is_certain() -> None:
    advice = advise(spread((0.25, 0.2), a_day=(80, 20), days=20, until=23.5).lift(), "reached")
    assert advice.word == "wait"
    assert advice.days is not None
    assert 1 < advice.days < 180
    assert advice.sentence == f"wait: about {advice.days} more days, if the effect is what it seems"
    later = advise(spread((0.25, 0.2), a_day=(80, 20), days=20 + advice.days + 2, until=24 + advice.days).lift(), "reached")
    assert later.word == "keep"


def test_more_than_half_a_year_is_not_advised() -> None:
    advice = advise(spread((0.21, 0.2), a_day=(18, 10)).lift(), "reached")
    assert advice.days is None
    assert "more than half a year" in advice.sentence


def test_when_the_time_that_was_set_is_over_one_look_decides() -> None:
    lift = spread((0.225, 0.2), a_day=(80, 20), days=20, until=23.5).lift()
    day = 86_400_000
    open_end = advise(lift, "reached", Rule(sample=1_000))
    assert open_end.word == "wait"
    assert "until the sample is complete" in open_end.sentence
    soon = advise(lift, "reached", Rule(sample=1_000, at_most=25 * day))
    assert soon.sentence == "wait: about 5 more days, until its time is over"
    over = advise(lift, "reached", Rule(sample=1_000, at_most=20 * day))
    assert over.word == "stop"
    assert over.sentence.startswith("stop: its time is over, and no effect on reached was found; it is between -")


def test_a_guardrail_that_rises_stops_what_helps() -> None:
    records = Records(until=33.5)
    for day in range(30):
        for number in range(200):
            group = "acted" if number % 2 else "control"
            annoyed = frozenset({"unsubscribed"}) if number % (4 if group == "acted" else 20) == (1 if group == "acted" else 0) else frozenset()
            records.person(f"{day}-{number}", group, int(number % 3 > 0 if group == "acted" else number % 3 > 1), day=day, happened=annoyed)
    advice = advise(records.lift(guards=("unsubscribe_rate",)), "reached")
    assert advice.word == "stop"
    assert advice.sentence.startswith("stop: unsubscribe_rate rises, by at least")
    assert advise(records.lift(), "reached").word == "keep"
    assert advise(records.lift(guards=("unsubscribe_rate",)), "reached", Rule(tolerated=0.5)).word == "keep"


def test_money_is_net_of_the_messages_of_the_time_and_of_the_margin() -> None:
    records = Records()
    first = records.decided("ada", day=0, channel="sms")
    records.told(first, 1, value=100.0)
    records.decided("ada", day=2, channel="email")
    records.decided("ada", day=9, channel="sms")
    records.person("bob", "control", 1, value=80.0)
    people = records.people(costs={"sms": 0.05, "email": 0.01}, margin=0.4)
    net = people.metric("net")
    assert net is not None
    assert sorted(net.values.tolist()) == pytest.approx([0.4 * 80, 0.4 * 100 - 0.06])
    assert dict(people.messages) == {"sms": 1, "email": 1}
