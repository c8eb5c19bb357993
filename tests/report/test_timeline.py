"""A customer's timeline reads like a story: in order, without repetition, and not too long."""

import json
from collections.abc import Iterable

import pytest

from services.report.notes import Happened, Missed
from services.report.story import Part
from services.report.timeline import MAX_ENTRIES, message, timeline
from services.report.words import clean, length, text_of, told
from udfs.codecs.decode import decode
from udfs.core.records import Action, Event

NINE = 1_767_603_600_000
"""Monday 5 January 2026, 09:00 UTC."""
MINUTE = 60_000


def happened(names: Iterable[str], *, apart: int = MINUTE) -> list[Part]:
    found: list[Part] = []
    for n, name in enumerate(names):
        payload = {"type": "track", "event": name, "userId": "ada", "messageId": str(n), "timestamp": NINE + n * apart, "properties": {"n": n}}
        happened = Happened(NINE + n * apart, b"ada", json.dumps(payload).encode())
        event = decode(happened.key, happened.value, happened.at)
        assert isinstance(event, Event)
        found.append(Part(happened, event=event))
    return found


def test_it_is_told_in_order_of_time_with_days_and_long_pauses_named() -> None:
    story = timeline("ada", reversed(happened(["A", "B", "C"], apart=9 * 60 * MINUTE)))
    assert [line.title for line in story.lines] == ["A", "B", "C"]
    assert [line.day for line in story.lines] == ["Monday 5 January 2026", "", "Tuesday 6 January 2026"]
    assert [(line.clock, line.since) for line in story.lines] == [("09:00", ""), ("18:00", "9 hours later"), ("03:00", "9 hours later")]


def test_like_events_in_a_row_are_counted_and_those_with_another_remark_are_not() -> None:
    lines = timeline("ada", happened("AAAAAB")).lines
    assert [(line.title, line.times) for line in lines] == [("A", 1), ("A", 4), ("B", 1)]
    assert lines[1].facts == [("n", "4")]
    remarked = [*happened("AAA"), Part(Missed(NINE + MINUTE, "triggers_unmet", "carts"))]
    assert [line.times for line in timeline("ada", remarked).lines] == [1, 1, 1]


def test_of_a_long_one_the_middle_is_left_out_and_counted() -> None:
    lines = timeline("ada", happened("AB" * 100)).lines
    assert len(lines) == MAX_ENTRIES + 1
    assert lines[MAX_ENTRIES // 2].title == "140 more entries not shown"
    assert (lines[0].facts, lines[-1].facts) == ([("n", "0")], [("n", "199")])
    assert [line.title for line in timeline("ada", happened("AB" * (MAX_ENTRIES // 2) + "A")).lines][MAX_ENTRIES // 2] == "1 more entry not shown"


def test_a_message_in_html_is_shown_as_words() -> None:
    content = {"html": "<style>p {}</style><p>Hi &amp; welcome</p><table><tr><td>2</td><td>tents</td></tr></table>"}
    told_of = {"decision_id": "d", "attempt": 0, "user_id": "ada", "campaign": "c", "campaign_version": "1", "variant": "v", "channel": "email"}
    action = Action(**told_of, content=content, offer={"percent": 15}, at=NINE, decided_at=0, expires_at=NINE + 60 * MINUTE)  # type: ignore[arg-type]
    shown = message(action)
    assert shown["body"] == "Hi & welcome\n2 tents"
    assert ("Offer", "percent 15") in shown["rest"]
    assert ("To be delivered by", "Monday 5 January 2026, 10:00") in shown["rest"]


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (True, "yes"),
        (NINE, "Monday 5 January 2026, 09:00"),
        (39.5, "39.5"),
        ([{"name": "Tent"}, {"product_id": "mat"}, 3, 4], "Tent, mat, 3 and 1 more"),
        ({"city": "Ulm", "zip": 1}, "city Ulm, zip 1"),
        (f"last at {NINE}, {90 * MINUTE} ms ago", "last at 2026-01-05 09:00:00 UTC, 1h 30m ago"),
    ],
)
def test_values_are_told_as_people_write_them(value: object, words: str) -> None:
    assert told(value) == words


def test_small_words() -> None:
    spans = {0: "less than a second", 1_000: "1 second", 90 * MINUTE: "1 hour 30 minutes", 60 * 86_400_000: "60 days", 86_401_000: "1 day"}
    assert {ms: length(ms) for ms in spans} == spans
    assert clean("a\u202eb\x00c\ud800", 10) == "a\ufffdb\ufffdc\ufffd"
    assert clean("x" * 11, 10) == "x" * 9 + "…"
    assert text_of("no markup") == "no markup"
