"""The way of a run through its journey to a send: the steps before it, and the side that it took at each branch.

A decision names its message, not its step. If a message is sent in several places, the decision's id says which one it was, provided that
the journey has no entry key and its event came without a source. Otherwise it may be any of them.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from services.explain.decision_log import Json
from udfs.core.campaigns.exits import in_words
from udfs.core.values import chance

SIDES = {"then": "held", "else": "did not hold"}
WAYS = {"then": "came", "else": "did not come"}


@dataclass(frozen=True, kw_only=True)
class Stage:
    """A step on the way, in words, and what would have stopped the run there (`left come while it waited 1h`)."""

    told: str
    stops: tuple[str, ...] = ()
    waits: bool = False


@dataclass(frozen=True, kw_only=True)
class Way:
    """From a journey's beginning to one of its sends."""

    place: str
    message: str
    stages: tuple[Stage, ...]

    @property
    def waits(self) -> bool:
        """Whether time passed on the way."""
        return any(stage.waits for stage in self.stages)

    @property
    def stops(self) -> list[str]:
        """Everything that would have ended the run or led it elsewhere."""
        return [stop for stage in self.stages for stop in stage.stops]

    def __str__(self) -> str:
        return " → ".join([*(stage.told for stage in self.stages), f"send {self.message}"])


def ways(document: Mapping[str, Any], decision: Json) -> list[Way]:
    """All ways to the message of a decision, or only the one that it took, if that is known. Empty without the journey's document."""
    found = [way for way in _walk(document.get("steps"), "", ()) if way.message == decision.get("variant")]
    wanted, user, trigger = decision["decision_id"], str(decision["user_id"]), decision.get("trigger_event_id")
    sure = [way for way in found if chance.decision_id(user, str(decision["campaign"]), "", f"{trigger}\x1f{way.place}") == wanted]
    return sure or found


def way_in_words(document: Mapping[str, Any], decision: Json) -> list[str]:
    """The way in words, a line each if it may be any of several."""
    found = ways(document, decision)
    if len(found) < 2:
        return [str(way) for way in found]
    return [f"{decision['variant']} is sent in {len(found)} places, and this may be any of them", *(f"at {way.place}: {way}" for way in found)]


def _walk(steps: Any, number: str, before: tuple[Stage, ...]) -> Iterator[Way]:
    """Every send in a list of steps, with the steps before it. Places are numbered as the engine numbers them."""
    for position, step in enumerate(steps or []):
        if "send" in step:
            for message in _messages(step):
                yield Way(place=str(step.get("id") or f"{number}{position}"), message=message, stages=before)
        for side, came in WAYS.items() if "wait_for" in step else ():
            awaited = _either(step["wait_for"])
            taken = Stage(told=f"{awaited} {came} within {step['at_most']}", stops=(f"it had been otherwise with {awaited}",), waits=True)
            yield from _walk(step.get(side), f"{number}{position}.{side}.", (*before, taken))
        for side, held in SIDES.items() if "branch" in step else ():
            condition = str(step["branch"]["when"])
            other = "not held" if side == "then" else "held"
            taken = Stage(told=f"`{condition}` {held}", stops=(f"`{condition}` {other} at that branch",))
            yield from _walk(step["branch"].get(side), f"{number}{position}.{side}.", (*before, taken))
        for name, way in step["split"].items() if "split" in step else ():
            who = "the bandit" if "choose" in step else "chance"
            drawn = Stage(told=f"{who} drew {name} of {step['id']}", stops=(f"{who} had drawn another way of {step['id']}",))
            yield from _walk(way.get("then"), f"{number}{position}.{name}.", (*before, drawn))
        before = (*before, _passed(step))


def _messages(step: Mapping[str, Any]) -> list[str]:
    """The message of a send, or those of which a bandit chooses one."""
    told = step["send"]
    return [str(each) for each in told] if isinstance(told, list) else [str(told)]


def _passed(step: Mapping[str, Any]) -> Stage:
    """A step that the run has passed. At a branch it may have gone either way, since both lead on."""
    if "send" in step:
        return Stage(told=f"send {' or '.join(_messages(step))}")
    if any(kind in step for kind in ("wait", "wait_until", "wait_for")):
        leave, how = _either(step.get("leave_on")), _waited(step)
        told = how + (f" ({leave} would have ended it there)" if leave else "")
        return Stage(told=told, stops=(f"{leave} come while it waited {how.removeprefix('wait ')}",) if leave else (), waits=True)
    if "split" in step:
        drawn = [(f"if chance drew {name}", [_passed(each) for each in way.get("then") or []]) for name, way in step["split"].items()]
        return _either_way(f"any way of {step['id']}", drawn)
    sides = {side: [_passed(each) for each in step["branch"].get(side) or []] for side in SIDES}
    found = [(f"if `{step['branch']['when']}` {SIDES[side]}", stages) for side, stages in sides.items()]
    return _either_way("either way of a branch", found)


def _either_way(told: str, found: Sequence[tuple[str, Sequence[Stage]]]) -> Stage:
    """One of several ways, nobody knows which."""
    return Stage(
        told=f"{told} ({'; '.join(f'{on}: {_chain(stages)}' for on, stages in found)})",
        stops=tuple(f"{stop} ({on})" for on, stages in found for stage in stages for stop in stage.stops),
        waits=any(stage.waits for _, stages in found for stage in stages),
    )


def _waited(step: Mapping[str, Any]) -> str:
    if "wait_for" in step:
        return f"wait for {_either(step['wait_for'])}, at most {step['at_most']}"
    if "wait_until" in step:
        before = f"{step['before']} before " if "before" in step else ""
        return f"wait until {before}{step['wait_until']}"
    return f"wait {step['wait']}"


def _chain(stages: Sequence[Stage]) -> str:
    return " → ".join(stage.told for stage in stages) or "nothing"


def _either(events: Any) -> str:
    return " or ".join(in_words(events))
