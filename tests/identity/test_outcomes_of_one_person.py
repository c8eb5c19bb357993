"""What followed a message that the visitor got counts for it when the person buys, and is reported under her id."""

from services.local.job import LocalJob
from tests.builders import book, mail
from tests.identity.test_in_one_process import TENT, login, run, said
from udfs.core.goal_outcome import GoalOutcome, OutcomeStatus

NEWS = mail("news", trigger={"event": "go"}, goal={"event": "order_completed", "within": "1d", "value": "revenue"})


def test_an_order_after_the_login_is_what_followed_the_visitors_message() -> None:
    story = [
        said(0, "go", web="web-1"),
        said(1, "product_added", web="web-1", **TENT),
        login(3, "kim", "web-1"),
        said(9, "order_completed", user="kim", order_id="o1", revenue=60),
    ]
    found = [each for each in run(LocalJob(book(NEWS)), *story) if isinstance(each, GoalOutcome)]
    assert [(each.user_id, each.status, each.conversions, each.value) for each in found] == [
        ("kim", OutcomeStatus.PROVISIONAL, 1, 60),
        ("kim", OutcomeStatus.FINAL, 1, 60),
    ]


def test_the_windows_of_both_ids_see_one_order() -> None:
    story = [
        said(0, "go", web="web-1"),
        said(1, "go", user="kim"),
        login(3, "kim", "web-1"),
        said(9, "order_completed", user="kim", order_id="o1", revenue=60),
    ]
    found = [each for each in run(LocalJob(book(NEWS)), *story) if isinstance(each, GoalOutcome) and each.status is OutcomeStatus.FINAL]
    assert [(each.conversions, each.credit["linear"]) for each in found] == [(1, 0.5), (1, 0.5)]
