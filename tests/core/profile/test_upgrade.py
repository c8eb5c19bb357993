"""Profiles of older savepoints go on to the same decisions. `profiles_tag_1.json` holds real bytes: two versions of Kairos made them, and said what
they decided next."""

import base64
import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from tests.core.profile.stories import STORIES, goes_on, start
from udfs.core.profile.due import Deferred, Recheck
from udfs.core.profile.packed import EMPTY
from udfs.core.profile.state import Profile
from udfs.core.profile.stored import decode, encode

OLDER: dict[str, dict[str, Any]] = json.loads((Path(__file__).parent / "profiles_tag_1.json").read_text())
CASES = [(version, name) for version in OLDER for name in STORIES]


def blob_of(version: str, name: str) -> bytes:
    return base64.b64decode(OLDER[version][name]["profile"])


@pytest.mark.parametrize(("version", "name"), CASES)
def test_an_older_profile_goes_on_to_the_decisions_that_the_older_version_made(version: str, name: str) -> None:
    lived = goes_on(start(STORIES[name], blob_of(version, name)), STORIES[name])
    made = [[each.outcome, each.reason, each.at, each.campaign, each.variant, each.attempt, each.decision_id] for each in lived.decisions]
    assert made == OLDER[version][name]["decisions"]


BY_RECORD_TIME = {"a stale silence"}
"""Stories of an event that came late: what it began falls due at another time than it did then."""


@pytest.mark.parametrize("name", [name for name in STORIES if name not in BY_RECORD_TIME])
def test_the_upgraded_profile_is_the_one_that_is_made_today(name: str) -> None:
    today = start(STORIES[name]).blob
    assert today is not None
    older, newer = _as_then(decode(blob_of(list(OLDER)[-1], name))), _as_then(decode(today))
    assert {newer.ids[at : at + 8] for at in range(0, len(newer.ids), 8)} <= {older.ids[at : at + 8] for at in range(0, len(older.ids), 8)}
    newer.ids = older.ids  # those of what adds or stops something are apart from the profile now
    for cart in newer.carts.values():
        for item in cart.items:  # an older version did not tell when each was added, nor that it named no currency
            item.after, item.adds, item.currency = 0, [], None
    if newer.session is not None:  # how many visits there were, and how long, older states do not know
        newer.session.number, newer.session.longest = 1, 0
    assert older == newer


def _as_then(profile: Profile) -> Profile:
    """Without what is known since record time, and what was drawn: the older versions did not write it down, and go on without it."""
    due = [each if isinstance(each, Recheck) else replace(each, start=0, told_by="") for each in profile.due]
    entered = {name: replace(each, judged=0, assigned={}) for name, each in profile.entered.items() if each.last}
    return replace(profile, due=due, entered=entered, clock=0, packed_underway=EMPTY)


@pytest.mark.parametrize("name", STORIES)
def test_a_profile_is_hardly_larger_than_it_was(name: str) -> None:
    older = blob_of(list(OLDER)[-1], name)
    deferred = sum(isinstance(due, Deferred) for due in decode(older).due)
    added = 32  # a byte or two for each field since
    assert len(encode(decode(older))) <= len(older) + added + 4 * deferred  # a `Deferred` keeps every field


def test_the_older_profiles_hold_every_kind_of_thing_that_falls_due() -> None:
    kinds = Counter(type(due).__name__ for version, name in CASES for due in decode(blob_of(version, name)).due)
    assert set(kinds) == {"Armed", "Waiting", "Deferred", "Step", "Recheck"}
    places = [due.place for version, name in CASES for due in decode(blob_of(version, name)).due if isinstance(due, Deferred)]
    assert any(places)
    assert not all(places)
