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


def test_an_order_of_the_visitor_is_what_followed_the_persons_message() -> None:
    """The link says so, and when it is paid back, too."""
    story = [
        said(0, "go", user="kim"),
        said(9, "order_completed", web="web-1", order_id="o1", revenue=60),
        login(12, "kim", "web-1"),
        said(20, "order_refunded", user="kim", order_id="o1", revenue=20),
    ]
    found = [each for each in run(LocalJob(book(NEWS)), *story) if isinstance(each, GoalOutcome)]
    assert [(each.status, each.conversions, each.value) for each in found] == [
        (OutcomeStatus.PROVISIONAL, 1, 60),
        (OutcomeStatus.PROVISIONAL, 1, 40),
        (OutcomeStatus.FINAL, 1, 40),
    ]


def test_what_cannot_be_said_of_an_order_of_the_visitor_is_not_counted() -> None:
    """Nobody knows any more what else the event said; and of other events nothing is kept."""
    goals: list[tuple[dict[str, object], int]] = [
        ({"event": "order_completed", "when": "event.revenue > 50"}, 0),
        ({"event": "signed_up"}, 0),
        ({"event": "order_completed", "value": "event.revenue * 2"}, 1),  # of unknown value
    ]
    for goal, reached in goals:
        news = mail("news", trigger={"event": "go"}, goal={"within": "1d", **goal})
        story = [
            said(0, "go", user="kim"),
            said(9, "order_completed", web="web-1", order_id="o1", revenue=60),
            said(10, "signed_up", web="web-1"),
            login(12, "kim", "web-1"),
        ]
        found = [each for each in run(LocalJob(book(news)), *story) if isinstance(each, GoalOutcome)]
        last = (found[-1].status, found[-1].conversions, found[-1].unvalued)
        assert last == (OutcomeStatus.FINAL, reached, reached), goal


def test_a_refund_that_only_the_person_knew_takes_back_what_followed_the_visitors_message_in_any_currency() -> None:
    for currency in ("USD", "GBP"):
        story = [
            said(0, "go", web="web-1"),
            said(1, "order_refunded", user="kim", order_id="o1", revenue=60, currency=currency),
            said(9, "order_completed", web="web-1", order_id="o1", revenue=60, currency=currency),
            login(12, "kim", "web-1"),
        ]
        money = {"currency": {"base": "USD"}, "consent": {"default": {"marketing": "grant"}}}
        found = [each for each in run(LocalJob(book(NEWS, money)), *story) if isinstance(each, GoalOutcome)]
        assert [(each.status, each.conversions) for each in found] == [
            (OutcomeStatus.PROVISIONAL, 1),
            (OutcomeStatus.PROVISIONAL, 0),
            (OutcomeStatus.FINAL, 0),
        ], currency
