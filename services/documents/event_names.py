"""Names of events in campaigns and features: misspelt ones, other trackers' names, and exits that nobody ever sends.

A trigger with a wrong name never fires, which shows. An exit with a wrong name never stops anything, which nobody sees until a customer who has
paid is asked to pay: so it is refused, unless the campaign says under `custom_events` that its trackers send it.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Literal, NamedTuple

from services.documents.files import CampaignFile
from services.documents.findings import Finding
from udfs.codecs.catalogue import catalogue
from udfs.codecs.mappings import senders
from udfs.core.profile.sessions import VISIT_STARTED
from udfs.core.values.problems import Path, did_you_mean, short

NEAR = 0.85
"""From this likeness on a name counts as misspelt."""
_SEEN = re.compile(r"\bseen\(\s*[\"']([^\"']+)[\"']")

Role = Literal["begins", "stops", "awaits", "asks"]
_FOR_NOTHING: Mapping[Role, str] = {"stops": "stops nothing", "awaits": "waits in vain"}
"""What a step or an exit does that names an event which never comes."""


class Named(NamedTuple):
    """An event's name in a document: where, what it does there, and how far into the value it stands."""

    path: Path
    name: str
    role: Role
    offset: int | None = None


def names_of(document: Mapping[str, Any]) -> Iterator[Named]:
    """Every event that a campaign, or a set of features or segments, names."""
    trigger = document.get("trigger")
    if isinstance(trigger, Mapping):
        for key, role in (("event", "begins"), ("since", "begins"), ("unless", "stops")):
            yield from _listed(("trigger", key), trigger.get(key), role)  # type: ignore[arg-type]
    goal = document.get("goal")
    if isinstance(goal, Mapping):
        yield from _listed(("goal", "event"), goal.get("event"), "asks")
    yield from _of_steps(("steps",), document.get("steps"))
    for at, feature in enumerate(_list(document.get("features"))):
        if isinstance(feature, Mapping):
            yield from _listed(("features", at, "event"), feature.get("event"), "begins")
    yield from _asked((), document)


def refused_exits(file: CampaignFile, files: Sequence[CampaignFile]) -> list[Finding]:
    """Events that should stop something and that nobody sends."""
    if file.kind != "campaign":
        return []
    confirmed, elsewhere = _confirmed(file.document), _begun(files)
    found = []
    for path, name, role, _ in names_of(file.document):
        if role not in {"stops", "awaits"} or name in confirmed or name in catalogue().events:
            continue
        other = senders().meaning(name, "")
        near = did_you_mean(name, catalogue().events, cutoff=NEAR)
        if other is not None:
            message, hint = f"{name} arrives as {other.event}, so this {_FOR_NOTHING[role]}", f"write {other.event}"
        elif near or name not in elsewhere:
            message = f"the catalogue has no event '{short(name)}': if nobody sends it, this {_FOR_NOTHING[role]}"
            hint = f"{near + ' ' if near else ''}If your trackers send it, say so in the campaign: custom_events: [{short(name)}]"
        else:
            continue
        found.append(file.source.finding(path, message, suggestion=hint))
    return found


def meant_by(name: str) -> str | None:
    """What was probably meant by the name of an event that arrived and that the catalogue does not have, as a hint."""
    return None if name in catalogue().events else did_you_mean(name, catalogue().events, cutoff=NEAR)


def waited_for(document: Mapping[str, Any]) -> set[str]:
    """Names that a document knows: what it waits for or asks about, and what it says that trackers send."""
    return {each.name for each in names_of(document)} | _confirmed(document)


def doubtful_names(file: CampaignFile) -> list[Finding]:
    """Events that begin something or are asked about, and whose names look misspelt or are those of other trackers."""
    confirmed, known = _confirmed(file.document), catalogue().events
    found: dict[tuple[Path, str], Finding] = {}
    for path, name, role, offset in names_of(file.document):
        if role in _FOR_NOTHING or name in confirmed or name in known or (name == VISIT_STARTED and file.kind == "features"):
            continue
        other = senders().meaning(name, "")
        near = did_you_mean(name, known, cutoff=NEAR)
        if name == VISIT_STARTED:
            message, hint = (
                f"{name} is for features: no such event arrives",
                "write when: session.events == 1, with event: [page, screen, product_viewed]",
            )
        elif other is not None:
            message, hint = f"events called {name} arrive as {other.event}, so nothing here ever hears of one", f"write {other.event}"
        elif near:
            message = f"the catalogue has no event '{short(name)}'"
            hint = f"{near} If your trackers do send it, say so: custom_events: [{short(name)}]" if file.kind == "campaign" else near
        else:
            continue
        found[(path, name)] = file.source.finding(path, message, suggestion=hint, offset=offset)
    return list(found.values())


def _begun(files: Sequence[CampaignFile]) -> set[str]:
    """Events that other things begin with: who names a wrong one there notices."""
    return {each.name for file in files for each in names_of(file.document) if each.role == "begins"}


def _confirmed(document: Mapping[str, Any]) -> set[str]:
    return {name for _, name, _, _ in _listed((), document.get("custom_events"), "begins")}


def _of_steps(path: Path, steps: Any) -> Iterator[Named]:
    for at, step in enumerate(_list(steps)):
        if not isinstance(step, Mapping):
            continue
        yield from _listed((*path, at, "leave_on"), step.get("leave_on"), "stops")
        yield from _listed((*path, at, "wait_for"), step.get("wait_for"), "awaits")
        for holder, inside in (((*path, at), step), ((*path, at, "branch"), step.get("branch"))):
            for way in ("then", "else"):
                yield from _of_steps((*holder, way), inside.get(way) if isinstance(inside, Mapping) else None)
        split = step.get("split")
        for name, way in split.items() if isinstance(split, Mapping) else ():
            yield from _of_steps((*path, at, "split", str(name), "then"), way.get("then") if isinstance(way, Mapping) else None)


def _listed(path: Path, found: Any, role: Role) -> Iterator[Named]:
    """One name or a list; each may stand in a mapping with what else has to be the same: {event: …, same: …}."""
    if isinstance(found, str):
        yield Named(path, found, role)
    elif isinstance(found, Mapping):
        yield from _listed((*path, "event"), found.get("event"), role)
    elif isinstance(found, list):
        for at, each in enumerate(found):
            if not isinstance(each, list):
                yield from _listed((*path, at), each, role)


def _asked(path: Path, value: Any) -> Iterator[Named]:
    if isinstance(value, str):
        yield from (Named(path, match[1], "asks", match.start(1)) for match in _SEEN.finditer(value))
    elif isinstance(value, (Mapping, list)):
        for key, inner in value.items() if isinstance(value, Mapping) else enumerate(value):
            if key not in {"templates", "content", "description"}:
                yield from _asked((*path, key), inner)


def _list(found: Any) -> list[Any]:
    return found if isinstance(found, list) else []
