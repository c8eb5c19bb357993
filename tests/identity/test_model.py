"""The identity protocol keeps its promises in every interleaving; a protocol that lacks a part of it is caught."""

from typing import Any

import pytest

from tests.identity.explore import explore
from tests.identity.model import Protocol
from tests.identity.states import Record
from tests.identity.stories import AGAIN, BACK, EVERY, EXACTLY_ONCE, KEPT, LEFT, LOGIN, SPOILT, TWO_PEOPLE, A, Run, Story, U, explored, law

pytestmark = pytest.mark.slow


def _marked(runs: dict[str, Run]) -> list[Any]:
    return [pytest.param(run, id=name, marks=pytest.mark.slow if "at least once" in name else ()) for name, run in runs.items()]


@pytest.mark.parametrize("run", _marked(KEPT))
def test_nothing_is_lost_doubled_or_stuck_in_any_order(run: Run) -> None:
    found = explored(EVERY[run.story], run.rules)
    assert found.broken is None
    assert found.ends > 0


@pytest.mark.parametrize("run", _marked(SPOILT))
def test_a_protocol_that_lacks_a_part_is_caught(run: Run) -> None:
    assert law(EVERY[run.story], run.rules) == run.breaks


@pytest.mark.parametrize("story", [AGAIN, TWO_PEOPLE, BACK], ids=["again", "two people", "back"])
def test_an_id_that_is_asked_again_for_each_new_person_would_do_no_harm_either(story: Story) -> None:
    assert law(story, EXACTLY_ONCE._replace(asks_again=True, crashes=2, checkpoints=2)) is None


def test_only_what_is_sent_again_meanwhile_is_counted_twice_by_a_person_who_loses_patience() -> None:
    assert law(LOGIN, EXACTLY_ONCE._replace(patience=1)) == "counted twice"
    assert law((LOGIN[0][:1], LOGIN[1]), EXACTLY_ONCE._replace(patience=2)) is None


def test_what_an_id_says_after_its_login_settles_what_was_due_where_it_is_read_first() -> None:
    overtaken = ((Record("a1", 1, A, None, "cart"), Record("a2", 6, A, None)), (Record("l1", 2, A, U),))
    assert law(overtaken, EXACTLY_ONCE) == "a message of the anonymous key after its link"


def test_what_was_not_explored_to_the_end_does_not_pass() -> None:
    protocol = Protocol(LOGIN, EXACTLY_ONCE)
    with pytest.raises(OverflowError, match="more than 10 states"):
        explore(protocol.start(), protocol.steps, always=lambda _: None, at_end=lambda _: None, is_end=lambda names: not names, limit=10)


def test_a_broken_law_comes_with_the_shortest_way_to_it() -> None:
    broken = explored(LEFT, EXACTLY_ONCE._replace(answers_when_empty=False)).broken
    assert broken is not None
    assert broken.law == "deadlock"
    assert broken.steps.index("link at anonymous") < broken.steps.index("l1 at person")
    assert "answer" not in " ".join(broken.steps)
