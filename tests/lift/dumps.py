"""What the job writes, as values: decisions, outcomes and the orders behind them, of a campaign and of a whole programme."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from tests.lift.builders import DAY, START

Value = dict[str, Any]


def decision(number: int, user: str, outcome: str, at: int, *, campaign: str = "cart", variant: str = "only") -> Value:
    """As on the topic `decisions`."""
    reason = {"acted": "ELIGIBLE", "control": "EXPERIMENT_CONTROL", "held_out": "GLOBAL_HOLDOUT"}.get(outcome, "NO_CONSENT")
    return {
        "decision_id": f"00000000-0000-5000-8000-{number:012}",
        "attempt": 0,
        "user_id": user,
        "campaign": campaign,
        "campaign_version": "v1",
        "outcome": outcome,
        "reason": reason,
        "detail": None,
        "channel": "email",
        "variant": variant,
        "probability": 1.0,
        "features": {"orders_90d": number % 3},
        "feature_version": "f",
        "trigger_event_id": None,
        "at": at,
        "decided_at": at,
    }


def outcome(of: Value, conversions: int, *, revision: int = 0) -> Value:
    """As on the topic `outcomes`."""
    return {
        **{name: of[name] for name in ("decision_id", "user_id", "campaign", "campaign_version", "variant", "channel", "outcome")},
        "revision": revision,
        "status": "final",
        "starts": of["at"],
        "ends": of["at"] + 3 * DAY,
        "conversions": conversions,
        "value": 40.0 * conversions,
        "unvalued": 0,
        "first_at": of["at"] + 1 if conversions else None,
        "engagement": {},
        "basis": "decision",
        "credit": {},
        "credited_value": {},
        "at": of["at"] + 3 * DAY,
        "decided_at": of["at"] + 3 * DAY,
    }


def campaign_records(*, people: int = 2_000) -> Iterator[tuple[str, Value]]:
    """(topic, value): of ten people one is in the control group; of those with the message 30 % order, of the others 20 %."""
    for number in range(people):
        group = "control" if number % 10 == 9 else "acted"
        told = decision(number, f"u{number}", group, START + number * 60_000)
        yield "decisions", told
        yield "outcomes", outcome(told, int(number // 10 % 10 < (3 if group == "acted" else 2)))
    yield "decisions", decision(people, "late", "withheld", START + 20 * DAY)


def programme_records(*, people: int = 2_000) -> Iterator[tuple[str, Value]]:
    """One of ten is held out of two campaigns, and gets the receipts of a third, which is exempt."""
    for number in range(people):
        group = "held_out" if number % 10 == 9 else "acted"
        at = START + number * 60_000
        yield "decisions", decision(3 * number, f"u{number}", group, at, campaign="cart" if number % 2 else "browse")
        yield "decisions", decision(3 * number + 1, f"u{number}", group, at + 2 * DAY, campaign="welcome")
        yield "decisions", decision(3 * number + 2, f"u{number}", "acted", at - DAY, campaign="receipt")
    yield "decisions", decision(9_999_999, "late", "withheld", START + 50 * DAY)


def programme_events(*, people: int = 2_000) -> Iterator[Value]:
    """Of those with messages 30 % order within four weeks, of the others 20 %; some orders arrive twice, some are cancelled."""
    for number in range(people):
        at = START + number * 60_000
        rate = 2 if number % 10 == 9 else 3
        if number // 10 % 10 < rate:
            for message in range(1 + number % 2):
                yield order(number, at + 5 * DAY, message=f"m{number}-{message}")
        elif number // 10 % 10 == 9:
            yield order(number, at + 5 * DAY, message=f"m{number}")
            yield {**order(number, at + 6 * DAY, message=f"c{number}"), "event": "Order Cancelled"}
    yield {"type": "track", "event": "Page Seen", "messageId": "the-end", "userId": "late", "timestamp": _time(START + 50 * DAY)}


def order(number: int, at: int, *, message: str) -> Value:
    """An order of 40."""
    properties = {"order_id": f"o{number}", "total": 40.0}
    return {
        "type": "track",
        "event": "Order Completed",
        "messageId": message,
        "userId": f"u{number}",
        "timestamp": _time(at),
        "properties": properties,
    }


def _time(at: int) -> str:
    import datetime

    return datetime.datetime.fromtimestamp(at / 1000, datetime.UTC).isoformat().replace("+00:00", "Z")


def write(file: Path, values: Iterator[tuple[str, Value]]) -> Path:
    """As `kairos try --records` writes them."""
    file.write_bytes(b"".join(msgspec.json.encode({"topic": topic, "key": value["user_id"], "value": value}) + b"\n" for topic, value in values))
    return file
