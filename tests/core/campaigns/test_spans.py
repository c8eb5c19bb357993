"""A wait that is computed is a duration: a number without a unit is refused, whatever else stands around it."""

from typing import Any

import pytest

from tests.builders import mail
from udfs.core.campaigns.language.campaign import compile_campaign
from udfs.core.campaigns.language.reader import CampaignError
from udfs.core.features.features import EMPTY

SENT = {"send": "news"}


def waiting(*steps: Any) -> dict[str, Any]:
    return mail("news", trigger={"event": "signed_up"}, steps=[*steps, SENT], variants={"news": {"channel": "email", "content": {"body": "Hi"}}})


def refusal(step: dict[str, Any]) -> tuple[str, str]:
    with pytest.raises(CampaignError) as caught:
        compile_campaign(waiting(step), features=EMPTY)
    (problem,) = caught.value.problems
    return problem.message, problem.suggestion or ""


@pytest.mark.parametrize(
    ("wait", "cure"),
    [
        ("event.cycle_days", "event.cycle_days * 1d"),
        ("user.days", "user.days * 1d"),
        ("event.days * 1", "(event.days * 1) * 1d"),
        ("(event.days)", "event.days"),
        ("event.plan.days", "event.plan.days * 1d"),
        ("event.days + 1", "(event.days + 1) * 1d"),
        ("default(event.days, 30)", "default(event.days, 30) * 1d"),
        ("max(event.days, 2)", "max(event.days, 2) * 1d"),
        ("count(event.products) * 2", "* 1d"),
        ("sum(event.products, days)", "* 1d"),
        ("event.days if event.days > 3 else 3", "* 1d"),
        ("1d / 1h", "* 1d"),
        ("30 * 1", "* 1d"),
    ],
)
def test_a_number_without_a_unit_is_no_wait(wait: str, cure: str) -> None:
    message, suggestion = refusal({"wait": wait})
    assert message.endswith("is a number without a unit")
    assert cure in suggestion


@pytest.mark.parametrize(
    "wait",
    [
        "event.days * 1d + 3",
        "1d if event.vip else event.days",
        "default(event.days, 1d)",
        "1d * 1d",
        "event.days / 1d",
        "event.plan == 1d",
        "1d - event.days",
        "now + event.days",
    ],
)
def test_a_mixture_of_numbers_and_durations_is_no_wait(wait: str) -> None:
    message, suggestion = refusal({"wait": wait})
    assert message.endswith("is no duration")
    assert "unit" in suggestion


@pytest.mark.parametrize("wait", ["now + 1d", "session.started", "session.last + 2h"])
def test_a_time_is_no_wait_and_the_cure_is_to_wait_until_it(wait: str) -> None:
    assert refusal({"wait": wait}) == (f"{wait!r} is a time, and not how long to wait", f"write wait_until: {wait}")


@pytest.mark.parametrize(
    "wait",
    [
        "event.cycle_days * 1d",
        "1d * event.days",
        "(event.days - 1) * 1d",
        "event.days * 1d - 12h",
        "event.ends - now",
        "event.ends - now - 1d",
        "now - session.started",
        "2d if event.vip else event.days * 1h",
        '2d if seen("order_completed", "7d") else 1d',
        "0 if event.vip else 1d",
        "default(event.days, 30) * 1d",
        "min(event.days * 1d, 30d)",
        "max(1h, 2d)",
        "round(event.days) * 1d",
        "sum(event.products, days * 1d)",
        "1d / 2",
        "1.5d * 2",
        "-event.days * -1d",
    ],
)
def test_what_is_known_to_be_a_duration_is_taken(wait: str) -> None:
    assert compile_campaign(waiting({"wait": wait}), features=EMPTY).steps


@pytest.mark.parametrize(
    "step",
    [
        {"wait": 30},
        {"wait": "30"},
        {"wait_for": ["order_delivered"], "at_most": 30},
        {"wait_for": ["order_delivered"], "at_most": "event.days"},
        {"wait_until": "event.ends", "before": 3},
        {"wait_until": "event.ends", "before": "event.days"},
    ],
)
def test_where_a_duration_is_written_out_a_bare_number_is_refused_too(step: dict[str, Any]) -> None:
    assert "is not a duration" in refusal(step)[0]


@pytest.mark.parametrize(
    "changes",
    [
        {"entry": {"again": 7}},
        {"send": {"expires": 1}},
        {"trigger": {"idle": 30, "of": "cart"}},
        {"trigger": {"since": "order_completed", "wait": 90}},
        {"trigger": {"date": "user.birthday", "before": 3}},
        {"goal": {"event": "order_completed", "within": 7}},
        {"variants": {"news": {"channel": "email", "wait": 30, "content": {"body": "Hi"}}}},
    ],
)
def test_no_key_of_a_campaign_takes_a_number_for_a_duration(changes: dict[str, Any]) -> None:
    with pytest.raises(CampaignError, match="is not a duration"):
        compile_campaign(mail("news", **changes), features=EMPTY)
