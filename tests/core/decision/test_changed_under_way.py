"""What happens to pending candidates and journeys when control changes: each sentence of docs/journeys.md, and that nothing is ever left behind."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.builders import DAY, HOUR, MONDAY, Life, book, campaign, control, event, mail, words
from udfs.core.campaigns.book import Entry
from udfs.core.campaigns.compile_book import apply, compile_book
from udfs.core.engine import Engine
from udfs.core.profile.due import Step
from udfs.core.profile.stored import decode
from udfs.core.records import Event

T = MONDAY + 10 * HOUR
WAIT: list[Any] = [{"send": "hello"}, {"wait": "2d", "id": "patience"}, {"send": "bye"}]
NIGHT: dict[str, Any] = {"consent": {"default": {"marketing": "grant"}}, "quiet_hours": {"from": "08:00", "to": "12:00", "zone": "UTC"}}


def welcome(steps: Any = WAIT, **changes: Any) -> dict[str, Any]:
    variants = {name: words() for name in ("hello", "bye") if steps is None or name in repr(steps)}
    given = {"trigger": {"event": "signed_up"}, "when": None, "entry": None, "variants": variants, "steps": steps, **changes}
    return campaign("welcome", **given)


def started(*documents: dict[str, Any]) -> Life:
    return Life(Engine(book(*(documents or (welcome(),))))).live([event("signed_up", T)])


def change(lived: Life, *documents: dict[str, Any], status: str = "live") -> Life:
    """Publish documents over what there is."""
    for document in documents:
        lived.engine.book = apply(lived.engine.book, control(document, offset=100, status=status))
    return lived


def remove(lived: Life, key: str) -> Life:
    lived.engine.book = apply(lived.engine.book, Entry(key, 200, None))
    return lived


def said(lived: Life) -> list[tuple[str, str | None, int]]:
    return [(decision.outcome.value, decision.variant, decision.at) for decision in lived.decisions]


def test_a_run_goes_on_in_the_newest_version_of_its_campaign() -> None:
    newer = welcome(variants={"hello": words(), "bye": {"channel": "push", "content": {"body": "new"}}})
    lived = change(started(), newer).wait()
    assert [(action.channel, action.content, action.campaign_version) for action in lived.actions[1:]] == [("push", {"body": "new"}, "v100")]


def test_it_knows_its_place_by_the_id_of_the_step() -> None:
    moved = welcome([{"wait": "1h"}, {"send": "hello"}, {"wait": "1d"}, {"wait": "2d", "id": "patience"}, {"send": "bye"}])
    assert said(change(started(), moved).wait()) == [("acted", "hello", T), ("acted", "bye", T + 2 * DAY)]


def test_without_an_id_by_its_number() -> None:
    plain: list[Any] = [{"send": "hello"}, {"wait": "2d"}, {"send": "bye"}]
    longer: list[Any] = [*plain[:2], {"wait": "1d"}, {"send": "bye"}]
    assert said(change(started(welcome(plain)), welcome(longer)).wait())[1:] == [("acted", "bye", T + 3 * DAY)]


def test_if_that_place_is_no_wait_any_more_the_run_ends_and_is_counted() -> None:
    for steps in ([{"send": "hello"}, {"wait": "2d"}, {"send": "bye"}], [{"send": "hello"}, {"send": "bye", "id": "patience"}], None):
        lived = change(started(), welcome(steps)).wait()
        assert said(lived) == [("acted", "hello", T)]
        assert lived.engine.counts["journeys_lost"] == 1
        assert lived.due is None


def test_a_deferred_send_whose_place_is_no_send_any_more_ends_in_the_open() -> None:
    lived = change(started(NIGHT, welcome()), welcome([{"wait": "1d"}, {"send": "hello"}, {"send": "bye"}])).wait()
    assert [(outcome, reason) for outcome, reason, _ in lived.told] == [("deferred", "QUIET_HOURS"), ("withheld", "SWITCHED_OFF")]
    assert lived.decisions[1].attempt == 1
    assert lived.decisions[0].decision_id == lived.decisions[1].decision_id
    assert lived.engine.counts["journeys_lost"] == 1


def test_what_was_deferred_before_a_campaign_became_a_journey_ends_in_the_open() -> None:
    lived = change(started(NIGHT, welcome(None)), welcome()).wait()
    assert [(outcome, reason) for outcome, reason, _ in lived.told] == [("deferred", "QUIET_HOURS"), ("withheld", "SWITCHED_OFF")]
    assert lived.engine.counts["journeys_entered"] == 0


def test_a_wait_that_has_become_longer_is_waited_out() -> None:
    longer = [WAIT[0], {"wait": "5d", "id": "patience"}, WAIT[2]]
    assert said(change(started(), welcome(longer)).wait())[1:] == [("acted", "bye", T + 5 * DAY)]


def test_one_that_has_become_shorter_ends_at_the_time_first_set() -> None:
    shorter = [WAIT[0], {"wait": "1h", "id": "patience"}, WAIT[2]]
    assert said(change(started(), welcome(shorter)).wait())[1:] == [("acted", "bye", T + 2 * DAY)]


def test_a_paused_campaigns_runs_stand_still_and_what_falls_due_is_dropped() -> None:
    lived = change(started(), welcome(), status="paused")
    assert lived.due == T + 2 * DAY
    assert said(lived.wait()) == [("acted", "hello", T)]
    assert lived.engine.counts["pending_dropped"] == 1
    assert lived.due is None
    resumed = change(started(), welcome(), status="paused").wait(T + DAY)
    resumed.engine = Engine(book(welcome()))
    assert said(resumed.wait())[1:] == [("acted", "bye", T + 2 * DAY)], "resumed in time, it goes on"


def test_a_removed_campaigns_runs_end_when_they_fall_due() -> None:
    lived = remove(started(), "campaign/welcome")
    assert lived.due == T + 2 * DAY
    assert said(lived.wait()) == [("acted", "hello", T)]
    assert lived.due is None


def test_exits_are_those_of_the_newest_version() -> None:
    leaving = [WAIT[0], {"wait": "2d", "id": "patience", "leave_on": ["order_completed"]}, WAIT[2]]
    lived = change(started(), welcome(leaving)).live([event("order_completed", T + DAY)])
    assert lived.due is None


def test_a_run_survives_its_bytes_and_an_older_blob_still_reads() -> None:
    lived = started()
    assert lived.blob
    (due,) = decode(lived.blob).due
    assert isinstance(due, Step)
    assert (due.step, due.since) == ("patience", T)


SHAPES: tuple[Any, ...] = (
    WAIT,
    [{"wait": "3h"}, {"send": "hello"}, {"wait": "1d"}, {"send": "bye"}],
    [{"branch": {"when": "user.vip", "then": [{"wait": "1h"}, {"send": "hello"}], "else": [{"wait": "30m", "leave_on": ["page"]}]}}, {"send": "bye"}],
    None,
)
TRIGGERS: tuple[dict[str, Any], ...] = (
    {"event": "signed_up", "unless": ["order_completed"]},
    {"since": "signed_up", "wait": "5h"},
    {"idle": "2h", "of": "browsing"},
    {"date": "user.birthday", "repeat": "never"},
    {"date": "user.birthday"},
    {"enters": "fresh"},
)
SEGMENTS: tuple[dict[str, Any], ...] = (
    {"segments": [{"segment": "fresh", "when": 'seen("signed_up", "6h")'}], "refresh": "1h"},
    {"segments": [{"segment": "fresh", "when": 'not seen("page", "1d")'}, {"segment": "met", "when": 'sent("welcome", "2d")'}], "refresh": "2h"},
)
happenings = st.tuples(
    st.just("event"),
    st.sampled_from(("signed_up", "signed_up", "signed_up", "page", "product_viewed", "order_completed", "identify")),
    st.sampled_from((0, 1, 30, 60, 240, 3000)),
)
publications = st.tuples(
    st.just("campaign"),
    st.sampled_from(("live", "live", "live", "paused")),
    st.one_of(st.integers(0, len(SHAPES) - 1), st.integers(0, len(SHAPES) * len(TRIGGERS) - 1)),
)
moves = st.one_of(
    happenings,
    happenings,
    st.tuples(st.just("wait"), st.just(""), st.sampled_from((10, 120, 2000))),
    publications,
    st.tuples(st.just("segments"), st.just(""), st.integers(0, len(SEGMENTS) - 1)),
    st.tuples(st.just("remove"), st.sampled_from(("campaign/welcome", "segments")), st.just(0)),
)


def published(number: int) -> dict[str, Any]:
    shape, trigger = SHAPES[number % len(SHAPES)], TRIGGERS[number // len(SHAPES)]
    return welcome(shape, trigger=trigger)


def happens(name: str, at: int, number: int) -> Event:
    traits = {"birthday": "1990-01-09", "vip": number % 2 == 0} if name == "identify" else {}
    return event(name, at, message_id=f"e{number}", traits=traits)


@pytest.mark.slow
@settings(max_examples=300, deadline=None)
@given(first=st.integers(0, len(SHAPES) - 1), start=st.sampled_from((T, T + 5 * HOUR)), story=st.lists(moves, min_size=4, max_size=25))
def test_after_any_changes_draining_time_leaves_nothing_due_once_all_is_removed(first: int, start: int, story: list[tuple[str, str, int]]) -> None:
    """Whatever was published over whatever was under way: it ends, decides each candidate once, and leaves no timer."""
    current = compile_book([control(SEGMENTS[0], offset=0), control(NIGHT, offset=1), control(published(first), offset=2)])
    lived, now, offset = Life(Engine(current)), start, 10
    lived.live([happens("signed_up", now, -1)])
    for number, (kind, word, amount) in enumerate(story):
        offset += 1
        if kind == "event":
            now += amount * 60_000
            lived.live([happens(word, now, number)])
        elif kind == "wait":
            now += amount * 60_000
            lived.wait(now)
        else:
            entry = {
                "campaign": lambda: control(published(amount), offset=offset, status=word),  # noqa: B023 - called at once
                "segments": lambda: control(SEGMENTS[amount], offset=offset),  # noqa: B023
                "remove": lambda: Entry(word, offset, None),  # noqa: B023
            }[kind]()
            try:
                lived.engine.book = apply(lived.engine.book, entry)
            except ValueError:
                continue  # a segment that a campaign needs is not taken away
    lived.engine.book = apply(apply(lived.engine.book, Entry("campaign/welcome", 1000, None)), Entry("segments", 1001, None))
    lived.wait()
    assert lived.blob is None or decode(lived.blob).due == []
    ids = [(decision.decision_id, decision.attempt) for decision in lived.decisions]
    assert len(ids) == len(set(ids))
    ended = {decision.decision_id for decision in lived.decisions if decision.outcome != "deferred"}
    assert {decision.decision_id for decision in lived.decisions} == ended, "what was deferred has a final word"
    assert lived.engine.counts["failures"] == 0


def test_a_date_without_end_is_only_waited_for_while_its_campaign_is_there() -> None:
    yearly = mail("birthday", trigger={"date": "user.birthday"})
    lived = Life(Engine(book(yearly))).live([happens("identify", T, 1)]).wait(T + 800 * DAY)
    assert len(lived.actions) == 3
    assert lived.due is not None
    assert remove(lived, "campaign/birthday").wait().due is None
