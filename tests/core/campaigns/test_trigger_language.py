"""Triggers: since, date and enters, besides event and idle; each mistake is named where it is."""

from typing import Any

import pytest

from tests.builders import campaign
from udfs.core.campaigns.campaign import Trigger
from udfs.core.campaigns.language.campaign import compile_campaign
from udfs.core.campaigns.language.reader import CampaignError
from udfs.core.features.features import EMPTY
from udfs.core.values.dates import Anniversary
from udfs.core.values.durations import DAY


def trigger(found: dict[str, Any]) -> Trigger:
    return compile_campaign(campaign(trigger=found, when=None, entry=None), features=EMPTY, segments=("vip", "lapsing")).trigger


def test_a_time_since_an_event_or_several() -> None:
    assert trigger({"since": "order_completed", "wait": "90d", "unless": ["unsubscribed"]}) == Trigger(
        since=("order_completed",), wait=90 * DAY, unless={"unsubscribed": ()}
    )
    assert trigger({"since": ["page", "screen"], "wait": "1d"}).since == ("page", "screen")


def test_a_date_of_a_trait() -> None:
    assert trigger({"date": "user.birthday"}).date == Anniversary(trait=("birthday",), at=9 * 60)
    told = trigger({"date": "user.plan.renews", "at": "18:30", "before": "1w", "repeat": "never"}).date
    assert told == Anniversary(trait=("plan", "renews"), at=18 * 60 + 30, before=7, yearly=False)


def test_a_segment_that_is_entered() -> None:
    assert trigger({"enters": "vip"}) == Trigger(enters="vip")


def test_a_segment_that_is_left() -> None:
    assert trigger({"leaves": "vip"}) == Trigger(leaves="vip")


MISTAKES: list[tuple[str, dict[str, Any], str, str]] = [
    ("since without a time", {"since": "order_completed"}, "trigger", "how long since?"),
    ("since what breaks it", {"since": "page", "wait": "1d", "unless": ["page"]}, "trigger.unless", "begins the wait again by itself"),
    ("since in words", {"since": "page", "wait": "soon"}, "trigger.wait", "not a duration"),
    ("wait with an event", {"event": "page", "wait": "1d"}, "trigger.wait", "wait goes with since"),
    ("at with a silence", {"idle": "1d", "at": "09:00"}, "trigger.at", "at goes with date"),
    ("of with an event", {"event": "page", "of": "cart"}, "trigger.of", "of goes with idle"),
    ("two at once", {"since": "page", "wait": "1d", "enters": "vip"}, "trigger.since", "not both since and enters"),
    ("a date that is no trait", {"date": "birthday"}, "trigger.date", "such as user.birthday"),
    ("a time that is none", {"date": "user.birthday", "at": "9 o'clock"}, "trigger.at", "no time of day"),
    ("a time as a number", {"date": "user.birthday", "at": 540}, "trigger.at", "no time of day"),
    ("half a day before", {"date": "user.birthday", "before": "12h"}, "trigger.before", "whole days"),
    ("every month", {"date": "user.birthday", "repeat": "monthly"}, "trigger.repeat", "yearly or never"),
    ("an unknown segment", {"enters": "vpi"}, "trigger.enters", "did you mean 'vip'"),
    ("an unknown segment that is left", {"leaves": "vpi"}, "trigger.leaves", "did you mean 'vip'"),
    ("in and out", {"enters": "vip", "leaves": "vip"}, "trigger.enters", "not both enters and leaves"),
    ("a catalogue change", {"catalog": "price_dropped"}, "trigger.catalog", "not yet"),
]


@pytest.mark.parametrize(("found", "path", "says"), [row[1:] for row in MISTAKES], ids=[row[0] for row in MISTAKES])
def test_a_mistake_is_named_where_it_is(found: dict[str, Any], path: str, says: str) -> None:
    with pytest.raises(CampaignError) as caught:
        trigger(found)
    told = {".".join(map(str, problem.path)): str(problem) for problem in caught.value.problems}
    assert path in told, told
    assert says in told[path]


@pytest.mark.parametrize("found", [{"since": "page", "wait": "1d"}, {"date": "user.birthday"}, {"enters": "vip"}, {"leaves": "vip"}])
def test_what_no_event_brings_about_has_no_event_to_speak_of(found: dict[str, Any]) -> None:
    with pytest.raises(CampaignError, match="there is no event here"):
        compile_campaign(campaign(trigger=found, when="event.price > 9"), features=EMPTY, segments=("vip",))
