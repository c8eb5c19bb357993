"""What was pending of two histories becomes what is pending of one person. What comes from the other id keeps it: its decisions are known by it."""

from collections.abc import Mapping
from typing import NamedTuple

from msgspec.structs import replace

from udfs.core.profile import dedup
from udfs.core.profile.bounds import MAX_KEYS
from udfs.core.profile.due import Armed, Deferred, Due, Recheck, Step, is_too_much, too_many
from udfs.core.profile.state import Entered, Profile
from udfs.core.values.chance import fingerprint, fingerprints
from udfs.core.values.ids import folded


class Pending(NamedTuple):
    """What is no longer waited for."""

    gone: list[Deferred]
    """What was deferred, and gives way to another of its kind, or finds no room."""
    dropped: list[str]
    """The campaign of each thing for which there is no room."""


def join(person: Profile, other: Profile, *, other_id: str, carts: Mapping[str, str]) -> Pending:
    """Wait for what both wait for, each thing once. `carts`: ids of carts that have changed. Of two runs of a journey with one entry key, or two
    candidates with one, that which began first goes on. A person gets no extra room for having had many ids."""
    for due in person.due:
        _follow(due, carts)
    gone: list[Deferred] = []
    dropped: list[str] = []
    for due in sorted(other.due, key=lambda each: each.at):
        _follow(due, carts)
        if isinstance(due, Recheck):
            if not any(isinstance(each, Recheck) and each.at <= due.at for each in person.due):
                person.due.append(due)
            continue
        born = due if due.born_as else replace(due, born_as=other_id)
        same = next((each for each in person.due if _is_same(each, born)), None)
        if same is None and not isinstance(born, Armed) and is_too_much(person.due):
            dropped.append(born.campaign)
            gone += [born] if isinstance(born, Deferred) else []
        elif same is None:
            person.due.append(born)
        elif _goes_on(born, same):
            person.due[next(place for place, each in enumerate(person.due) if each is same)] = born
            gone += [same] if isinstance(same, Deferred) else []
        else:
            gone += [born] if isinstance(born, Deferred) else []
    for campaign in {due.campaign for due in other.due if isinstance(due, Armed)}:
        for first in too_many(person.due, campaign):
            person.due.remove(first)
            dropped.append(campaign)
    return Pending(gone, dropped)


def join_entries(person: Profile, other: Profile, carts: Mapping[str, str], *, theirs_stay: bool) -> None:
    """Entries that either has used up are used up, also under the id that a cart has now. `theirs_stay`: where both were assigned a variant, a
    control group or a way, the other history keeps it."""
    for name, theirs in other.entered.items():
        held = person.entered.setdefault(name, Entered())
        held.last, held.judged = max(held.last, theirs.last), max(held.judged, theirs.judged)
        held.keys = _ring(theirs.keys, held.keys)
        held.assigned = {**held.assigned, **theirs.assigned} if theirs_stay else {**theirs.assigned, **held.assigned}
    for before, after in carts.items():
        old, new = fingerprint(folded(before)), fingerprint(folded(after))
        for held in person.entered.values():
            if old != new and dedup.holds(held.keys, old) and not dedup.holds(held.keys, new):
                held.keys = dedup.push(held.keys, new, MAX_KEYS)


def _ring(older: bytes, newer: bytes) -> bytes:
    known = fingerprints(newer)
    return b"".join([*(mark for mark in fingerprints(older) if mark not in known), *known][-MAX_KEYS:])


def _follow(due: Due, carts: Mapping[str, str]) -> None:
    if not isinstance(due, Recheck) and due.cart_id in carts:
        due.cart_id = carts[due.cart_id]


def _is_same(held: Due, due: Due) -> bool:
    """Whether only one of them can be waited for."""
    if isinstance(held, Recheck) or isinstance(due, Recheck) or held.campaign != due.campaign:
        return False
    if isinstance(held, Armed) or isinstance(due, Armed):
        return isinstance(held, Armed) and isinstance(due, Armed) and held.cart_id == due.cart_id and _is_about_one(held, due)
    if _is_run(held) != _is_run(due):
        return False
    if not _is_run(held) and not held.key:
        return False  # it may be entered as often as it is triggered: two orders have two receipts
    return held.key is not None and held.key == due.key


def _is_run(due: Due) -> bool:
    return isinstance(due, Step) or (isinstance(due, Deferred) and bool(due.step))


def _is_about_one(held: Armed, due: Armed) -> bool:
    mine, theirs = held.properties or {}, due.properties or {}
    return not (mine and theirs and any(mine.get(name) != value for name, value in theirs.items()))


def _goes_on(due: Due, held: Due) -> bool:
    """Of two silences the one that began later, for what began it broke the other; of what was entered twice the earlier."""
    if isinstance(due, Armed) and isinstance(held, Armed):
        return (due.start, due.at) > (held.start, held.at)
    assert not isinstance(due, Armed | Recheck)
    assert not isinstance(held, Armed | Recheck)
    return due.origin < held.origin
