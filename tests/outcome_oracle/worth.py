"""What a conversion is worth by a goal, and how it is divided among messages: arithmetic, written out."""

from collections.abc import Sequence
from typing import Any

from tests.outcome_oracle.ledger import RATES
from udfs.core.records import Event

Touch = tuple[int, int, str, int]
"""When a message did what its goal asks, its place among those of one instant, its decision, and its half-life."""


def shares(decision_id: str, touched: Sequence[Touch], at: int) -> list[float]:
    """The share of one message in a conversion that happened at `at`: by last, first, linear, decay and position."""
    touches = sorted(touched)
    ids = [each[2] for each in touches]
    if decision_id not in ids:
        return [0.0] * 5
    mine, number = ids.index(decision_id), len(ids)
    halvings = [(at - moment) / half_life for moment, _, _, half_life in touches]
    decay = 1 / sum(2.0 ** min(1000, halvings[mine] - each) for each in halvings)
    if number == 1:
        position = 1.0
    elif number == 2:
        position = 0.5
    else:
        position = 0.4 if mine in (0, number - 1) else 0.2 / (number - 2)
    return [float(mine == number - 1), float(mine == 0), 1 / number, decay, position]


def is_computed(goal: dict[str, Any]) -> bool:
    """Whether the value is computed from the event."""
    return goal.get("value", 0) != "revenue" and not isinstance(goal.get("value", 0), int)


def in_base(event: Event, name: str) -> float | None:
    """An amount in the shop's currency."""
    rate = RATES.get(event.properties.get("currency", "USD"))
    return None if rate is None or name not in event.properties else event.properties[name] * rate


def tenth(event: Event) -> float | None:
    """What `event.total * 0.1` comes to."""
    total = in_base(event, "total")
    return None if total is None else total * 0.1
