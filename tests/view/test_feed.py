"""What the live view reads of the job's topics."""

from io import StringIO
from types import SimpleNamespace
from typing import Any

from kafka import TopicPartition
from rich.console import Console

from services.view.feed import Feed, Seen
from services.view.figures import Figures
from services.view.lines import latency_lines, progress, summary
from services.view.screen import Screen


class Reader:
    """One batch of two topics."""

    def poll(self, *, timeout_ms: int) -> dict[TopicPartition, list[Any]]:
        assert timeout_ms
        return {
            TopicPartition("people", 0): [SimpleNamespace(value=None), SimpleNamespace(value=b'{"user_id": "bob"}')],
            TopicPartition("decisions", 0): [SimpleNamespace(value=b'{"outcome": "acted"}')],
        }


def test_somebody_who_is_forgotten_or_erased_does_not_end_the_view() -> None:
    feed = Feed("nowhere:9092", ["people", "decisions"])
    feed._read(Reader())
    seen: list[Seen] = list(feed.take())
    assert [(each.topic, each.value) for each in seen] == [("people", {"user_id": "bob"}), ("decisions", {"outcome": "acted"})]


class Odd:
    """What anybody can write to a topic."""

    def poll(self, *, timeout_ms: int) -> dict[TopicPartition, list[Any]]:
        assert timeout_ms
        return {TopicPartition("decisions", 0): [SimpleNamespace(value=each) for each in ODD]}


GOOD = b'{"outcome": "acted", "campaign": "c", "reason": "R", "at": 1, "decided_at": 2, "trigger_event_id": null}'
ODD = [
    b"",
    b"null",
    b"[]",
    b"\xff",
    b"7",
    b'{"a": ' + b"[" * 100_000 + b"]" * 100_000 + b"}",
    b'{"outcome": "acted"}',
    GOOD.replace(b'"c"', b"[]"),
    GOOD.replace(b'"c"', b"7"),
    GOOD.replace(b'"at": 1', b'"at": ' + b"9" * 400),
    GOOD.replace(b"null", b'"e", "scores": {"s": {"model": "m", "score": ' + b"9" * 400 + b"}}"),
    b'{"kind": "recall", "campaign": {}}',
    b'{"content": "text"}',
    b'{"accepted": true, "reason": "R", "skipped": ' + b"9" * 400 + b"}",
    b'{"accepted": false, "reason": null}',
    GOOD,
]


def test_a_record_that_the_job_did_not_write_is_counted_and_ends_no_view() -> None:
    feed, figures = Feed("nowhere:9092", ["decisions"]), Figures(began=0)
    feed._read(Odd())
    taken = [figures.output(each.value, seen=each.at) for each in feed.take()]
    assert taken == [False] * (len(ODD) - 1) + [True]
    assert (figures.unread, figures.decisions.total(), figures.set_aside) == (len(ODD) - 1, 1, 0)
    told = "\n".join([*summary(figures, now=1.0), *latency_lines(figures), progress(figures)])
    assert "records that the job did not write" in told
    Console(file=StringIO(), width=100).print(Screen(title="t").draw(figures, passed="", hint="", width=100))
