"""The operator says in its log, and by a count, that too many events are refused: once a window, and of no customer."""

import logging

import pytest

from tests.operators.fakes import FakeContext
from tests.operators.running import BOOK, T0, added, sent, without_people
from udfs.codecs.refusals import RejectionLimit
from udfs.codecs.topics import Topics
from udfs.core.counts import fresh
from udfs.core.engine import Engine, Step
from udfs.core.records import Event
from udfs.operators import metrics
from udfs.operators.alarm import Alarm
from udfs.operators.decide import Decide

LIMIT = RejectionLimit(percent=20, minutes=10)


class Broken(Engine):
    def on_event(self, blob: bytes | None, event: Event, kept: bytes | None = None) -> Step:
        self.counts["events"] += 1
        message = "a bad release"
        raise RuntimeError(message)


def opened(context: FakeContext, *, limit: RejectionLimit | None = LIMIT, new_engine: type[Engine] = Engine) -> Decide:
    operator = Decide(book=BOOK.pack(), topics=Topics(), max_event_bytes=10_000, limit=limit, new_engine=without_people(new_engine))
    operator.open(context)
    return operator


@pytest.fixture(autouse=True)
def _always(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(metrics, "PERIOD_S", 0.0)


def test_garbage_raises_the_alarm_once(caplog: pytest.LogCaptureFixture) -> None:
    context = FakeContext()
    operator = opened(context)
    for number in range(300):
        sent(operator, context, T0 + number, b"garbage of ann@example.com")
    assert context.counters["kairos_rejection_alerts"].count == 1
    (line,) = [record for record in caplog.records if record.levelno == logging.ERROR]
    assert "100 % of the events of the last minutes were refused, more than 20 %" in line.getMessage()
    assert "ann" not in line.getMessage()


def test_an_engine_that_fails_on_every_event_raises_it_too() -> None:
    context = FakeContext()
    operator = opened(context, new_engine=Broken)
    for number in range(300):
        sent(operator, context, T0 + number, added(T0 + number))
    assert context.counters["kairos_rejection_alerts"].count == 1
    assert context.counters["kairos_engine_errors"].count == 300


def test_good_events_raise_none_and_neither_do_parts_set_aside() -> None:
    context = FakeContext()
    operator = opened(context)
    for number in range(300):
        sent(operator, context, T0 + number, added(T0 + number).replace(b"120.0", b'"dear"'))
    assert context.counters["kairos_parts_set_aside"].count == 300
    assert context.counters["kairos_rejection_alerts"].count == 0


def test_without_a_limit_there_is_no_alarm() -> None:
    context = FakeContext()
    operator = opened(context, limit=None)
    for number in range(300):
        sent(operator, context, T0 + number, b"garbage")
    assert context.counters["kairos_records_rejected"].count == 300
    assert context.counters["kairos_rejection_alerts"].count == 0


def test_it_is_said_again_in_the_next_window_as_long_as_it_lasts() -> None:
    now = [0.0]
    now = [0.0]
    alarm, counts = Alarm(LIMIT, clock=lambda: now[0]), fresh()
    rung = 0
    for _ in range(31):
        now[0] += 60
        counts["records_rejected"] += 1_000
        rung += alarm.rings(counts, errors=0)
    assert rung == 4
