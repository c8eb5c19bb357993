"""Orders of a report are those that the engine counts: both oracles, of which one is held to the engine, say the same of them."""

from typing import Any

import pytest

from tests.kpi_oracle.orders import orders_of
from tests.outcome_oracle import ledger, worlds

HISTORIES = 150
CURRENCIES = {"USD", *ledger.RATES}


@pytest.mark.slow
def test_orders_stand_and_are_worth_what_the_engine_says() -> None:
    """But for refunds that name no order: the engine asks which one stands just then, and the report whether there was only one."""
    compared = 0
    for seed in range(HISTORIES):
        events = once(seed)
        if any(event.name in ("order_cancelled", "order_refunded") and not event.properties.get("order_id") for _, event in events):
            continue
        told = [
            {"message": event.message_id, "name": event.name, "at": min(event.at, now), "place": place, "properties": dict(event.properties)}
            for place, (now, event) in enumerate(events)
        ]
        mine = [(order["undone"], worth(order["net"], order["currency"], is_gone=order["undone"])) for order in orders_of(told, "USD", {"EUR": 1.5})]
        engine = ledger.orders_of([event for _, event in events])
        right = [(order.is_gone, worth(order.left, order.currency, is_gone=order.is_gone)) for order in engine.values() if order.is_told]
        assert sorted(mine, key=str) == sorted(right, key=str), f"history {seed}"
        compared += len(mine)
    assert compared > HISTORIES


def once(seed: int) -> list[tuple[int, Any]]:
    """What a customer did, each message once."""
    found: dict[str, tuple[int, Any]] = {}
    for now, event in worlds.world(seed).happenings:
        found.setdefault(event.message_id, (now, event))
    return list(found.values())


def worth(amount: float | None, currency: str, *, is_gone: bool) -> float | None:
    """What is compared: the engine knows nothing of amounts that it cannot convert, and a report leaves them in their currency."""
    return None if amount is None or is_gone or currency not in CURRENCIES else round(amount, 4)
