"""What the operator counts reaches Flink."""

import pytest
from pyflink.common import Row

from tests.operators.fakes import FakeContext
from tests.operators.running import BOOK, T0, added, opened, sent
from udfs.core.decision.scores import ModelReason
from udfs.core.records import Reason
from udfs.metrics.engine import OPERATOR_METRICS
from udfs.metrics.metric import OPERATOR
from udfs.operators.stored import NEVER, write


def test_what_the_engine_counts_becomes_metrics(context: FakeContext) -> None:
    sent(opened(context, BOOK), context, T0, added(T0))
    assert context.counters["kairos_events"].count == 1


def test_every_metric_but_those_by_campaign_is_there_at_zero_before_the_first_event_so_that_a_first_failure_shows(context: FakeContext) -> None:
    opened(context, BOOK)
    declared = {metric.name.removeprefix(OPERATOR) for metric in OPERATOR_METRICS if not metric.labels}
    declared |= {f"kairos_reason={reason}_decisions" for reason in Reason}
    declared |= {f"kairos_model_reason={reason}_decisions" for reason in ModelReason}
    declared |= {f"kairos_{role}_reason={reason}_answers" for role in ("challenger", "shadow") for reason in ModelReason}
    assert {name: counter.count for name, counter in context.counters.items()} == dict.fromkeys(declared, 0)


def test_decisions_and_actions_are_counted_by_campaign_and_reason(context: FakeContext, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("udfs.operators.metrics.PERIOD_S", 0.0)
    operator = opened(context, BOOK)
    sent(operator, context, T0, added(T0))
    for at in context.due():
        list(operator.on_timer(at, context))
    context.key = ""
    sent(operator, context, T0 + 86_400_000, b"heartbeat")
    names = {name: counter.count for name, counter in context.counters.items() if "campaign=" in name}
    assert names == {"kairos_campaign=cart-abandonment_decisions": 1, "kairos_campaign=cart-abandonment_actions": 1}
    reasons = {name: counter.count for name, counter in context.counters.items() if "reason=" in name and counter.count}
    assert reasons == {"kairos_reason=ELIGIBLE_decisions": 1}


def test_refused_control_and_a_failing_engine_are_counted(context: FakeContext, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("udfs.operators.metrics.PERIOD_S", 0.0)
    operator = opened(context, BOOK)
    operator.process_broadcast_element(Row("campaign/bad", b"no json", 9), context)
    context.state.held = write(NEVER, b"not a profile")
    sent(operator, context, T0, added(T0))
    assert context.counters["kairos_control_refused"].count == 1
    assert context.counters["kairos_engine_errors"].count == 1
