"""A message that was recalled takes no place under a cap, unless a receipt says that it went out all the same."""

from typing import Any

import pytest

from tests.builders import DAY, HOUR, MINUTE, MONDAY, event, life, mail
from udfs.core.records import Recall

TEN = MONDAY + 10 * HOUR
CAPPED: dict[str, Any] = {"caps": [{"id": "one", "channel": "any", "max": 1, "within": "7d"}], "consent": {"default": {"marketing": "grant"}}}
NEWS = mail(trigger={"event": "go", "unless": ["order_completed"]})


def told(*, receipt: str | None = None, **properties: Any) -> list[str]:
    """The reasons of what is decided at `go`, an order, perhaps a receipt of the first message, and another `go` on the next day."""
    lived = life(NEWS, CAPPED).live([event("go", TEN), event("order_completed", TEN + MINUTE, order_id="o1")])
    assert [record.campaign for record in lived.records if isinstance(record, Recall)] == ["news"]
    if receipt:
        of = lived.decisions[0].decision_id
        lived.live([event(receipt, TEN + 2 * MINUTE, decision_id=of, channel="email", **properties)])
    lived.live([event("go", TEN + DAY)])
    return [reason for _, reason, _ in lived.told]


def test_a_recalled_message_gives_its_place_back() -> None:
    assert told() == ["ELIGIBLE", "ELIGIBLE"]


@pytest.mark.parametrize("receipt", ["message_sent", "message_delivered", "message_opened"])
def test_a_receipt_after_the_recall_takes_the_place_again(receipt: str) -> None:
    assert told(receipt=receipt) == ["ELIGIBLE", "CAP_REACHED"]


def test_a_soft_bounce_after_the_recall_leaves_the_place_free() -> None:
    assert told(receipt="message_bounced", bounce_type="soft") == ["ELIGIBLE", "ELIGIBLE"]


def test_a_message_that_was_not_recalled_keeps_its_place() -> None:
    lived = life(mail(), CAPPED).live([event("go", TEN), event("order_completed", TEN + MINUTE, order_id="o1"), event("go", TEN + DAY)])
    assert [reason for _, reason, _ in lived.told] == ["ELIGIBLE", "CAP_REACHED"]


def test_only_the_recalled_one_of_two_messages_gives_its_place_back() -> None:
    kept = mail("kept", trigger={"event": "go"})
    two = {**CAPPED, "caps": [{**CAPPED["caps"][0], "max": 2}]}
    events = [event("go", TEN), event("order_completed", TEN + MINUTE, order_id="o1"), event("go", TEN + DAY)]
    lived = life(NEWS, kept, two).live(events)
    assert sorted(reason for _, reason, _ in lived.told) == ["CAP_REACHED", "ELIGIBLE", "ELIGIBLE", "ELIGIBLE"]


@pytest.mark.parametrize(
    ("traits", "recalled"),
    [
        ({"email_reachable": False}, ["UNREACHABLE"]),
        ({"sms_reachable": False}, []),
        ({"email_reachable": True}, []),
        ({"email_reachable": "no"}, []),
    ],
)
def test_a_channel_by_which_nothing_arrives_any_more_recalls_what_would_go_there(traits: dict[str, Any], recalled: list[str]) -> None:
    lived = life(NEWS, {"consent": CAPPED["consent"]}).live([event("go", TEN), event("identify", TEN + MINUTE, type="identify", traits=traits)])
    assert [record.reason for record in lived.records if isinstance(record, Recall)] == recalled
