"""Reads the `steps` of a campaign into a Program; every problem is noted where it is."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from udfs.core.campaigns.exits import Exits, held_against, joined
from udfs.core.campaigns.language.reader import CampaignReader
from udfs.core.campaigns.language.shape import BRANCH, MAX_STEPS, SPLIT
from udfs.core.campaigns.language.shape import STEP_KINDS as KINDS
from udfs.core.campaigns.language.variants import read_weight
from udfs.core.campaigns.language.waits import read_until, read_wait
from udfs.core.campaigns.steps import Branch, Program, Send, Split, Step, Wait
from udfs.core.values import chance
from udfs.core.values.problems import did_you_mean, shown
from udfs.core.values.shapes import keys

Path = tuple[str | int, ...]

STEPS = (
    "a step is one of {send: a-message}, {wait: 2d}, {wait_for: [an_event], at_most: 2d, then: […], else: […]}, "
    '{wait_until: "tuesday 10:00"}, {branch: {when: …, then: […], else: […]}} and {split: {one: {then: […]}, other: {then: […]}}, id: …}'
)
MAX_DEPTH = 3
_ID = re.compile(r"[a-z][a-z0-9]*([-_][a-z0-9]+)*")


def read_steps(reader: CampaignReader, document: Mapping[str, Any]) -> Program | None:
    """The program of a document's steps; None when it has none."""
    if "steps" not in document:
        return None
    steps = _Steps(reader, document)
    start = steps.block(("steps",), document["steps"], number="", then=None, depth=0)
    if steps.taken > MAX_STEPS:
        reader.refuse(("steps",), f"a journey has at most {MAX_STEPS} steps, this one {steps.taken}")
    for message in steps.messages:
        if message not in steps.sent:
            reader.refuse(("variants", message), f"no step sends {message!r}", "add it to a step: {send: " + message + "}, or take it out")
    found = steps.found
    waits = [step for step in found.values() if isinstance(step, Wait)]
    exits, awaited = [wait.leave_on for wait in waits], [wait.awaited for wait in waits]
    return Program(start, found, _first(found, start), joined(exits), joined(awaited), held_against(*exits, *awaited), _chosen(reader, found))


def _chosen(reader: CampaignReader, found: Mapping[str, Step]) -> Split | None:
    """The split that is left to the bandit. It has one thing to choose: of two, nobody could say which brought the goal."""
    splits = [step for step in found.values() if isinstance(step, Split) and step.by_bandit]
    if len(splits) > 1 or (splits and any(isinstance(step, Send) and step.among for step in found.values())):
        reader.refuse(("steps",), "a bandit chooses the way of one split, or messages, not both", "write two campaigns, or a split with weights")
    return splits[0] if splits else None


class _Steps:
    def __init__(self, reader: CampaignReader, document: Mapping[str, Any]) -> None:
        self.reader, self.campaign = reader, document.get("campaign")
        variants = document.get("variants")
        self.messages = [str(name) for name in variants] if isinstance(variants, Mapping) else []
        self.way = document.get("choose", "split")
        self.found: dict[str, Step] = {}
        self.sent: set[str] = set()
        self.taken = 0

    def block(self, path: Path, found: Any, *, number: str, then: str | None, depth: int) -> str | None:
        """Read a list of steps from its last to its first; returns the place of the first, `then` when there is none."""
        if not isinstance(found, list) or not found:
            self.reader.refuse(path, "steps are a list, such as [{send: hello}, {wait: 2d}, {send: offer}]")
            return then
        self.taken += len(found)
        if self.taken > MAX_STEPS:
            return then  # said once, by whoever asked for the journey
        for position in reversed(range(len(found))):
            then = self._step((*path, position), found[position], number=f"{number}{position}", then=then, depth=depth)
        return then

    def _step(self, path: Path, found: Any, *, number: str, then: str | None, depth: int) -> str | None:
        reader = self.reader
        kinds = [kind for kind in KINDS if kind in found] if isinstance(found, Mapping) else []
        if len(kinds) != 1:
            hint = next((near for key in found if (near := did_you_mean(str(key), KINDS))), None) if isinstance(found, Mapping) else None
            reader.refuse(path, STEPS, hint)
            return then
        (kind,) = kinds
        reader.keys(path, found, KINDS[kind], {})
        place = self._place(path, found, number)
        match kind:
            case "send":
                self.found[place] = self._send((*path, "send"), found["send"], place=place, then=then)
            case "wait" | "wait_until":
                lasts = read_wait(reader, path, found) if kind == "wait" else read_until(reader, path, found)
                self.found[place] = Wait(place=place, lasts=lasts, leave_on=self._exits(path, found, "leave_on"), then=then)
            case "wait_for":
                self._wait_for(path, found, place=place, number=number, then=then, depth=depth)
            case "branch":
                self._branch((*path, "branch"), found["branch"], place=place, number=number, then=then, depth=depth)
            case _:
                self._split(path, found, place=place, number=number, then=then, depth=depth)
        return place

    def _exits(self, path: Path, found: Mapping[str, Any], key: str) -> Exits:
        return self.reader.exits((*path, key), found[key]) if key in found else {}

    def _wait_for(self, path: Path, found: Mapping[str, Any], *, place: str, number: str, then: str | None, depth: int) -> None:
        reader = self.reader
        if "at_most" not in found:
            reader.refuse(path, "for how long at most? such as {wait_for: [order_delivered], at_most: 2d}")
            return
        lasts = reader.duration((*path, "at_most"), found["at_most"]) or 1
        ways = self._ways(path, found, number=number, then=then, depth=depth)
        if ways is not None:
            leave_on, awaited = self._exits(path, found, "leave_on"), self._exits(path, found, "wait_for")
            self.found[place] = Wait(place=place, lasts=lasts, leave_on=leave_on, then=ways["else"], awaited=awaited, met=ways["then"])

    def _ways(self, path: Path, found: Mapping[str, Any], *, number: str, then: str | None, depth: int) -> dict[str, str | None] | None:
        """Where each way begins; one that is not written, or is empty, goes on behind the step. None where steps are nested too deep."""
        if depth >= MAX_DEPTH:
            self.reader.refuse(path, f"steps are at most {MAX_DEPTH} deep: write two campaigns")
            return None
        ways: dict[str, str | None] = {}
        for way in ("else", "then"):
            steps = found.get(way)
            ways[way] = (
                then if steps is None or steps == [] else self.block((*path, way), steps, number=f"{number}.{way}.", then=then, depth=depth + 1)
            )
        return ways

    def _place(self, path: Path, found: Mapping[str, Any], number: str) -> str:
        name = found.get("id")
        if "id" not in found or self.reader.empty((*path, "id"), name, "a name, such as second-try"):
            return number
        if not isinstance(name, str) or not _ID.fullmatch(name):
            self.reader.refuse((*path, "id"), f"{shown(name)} is no id of a step: write lower-case words, such as second-try")
            return number
        if name in self.found:
            self.reader.refuse((*path, "id"), f"two steps are called {name!r}")
            return number  # a step that leads to itself would never end
        return name

    def _send(self, path: Path, told: Any, *, place: str, then: str | None) -> Send:
        """One message, or several of which a bandit chooses."""
        if not isinstance(told, list):
            return Send(place=place, message=self._message(path, told), then=then)
        if len(told) < 2 or len({str(name) for name in told}) < len(told):
            self.reader.refuse(path, "a bandit chooses among two messages or more, each of them written once", "such as send: [points, upsell]")
        if self.way == "split":
            self.reader.refuse(path, "who chooses among these messages?", "add choose: bandit to the campaign, or use a branch")
        among = tuple(self._message((*path, number), name) for number, name in enumerate(told))
        return Send(place=place, message=among[0] if among else "", then=then, among=among)

    def _message(self, path: Path, name: Any) -> str:
        if name not in self.messages:
            known = "the messages are " + ", ".join(self.messages) if self.messages else "write the message under variants"
            self.reader.refuse(path, f"there is no message {shown(name)} among the variants", did_you_mean(str(name), self.messages) or known)
        self.sent.add(str(name))
        return str(name)

    def _branch(self, path: Path, found: Any, *, place: str, number: str, then: str | None, depth: int) -> None:
        reader = self.reader
        if not isinstance(found, Mapping) or "when" not in found or not ("then" in found or "else" in found):
            reader.refuse(path, 'a branch has a condition and a way: {when: opened("hello"), then: [{send: offer}], else: [{send: sms}]}')
            return
        reader.keys(path, found, keys(BRANCH), {})
        when = reader.condition((*path, "when"), found["when"])
        ways = self._ways(path, found, number=number, then=then, depth=depth)
        if when is not None and ways is not None:
            self.found[place] = Branch(place=place, when=when, yes=ways["then"], no=ways["else"])

    def _split(self, path: Path, found: Mapping[str, Any], *, place: str, number: str, then: str | None, depth: int) -> None:
        reader, split, where = self.reader, found["split"], (*path, "split")
        if not isinstance(split, Mapping) or len(split) < 2:
            reader.refuse(where, "a split has two ways or more: {split: {short: {then: [{send: hello}]}, long: {weight: 2, then: […]}}, id: length}")
            return
        if "id" not in found:
            reader.refuse(path, "a split has an id: chance draws by it, so it must stay when steps are added above", "add id: length, for one")
        if depth >= MAX_DEPTH:
            reader.refuse(path, f"steps are at most {MAX_DEPTH} deep: write two campaigns")
            return
        by_bandit = self._by_bandit(path, found)
        ways: dict[str, str | None] = {}
        weights: list[float] = []
        for name, way in split.items():
            here = (*where, str(name))
            if not isinstance(name, str) or not _ID.fullmatch(name):
                reader.refuse(here, f"{shown(name)} is no name of a way: write lower-case words, such as short")
                continue
            if not isinstance(way, Mapping):
                reader.refuse(here, "a way is a mapping, such as {weight: 1, then: [{send: hello}]}")
                continue
            reader.keys(here, way, keys(SPLIT["additionalProperties"]), {})
            steps = way.get("then")
            if by_bandit:
                self._way_of_bandit(here, way)
            ways[name] = (
                then if steps is None or steps == [] else self.block((*here, "then"), steps, number=f"{number}.{name}.", then=then, depth=depth + 1)
            )
            weights.append(read_weight(reader, here, way))
        if ways and len(weights) == len(split):
            if not sum(weights):
                reader.refuse(where, "no way has any weight, so chance has nothing to draw", "give one a weight above 0")
                return
            campaign = str(self.campaign)
            shares = chance.split(weights)
            self.found[place] = Split(
                place=place, campaign=campaign, names=tuple(ways), shares=shares, ways=tuple(ways.values()), by_bandit=by_bandit
            )

    def _by_bandit(self, path: Path, found: Mapping[str, Any]) -> bool:
        """Whether the campaign's bandit draws the way."""
        if "choose" not in found:
            return False
        self.reader.choice((*path, "choose"), found["choose"], ("bandit",), "choose, who draws the way,")
        if self.way == "split":
            self.reader.refuse((*path, "choose"), "how does it learn?", "add choose: bandit to the campaign, and a goal")
        return True

    def _way_of_bandit(self, path: Path, way: Mapping[str, Any]) -> None:
        if "weight" in way:
            self.reader.refuse((*path, "weight"), "weight has no meaning where a bandit chooses", "leave it out, or leave choose out")
        steps = way.get("then")
        if not (isinstance(steps, list) and steps and isinstance(steps[0], Mapping) and "send" in steps[0]):
            why = "a way that a bandit may choose begins with a send: whoever left it before would not be counted"
            self.reader.refuse(path, why, "such as {then: [{send: points}, {wait: 3d}, {send: upsell}]}")


def _first(steps: Mapping[str, Step], start: str | None) -> frozenset[str]:
    """The messages that a run may meet before any other."""
    messages: set[str] = set()
    ahead = [start]
    while ahead:
        match steps.get(ahead.pop() or ""):
            case Send(message=message, among=among):
                messages |= {message, *among}
            case Wait(then=then, met=met):
                ahead += [then, met]
            case Branch(yes=yes, no=no):
                ahead += [yes, no]
            case Split(ways=ways):
                ahead += ways
    return frozenset(messages)
