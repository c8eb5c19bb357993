"""Whether the engine wrote the outcomes that the oracle works out."""

from collections.abc import Sequence
from typing import Any

from tests.outcome_oracle.oracle import expected
from tests.outcome_oracle.world import World


def differences(world: World) -> Sequence[str]:
    """What the engine wrote otherwise, in words; nothing if it wrote the same."""
    right = expected(world)
    for number, (one, other) in enumerate(zip(world.told, right, strict=False)):
        if not alike(one, other):
            fields = [name for name in other if not alike(one[name], other[name])]
            return [f"record {number}, {name}: the engine says {one[name]}, the oracle {other[name]}" for name in fields]
    if len(right) != len(world.told):
        rest = (world.told if len(world.told) > len(right) else right)[min(len(right), len(world.told)) :]
        return [f"the engine wrote {len(world.told)} records, the oracle {len(right)}: {rest[0]}"]
    return []


def alike(one: Any, other: Any) -> bool:
    """Numbers may differ in the last of six places, by the order in which they were added up."""
    if isinstance(one, dict) and isinstance(other, dict):
        return (
            one.keys() >= other.keys() and all(alike(one[name], other[name]) for name in other) and (len(one) == len(other) or "decision_id" in one)
        )
    if isinstance(one, float) or isinstance(other, float):
        return one is not None and other is not None and abs(one - other) < 5e-6
    return bool(one == other)
