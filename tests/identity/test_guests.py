"""The case `guest-cart-then-account-then-order` and its kind, by generation."""

from random import Random

import pytest

from services.local.job import LocalJob
from tests.builders import MINUTE, MONDAY
from tests.identity import guests
from tests.identity.guests import BOOK, LAST, Deed, Story, expected, records, story
from udfs.core.records import Decision

STORIES = 1_500


def said(told: Story, *, links_ids: bool = True) -> list[guests.Said]:
    outputs = LocalJob(BOOK, links_ids=links_ids).run(records(told), drain=LAST)
    return [(each.user_id, each.at, each.outcome.value) for found in outputs for each in found if isinstance(each, Decision)]


def test_the_case_itself() -> None:
    minute = MONDAY + 3 * MINUTE
    told = Story("web-1", "kim", [Deed(MONDAY, "add", "web"), Deed(minute, "identify", "both"), Deed(minute + 120_000, "order", "both")])
    assert expected(told) == said(told) == []
    assert said(told, links_ids=False) == [("web-1", MONDAY + guests.IDLE, "acted")]


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(3))
def test_whatever_guests_do_is_decided_as_what_one_person_does(seed: int) -> None:
    random = Random(seed)
    for number in range(STORIES // 3):
        told = story(random, number, MONDAY)
        assert said(told) == expected(told), f"story {number}: {told}"


def test_stories_hold_what_they_are_about() -> None:
    random = Random(1)
    drawn = [story(random, number, MONDAY) for number in range(500)]
    apart = [told for told in drawn if said(told, links_ids=False) != expected(told)]
    assert len(apart) > 100, "without links many of them are decided wrongly"
    assert {outcome for told in drawn for _, _, outcome in expected(told)} == {"acted", "withheld"}
