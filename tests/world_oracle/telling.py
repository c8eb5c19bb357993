"""Stories for tests, told shortly: who did what, when it happened and when it arrived."""

import datetime as dt
import json
from collections.abc import Iterable, Mapping

from tests.world_oracle.oracle import Oracle
from tests.world_oracle.player import Decision, Record

DAY = dt.datetime(2026, 3, 2, tzinfo=dt.UTC)
ANYWHERE: Mapping[str, object] = {"addresses": "elsewhere", "consent": {"default": {"marketing": "grant"}}}
LEFT_CART: Mapping[str, object] = {
    "campaign": "left-cart",
    "trigger": {"idle": "30m", "of": "cart", "unless": ["order_completed", "cart_cleared"]},
    "when": "cart.value > 40",
    "entry": {"once_per": "cart.id"},
    "variants": {"reminder": {"channel": ["email", "push"], "content": {"body": "x"}}},
    "send": {"expires": "6h"},
}


def at(clock: str) -> int:
    """`10:00`, `10:00:30`, or `+2d 10:00`: epoch milliseconds of that day in March 2026."""
    days, _, time = clock.rpartition(" ")
    hours, minutes, seconds = [*[int(part) for part in time.split(":")], 0][:3]
    return int((DAY + dt.timedelta(days=int(days.strip("+d") or 0), hours=hours, minutes=minutes, seconds=seconds)).timestamp() * 1000)


def iso(milliseconds: int) -> str:
    """As trackers write it."""
    return (dt.datetime(1970, 1, 1, tzinfo=dt.UTC) + dt.timedelta(milliseconds=milliseconds)).isoformat()


def clock(milliseconds: int) -> str:
    """The inverse of `at`, for readable expectations."""
    told = dt.datetime(1970, 1, 1, tzinfo=dt.UTC) + dt.timedelta(milliseconds=milliseconds)
    days = (told - DAY).days
    return (f"+{days}d " if days else "") + told.strftime("%H:%M" if not told.second else "%H:%M:%S")


def raw(document: object, arrived: str, key: str = "u1") -> Record:
    """A record of just that JSON."""
    return Record(key=key.encode(), value=json.dumps(document).encode(), at=at(arrived))


def told(
    event: str,
    happened: str,
    arrived: str | None = None,
    properties: Mapping[str, object] | None = None,
    *,
    user: str = "u1",
    top: Mapping[str, object] | None = None,
    **more: object,
) -> Record:
    """A track call whose device and shop agree about the time. `top` adds to the envelope or replaces parts of it."""
    document = {
        "type": "track",
        "event": event,
        "userId": user,
        "messageId": f"{event} {happened}",
        "timestamp": iso(at(happened)),
        "properties": {**(properties or {}), **more},
        **(top or {}),
    }
    return raw(document, arrived or happened, user)


def add(
    happened: str,
    arrived: str | None = None,
    *,
    product: str = "kettle",
    price: object = 60,
    user: str = "u1",
    top: Mapping[str, object] | None = None,
    **more: object,
) -> Record:
    """A product is put into the cart."""
    return told("product_added", happened, arrived, {"product_id": product, "price": price, **more}, user=user, top=top)


def play(records: Iterable[Record], *documents: Mapping[str, object], rules: Mapping[str, object] | None = ANYWHERE) -> Oracle:
    """The oracle, after all that."""
    oracle = Oracle(documents or [LEFT_CART], rules)
    for record in records:
        oracle.record(record.key, record.value, record.at)
    oracle.finish()
    return oracle


def short(decision: Decision) -> tuple[str, str, str]:
    """When, what, why."""
    return clock(decision.at), decision.outcome, decision.reason


def decided(records: Iterable[Record], *documents: Mapping[str, object], rules: Mapping[str, object] | None = ANYWHERE) -> list[tuple[str, str, str]]:
    """All decisions, shortly."""
    return [short(decision) for decision in play(records, *documents, rules=rules).decisions()]


def acted(records: Iterable[Record], *documents: Mapping[str, object], rules: Mapping[str, object] | None = ANYWHERE) -> list[str]:
    """When it acted; any other decision is an error of the test."""
    told = play(records, *documents, rules=rules).decisions()
    assert {decision.outcome for decision in told} <= {"acted"}, told
    return [clock(decision.at) for decision in told]
