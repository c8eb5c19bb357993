"""Profiles of older savepoints go on to the same decisions. `profiles_tag_1.json` holds real bytes: two versions of Kairos made them, and said what
they decided next."""

import base64
import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from tests.core.profile.stories import STORIES, goes_on, start
from udfs.core.profile.due import Deferred
from udfs.core.profile.state import decode, encode

OLDER: dict[str, dict[str, Any]] = json.loads((Path(__file__).parent / "profiles_tag_1.json").read_text())
CASES = [(version, name) for version in OLDER for name in STORIES]


def blob_of(version: str, name: str) -> bytes:
    return base64.b64decode(OLDER[version][name]["profile"])


@pytest.mark.parametrize(("version", "name"), CASES)
def test_an_older_profile_goes_on_to_the_decisions_that_the_older_version_made(version: str, name: str) -> None:
    lived = goes_on(start(STORIES[name], blob_of(version, name)), STORIES[name])
    made = [[each.outcome, each.reason, each.at, each.campaign, each.variant, each.attempt, each.decision_id] for each in lived.decisions]
    assert made == OLDER[version][name]["decisions"]


@pytest.mark.parametrize("name", STORIES)
def test_the_upgraded_profile_is_the_one_that_is_made_today(name: str) -> None:
    today = start(STORIES[name]).blob
    assert today is not None
    newest = list(OLDER)[-1]
    expected = decode(today)
    if expected.session is not None:  # how many visits there were, and how long, older states do not know
        expected.session.number, expected.session.longest = 1, 0
    assert decode(blob_of(newest, name)) == expected


@pytest.mark.parametrize("name", STORIES)
def test_a_profile_is_hardly_larger_than_it_was(name: str) -> None:
    older = blob_of(list(OLDER)[-1], name)
    assert len(encode(decode(older))) <= len(older) + 1  # the tag of a `Deferred`, which keeps every field


def test_the_older_profiles_hold_every_kind_of_thing_that_falls_due() -> None:
    kinds = Counter(type(due).__name__ for version, name in CASES for due in decode(blob_of(version, name)).due)
    assert set(kinds) == {"Armed", "Waiting", "Deferred", "Step", "Recheck"}
    places = [due.place for version, name in CASES for due in decode(blob_of(version, name)).due if isinstance(due, Deferred)]
    assert any(places)
    assert not all(places)
