"""A rollout as the document of a model holds it: which version is on trial, at which step of its plan, since when.

Pure functions from one document to the next. The job reads `challenger` and `shadow`; `rollout` is for the monitor that moves them, so its
place is on `control`, and a restart finds it there.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from udfs.core.features.models import MAX_VERSIONS
from udfs.core.values.errors import InvalidInput

SHADOW = "shadow"
ROLES = ("challenger", "shadow", "rollout")
"""Keys of a model's document that are about a version on trial."""


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """How a version comes into use."""

    steps: tuple[str | float, ...]
    """`shadow`, or the share of customers, above 0 and at most 1."""
    hold_ms: int
    sample: int
    """Customers about whom the new version has answered, at least, at each step."""
    shadow_ms_per_s: float
    errors: float
    """At most this share of its answers may fail."""
    latency_ms: float
    """At most one answer in twenty may take longer."""
    shift: float
    """How far its scores may be from the champion's (population stability index)."""
    reward: float = 0.0
    """By which share its customers may reach the goal less than the champion's, and it may be worth less."""


class Rollout(msgspec.Struct, frozen=True, kw_only=True):
    """A rollout under way."""

    version: str
    step: int
    since: int
    """When this step began, epoch milliseconds."""
    began: int
    plan: Plan
    begins: tuple[int, ...] = ()
    """When each step so far began, epoch milliseconds. Empty in a record from before that was kept."""

    @property
    def shares(self) -> list[tuple[int, float]]:
        """When each step so far began, and for which share of the customers: the shadow is for none. Only this step where that was not kept."""
        if len(self.begins) != self.step + 1:
            return [(self.since, _share(self.plan.steps[self.step]))]
        return [(at, _share(step)) for at, step in zip(self.begins, self.plan.steps, strict=False)]

    @property
    def stands_at(self) -> str:
        """The step, in words."""
        return step_in_words(self.plan.steps[self.step])


def _share(step: str | float) -> float:
    return 0.0 if isinstance(step, str) else step


def step_in_words(step: str | float) -> str:
    """`in the shadow`, or the share of customers."""
    return "in the shadow" if isinstance(step, str) else f"for {step * 100:g} % of customers"


def rollout_of(document: Mapping[str, Any]) -> Rollout | None:
    """The rollout under way; None if there is none. Raises InvalidInput if it cannot be read."""
    if document.get("rollout") is None:
        return None
    try:
        return msgspec.convert(document["rollout"], Rollout)
    except msgspec.ValidationError as error:
        message = f"the rollout of {document.get('model')} on control cannot be read ({error}): `kairos models rollback` ends it"
        raise InvalidInput(message) from error


def begun(document: Mapping[str, Any], manifest: Mapping[str, Any], plan: Plan, *, at: int) -> dict[str, Any]:
    """The document with a version at the first step of its plan. A rollout under way ends."""
    version = str(manifest["version"])
    if version == document["current"]:
        message = f"{document['model']}:{version} is the champion already"
        raise InvalidInput(message)
    held = ended(document)
    others = [each for each in held["versions"] if each["version"] != version]
    with_it = {**held, "versions": kept([dict(manifest), *others], needed=(version, str(document["current"])))}
    return at_step(with_it, Rollout(version=version, step=0, since=at, began=at, plan=plan, begins=(at,)))


def at_step(document: Mapping[str, Any], rollout: Rollout) -> dict[str, Any]:
    """The document with the version where its rollout stands."""
    step = rollout.plan.steps[rollout.step]
    held = {key: value for key, value in document.items() if key not in ROLES}
    if isinstance(step, str):
        held["shadow"] = {"version": rollout.version, "ms_per_s": rollout.plan.shadow_ms_per_s}
    else:
        held["challenger"] = {"version": rollout.version, "share": step}
    return {**held, "rollout": msgspec.to_builtins(rollout)}


def advanced(document: Mapping[str, Any], rollout: Rollout, *, at: int) -> dict[str, Any]:
    """One step further; after the last one the version is the champion."""
    if rollout.step + 1 < len(rollout.plan.steps):
        return at_step(document, msgspec.structs.replace(rollout, step=rollout.step + 1, since=at, begins=(*rollout.begins, at)))
    held = {key: value for key, value in document.items() if key not in ROLES}
    found = [each for each in held["versions"] if each["version"] == rollout.version]
    others = [each for each in held["versions"] if each["version"] != rollout.version]
    return {**held, "current": rollout.version, "versions": [*found, *others]}


def taken_back(document: Mapping[str, Any], version: str) -> dict[str, Any]:
    """The document without this version: it is unloaded, and the champion speaks for everybody."""
    held = ended(document)
    return {**held, "versions": [each for each in held["versions"] if each["version"] != version]}


def ended(document: Mapping[str, Any]) -> dict[str, Any]:
    """The document without any version on trial: the champion speaks for everybody."""
    return {key: value for key, value in document.items() if key not in ROLES}


def on_trial(document: Mapping[str, Any]) -> str | None:
    """The version that is challenger or shadow."""
    for role in ("challenger", "shadow"):
        told = document.get(role)
        if isinstance(told, Mapping):
            return str(told.get("version"))
    return None


def kept(versions: Sequence[Mapping[str, Any]], *, needed: Sequence[str]) -> list[dict[str, Any]]:
    """As many versions as stay loaded, in their order: those that are needed, and then the newest."""
    room = MAX_VERSIONS - sum(each["version"] in needed for each in versions)
    found = []
    for each in versions:
        if each["version"] in needed:
            found.append(dict(each))
        elif room > 0:
            room -= 1
            found.append(dict(each))
    return found
