"""What compiles and cannot be meant is refused, and what only looks like it is accepted. Each slip with its words: mistakes.yaml."""

import json
from pathlib import Path
from typing import Any

import pytest

from services.documents.check import assess
from services.documents.files import load_campaign_files
from tests.documents.mistakes import RIGHT, said
from tests.documents.writing import write


@pytest.mark.parametrize(
    "when",
    [
        'user.weekday == "monday"',
        'lower(user.weekday) in ["saturday", "sunday"]',
        'default(user.weekday, "") == ""',
        "9 <= user.hour < 24 and user.hour != 0",
        '"gmail" in user.email',
        '"vip" in user.tags',
        "event.products[0].price > 5",
        "user.address.city == null",
        'user.trial_ends > now and event.departs >= "2026-07-01"',
        "now - user.created_at > 3 * 86400000",
        "now - session.last > 0",
        "user.vip == true or cart.empty == false",
        "session.seconds > 300",
        'lifecycle_stage == "loyal"',
    ],
)
def test_what_is_right_is_taken_without_a_word(tmp_path: Path, when: str) -> None:
    assert said({**RIGHT, "when": when}, tmp_path) == ""


def test_a_property_that_an_exit_compares_is_believed_if_a_scenario_sends_it(tmp_path: Path) -> None:
    trigger = {"event": "order_completed", "unless": [{"event": "order_cancelled", "same": "bundle"}]}
    story = {"scenario": "one", "given": [{"at": "10:00", "event": "order_completed", "properties": {"bundle": "b"}}], "expect": []}
    write(tmp_path / "my-campaign.scenarios.yaml", json.dumps([story]))
    assert said({**RIGHT, "trigger": trigger}, tmp_path) == ""


def journey(folder: Path, wait: object, **more: Any) -> list[str]:
    variants = {"m": {"channel": "email", "content": {"subject": "a", "body": "b"}}}
    document = {"campaign": "c", "trigger": {"event": "subscribed"}, "variants": variants, "steps": [{"wait": wait}, {"send": "m"}], **more}
    file = write(folder / "c.yaml", "".join(f"{key}: {json.dumps(value)}\n" for key, value in document.items()))
    return [f"{found.line} {found.message} ({found.suggestion})" for found in assess(load_campaign_files([file])).findings]


@pytest.mark.parametrize("wait", ["500d", "500 * 1d", "event.cycle_days * 500d", "0 * 1d", "true * 1d", "cart.empty * 1d", True, 30])
def test_a_wait_that_is_no_time_or_longer_than_the_longest_is_refused(tmp_path: Path, wait: object) -> None:
    (told,) = journey(tmp_path, wait)
    assert told.startswith("4 ")
    assert "write " in told or "at most 400d" in told


@pytest.mark.parametrize("wait", ["400d", "2 * 1d", "event.cycle_days * 1d", "event.cycle_days * 400d"])
def test_a_wait_of_at_most_400_days_is_taken(tmp_path: Path, wait: str) -> None:
    assert journey(tmp_path, wait) == []


@pytest.mark.parametrize("key", ["priority", "value", "control_group"])
def test_true_for_a_number_is_refused_with_what_to_write(tmp_path: Path, key: str) -> None:
    (told,) = journey(tmp_path, "2d", **{key: True})
    assert "write " in told


@pytest.mark.parametrize("when", ['orders_90d > "3"', 'user.country == "DE" or "AT"', 'user.weekday == "Monday"', 'user.country in "DE"'])
def test_a_condition_that_cannot_be_meant_is_refused_in_segments_too(tmp_path: Path, when: str) -> None:
    file = write(tmp_path / "segments.yaml", json.dumps({"segments": [{"segment": "some", "when": when}]}) + "\n")
    (found,) = assess(load_campaign_files([file])).findings
    assert "write " in str(found.suggestion)
