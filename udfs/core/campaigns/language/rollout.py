"""Reads the rollout of a campaign: its steps, or a mapping with what else is to be said."""

from collections.abc import Mapping
from typing import Any

from udfs.core.campaigns.language.reader import CampaignReader
from udfs.core.campaigns.language.rollout_shape import ERRORS, GUARDRAILS, HOLD, MAX_SAMPLE, MAX_STEPS, MIN_SAMPLE, PLAN, RATES, SAMPLE, STEPS
from udfs.core.campaigns.rollout import Guardrails, Rollout
from udfs.core.values.document_reader import KeyPath
from udfs.core.values.durations import parse_duration
from udfs.core.values.problems import shown
from udfs.core.values.shapes import keys

_PATH: KeyPath = ("rollout",)
_STEPS_AT: KeyPath = ("rollout", "steps")
_EXAMPLE = "[5%, 25%, 100%]"


def read_rollout(reader: CampaignReader, found: Any, *, has_goal: bool) -> Rollout | None:
    """The rollout at `rollout`. Every problem is noted where it is."""
    before = len(reader.problems)
    if not has_goal:
        why = "a rollout is guarded by outcomes, and without a goal there are none"
        reader.refuse(_PATH, why, "add goal: {event: order_completed, within: 3d}", at_key=True)
    if isinstance(found, Mapping):
        reader.keys(_PATH, found, keys(PLAN))
        told, at = found, _STEPS_AT
    elif isinstance(found, list):
        told, at = {"steps": found}, _PATH
    else:
        reader.refuse(_PATH, f"rollout is the list of its steps, such as {_EXAMPLE}, or a mapping with steps, hold, sample and guardrails")
        return None
    hold = reader.duration((*_PATH, "hold"), told["hold"]) if "hold" in told else parse_duration(HOLD)
    sample = SAMPLE
    if "sample" in told:
        sample = reader.whole((*_PATH, "sample"), told["sample"], least=MIN_SAMPLE, most=MAX_SAMPLE, what="sample, customers of each group,")
    made = Rollout(
        steps=_steps(reader, at, told.get("steps", list(STEPS))),
        hold=hold or 0,
        sample=sample,
        guardrails=_guardrails(reader, told.get("guardrails", {})),
    )
    return made if len(reader.problems) == before else None


def _steps(reader: CampaignReader, path: KeyPath, found: Any) -> tuple[float, ...]:
    if not isinstance(found, list) or not 1 <= len(found) <= MAX_STEPS:
        reader.refuse(path, f"steps are a list of 1 to {MAX_STEPS} shares of customers", f"write steps: {_EXAMPLE}")
        return ()
    shares: list[float] = []
    for number, each in enumerate(found):
        count = len(reader.problems)
        share = reader.share((*path, number), each)
        if len(reader.problems) > count:
            continue
        if share <= max(shares, default=0.0):
            why = f"{shown(each)} is no more than the step before it" if shares else f"{shown(each)} is nobody"
            reader.refuse((*path, number), f"{why}: shares grow, from above 0%", f"write a share above {max(shares, default=0.0) * 100:g}%")
            continue
        shares.append(share)
    return tuple(shares)


def _guardrails(reader: CampaignReader, found: Any) -> Guardrails:
    path = (*_PATH, "guardrails")
    if not isinstance(found, Mapping):
        reader.refuse(path, "guardrails are a mapping, such as {unsubscribe_rate: 0.5%}")
        return Guardrails()
    reader.keys(path, found, keys(GUARDRAILS))
    told = {"errors": ERRORS, **{name: usual for name, usual in RATES.items() if usual is not None}, **found}
    read = {name: reader.share((*path, name), told[name]) for name in ("errors", *RATES) if name in told}
    return Guardrails(errors=read.pop("errors"), rates=read)
