"""Exits that were read before what they end: a trigger that comes late finds that it is over already.

Of every event the latest time is known (`seen`), which will do for exits that end everything. Of those that end one thing only (`same`) the latest
are kept with fingerprints of what they were about, and only where some campaign compares them.
"""

from collections.abc import Collection, Mapping

from udfs.core.campaigns.campaign import Campaign
from udfs.core.campaigns.exits import Exits
from udfs.core.decision import exits
from udfs.core.decision.candidates import Candidate
from udfs.core.decision.turn import Turn
from udfs.core.policy.case import Closed
from udfs.core.profile import exited
from udfs.core.profile.carts import CLOSING
from udfs.core.profile.state import Profile
from udfs.core.records import Event, Reason
from udfs.core.values.chance import fingerprint
from udfs.core.values.names import read


def keep(profile: Profile, event: Event, compared: Collection[str]) -> None:
    """Remember an exit with the properties that campaigns compare. One that does not say which one it is about is about all."""
    properties = exits.own(event)
    about = {name: _mark(value) for name in compared if exits.says(value := read(properties, name))}
    profile.packed_exited = exited.with_one_more(profile.packed_exited, exited.Exited(event.name, event.at, about), now=profile.now)


def ended_by(profile: Profile, declared: Exits, *, start: int, properties: exits.Properties | None, began: Collection[str]) -> str | None:
    """The first of these exits that has been seen, and happened when what began at `start` had begun; None: none has. Of two at the same instant
    nobody knows the order, so the exit counts; `began`: the events that are that beginning themselves, of which only a later one does.

    What the shop states of this very thing (a cancellation, with the id of this order) may be a little older by its clock, as in `exits.counts`."""
    held: list[exited.Exited] | None = None
    for name, same in declared.items():
        least = start + (name in began)
        near = least - exits.TOLERANCE + 1 if same and name not in began and exits.always_counts(name) else least
        if profile.seen.get(name, -1) < near:
            continue
        if not same:
            return name
        held = exited.unpack(profile.packed_exited) if held is None else held
        for each in held:
            if each.name != name or each.at < near or not _is_about(each.about, properties, same):
                continue
            if each.at >= least or all(key in each.about and exits.says(read(properties or {}, key)) for key in same):
                return name
    return None


def ends_silence(campaign: Campaign, profile: Profile, event: Event, start: int) -> bool:
    """Whether a silence, or a time since an event, that begins at `start` is over before it begins. Orders speak to carts themselves."""
    declared = campaign.trigger.unless
    if not declared:
        return False
    if campaign.trigger.of == "cart":
        declared = {name: same for name, same in declared.items() if name not in CLOSING}
    return ended_by(profile, declared, start=start, properties=event.properties, began=(event.name,)) is not None


def closed(turn: Turn, candidate: Candidate) -> Closed | None:
    """That a candidate which an event has just made is over already; None: it is not. What waited, or fell due, was ended by its exit itself."""
    trigger = candidate.campaign.trigger
    if not trigger.unless or candidate.event_id is None or candidate.attempt or candidate.step or candidate.variant is not None:
        return None
    began = trigger.events or trigger.unless  # into a segment anything may have led, an exit too
    name = ended_by(turn.profile, trigger.unless, start=candidate.start, properties=candidate.properties, began=began)
    return None if name is None else Closed(Reason.EXITED, name, ({"event": name},))


def _is_about(about: Mapping[str, bytes], properties: exits.Properties | None, same: Collection[str]) -> bool:
    """As `exits.is_about`, by fingerprints."""
    told = properties or {}
    return not any(name in about and exits.says(value := read(told, name)) and about[name] != _mark(value) for name in same)


def _mark(value: object) -> bytes:
    return fingerprint(exits.folded(value))
