"""A rollout file, read: the steps, the gates and the guardrails."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from services.control.rollouts import SHADOW, Plan
from services.documents.findings import BadFile
from services.documents.fitting import problems
from services.documents.rollout_shape import GUARDRAILS, ROLLOUT
from services.documents.yaml12 import read
from udfs.core.values.document_reader import share_of
from udfs.core.values.durations import parse_duration
from udfs.core.values.shapes import Shape


def read_plan(file: Path) -> tuple[str, Plan]:
    """The model's name and its plan. Raises BadFile with everything that is wrong with it, line by line."""
    source = read(file)
    found = [source.finding(each.path, each.message, suggestion=each.suggestion, key=each.at_key) for each in problems(ROLLOUT, source.value)]
    if not found:
        found = [source.finding(("steps", at), why) for at, why in _meaning(_with_defaults(ROLLOUT, source.value)["steps"])]
    if found:
        raise BadFile(found)
    return str(source.value["rollout"]), plan_of(source.value)


def plan_of(document: Mapping[str, Any]) -> Plan:
    """The plan of a document that has the shape of a rollout."""
    told = _with_defaults(ROLLOUT, document)
    limits = _with_defaults(GUARDRAILS, told.get("guardrails", {}))
    return Plan(
        steps=tuple(each if each == SHADOW else share_of(each) for each in told["steps"]),
        hold_ms=parse_duration(told["hold"]),
        sample=told["sample"],
        shadow_ms_per_s=float(told["shadow_ms_per_s"]),
        errors=share_of(limits["errors"]),
        latency_ms=float(limits["latency_ms"]),
        shift=float(limits["shift"]),
        reward=share_of(limits["reward"]),
    )


def _with_defaults(shape: Shape, document: Mapping[str, Any]) -> dict[str, Any]:
    return {**{key: each["default"] for key, each in shape["properties"].items() if "default" in each}, **document}


def _meaning(steps: list[str]) -> list[tuple[int, str]]:
    """What the shape cannot say: shadow comes first, shares grow, and none is nothing."""
    found = []
    last = 0.0
    for at, step in enumerate(steps):
        if step == SHADOW:
            if at:
                found.append((at, "shadow is the first step, or left out"))
        elif share_of(step) <= last:
            found.append((at, f"{step} is no more than the step before it: shares grow, from above 0%"))
        else:
            last = share_of(step)
    return found
