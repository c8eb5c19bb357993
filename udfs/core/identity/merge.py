"""Two histories of one person become one profile. Pure; docs/identity.md says what is equal to one history in order of time, and what is not.

The order of the parts matters: what both have counted of an order is taken back before sums are added, and carts are joined before what is pending of
them.
"""

from collections.abc import Mapping
from typing import NamedTuple

from udfs.core.campaigns.book import Book
from udfs.core.features.features import FeatureSet
from udfs.core.identity import carts, contact, due, orders
from udfs.core.policy.consent import Known
from udfs.core.profile import dedup, viewed, windows
from udfs.core.profile.bounds import MAX_BOUGHT, MAX_SEEN
from udfs.core.profile.due import Deferred, Waiting
from udfs.core.profile.identity import NOBODY_ELSE, Identity
from udfs.core.profile.sessions import GAP
from udfs.core.profile.state import Profile, Session
from udfs.core.profile.wanted import MAX_WANTED
from udfs.core.values.chance import fingerprints

MAX_LINKED = 32
"""Ids that are remembered of one person; the oldest give way, and their carts without a name count as named."""


class Merged(NamedTuple):
    """The result besides the profile."""

    gone: list[Deferred]
    """What was deferred and will not come back: another of its kind goes on, or there is no room for it."""
    dropped: list[str]
    """The campaign of each thing that is not waited for, for want of room."""
    traits_dropped: int
    """Traits that are not kept, for want of room."""


def merge(person: Profile, other: Profile, book: Book, *, user_id: str, other_id: str, at: int) -> Merged:
    """Take another history of the same person into her profile, in place. `at`: record time of the link. The other profile is used up."""
    is_new = not person.born
    remember_link(person, other_id, at, others=(other.identity or NOBODY_ELSE).linked)
    theirs_stay = _assignments(person, other, user_id=user_id, other_id=other_id, is_new=is_new)
    now = max(person.now, other.now)
    retold = orders.retold(person, other)
    orders.join(person, other, book.features.standing, book.policy.currency)
    _features(person, other, book.features, now)
    renamed = carts.join(person, other, user_id=user_id, other_id=other_id, retold=retold)
    pending = due.join(person, other, other_id=other_id, carts=renamed)
    due.join_entries(person, other, renamed, theirs_stay=theirs_stay)
    contact.join_messages(person, other)
    contact.join_consents(person, other, Known(book.known_purposes, book.known_channels))
    traits_dropped = contact.join_reach(person, other, book.known_channels)
    if other.measured is not None:
        last = max(other.measured.closes, person.measured.closes if person.measured is not None else 0)
        windows.keep(person, windows.merged(windows.held(person), windows.held(other)), settled=last)
    _visits(person, other)
    _surroundings(person, other, is_later=is_new or other.now > person.now)
    person.anonymous = other.anonymous if is_new else person.anonymous and other.anonymous
    person.ids = _interleaved(person.ids, other.ids)
    person.born = min(person.born, other.born) if person.born and other.born else person.born or other.born
    person.now, person.clock, person.active = now, max(person.clock, other.clock), max(person.active, other.active)
    return Merged(pending.gone, pending.dropped, traits_dropped)


def remember_link(person: Profile, other_id: str, at: int, *, others: Mapping[str, int] = NOBODY_ELSE.linked) -> None:
    """An id is this person's from now on. `others`: those that were its own."""
    mine = person.identity or NOBODY_ELSE
    linked = {**others, **mine.linked, other_id: at}
    person.identity = Identity(dict([*linked.items()][-MAX_LINKED:]), mine.lot, mine.lots)


def join_kept(held: bytes | None, other: bytes) -> bytes | None:
    """The ids of 72 hours of both, oldest first; None: they stay as they are."""
    return dedup.joined(held or b"", other) if other else None


def _assignments(person: Profile, other: Profile, *, user_id: str, other_id: str, is_new: bool) -> bool:
    """Who was assigned first stays assigned: chance goes on drawing by the id of the history that was. Where both were, that is the older one, except
    for campaigns that only the younger has had. Returns whether that is the other history."""
    identity, before = person.identity or Identity(), other.identity or NOBODY_ELSE
    ours, theirs = identity.lot or user_id, before.lot or other_id
    our_names, their_names = _assigned(person), _assigned(other)
    is_theirs = is_new or (bool(their_names) and (not our_names or other.born < person.born))
    first, then = (theirs, ours) if is_theirs else (ours, theirs)
    first_names, then_names = (their_names, our_names) if is_theirs else (our_names, their_names)
    first_lots, then_lots = (before.lots, identity.lots) if is_theirs else (identity.lots, before.lots)
    lots = {name: then_lots.get(name, then) for name in then_names - first_names} | {name: first_lots[name] for name in first_lots}
    identity.lot = "" if first == user_id else first
    identity.lots = {name: lot for name, lot in lots.items() if lot != first}
    return is_theirs


def _assigned(profile: Profile) -> set[str]:
    """The campaigns that have acted, or would have but for a holdout, and those of which a variant that was drawn is still to act."""
    acted = {name.removeprefix("~") for name, entered in profile.entered.items() if entered.last}
    return acted | {due.campaign for due in profile.due if isinstance(due, Waiting | Deferred)}


def _features(person: Profile, other: Profile, declared: FeatureSet, now: int) -> None:
    """What is not declared any more is not counted any more, so it is not added up either."""
    held = person.features
    for key, state in other.features.items():
        mine, aggregate = held.get(key), declared.aggregates.get(key)
        if mine is None:
            held[key] = state
        elif state is not None and aggregate is not None:
            held[key] = aggregate.merge(mine, state, now)


def _visits(person: Profile, other: Profile) -> None:
    person.session = _session(person.session, other.session)
    for name, at in other.seen.items():
        person.seen[name] = max(at, person.seen.get(name, at))
    for name in sorted(person.seen, key=person.seen.__getitem__)[: max(0, len(person.seen) - MAX_SEEN)]:
        del person.seen[name]
    person.browsed = max(person.browsed, other.browsed)
    person.packed_viewed = viewed.pack(viewed.latest([*viewed.opened(other.packed_viewed), *viewed.opened(person.packed_viewed)]))
    person.wanted = sorted({*other.wanted, *person.wanted}, key=lambda each: (each[2], each))[-MAX_WANTED:]
    person.bought = viewed.latest([*other.bought, *person.bought])[-MAX_BOUGHT:]


def _session(mine: Session | None, theirs: Session | None) -> Session | None:
    """Visits without half an hour between them are one visit."""
    if mine is None or theirs is None:
        return mine or theirs
    first, last = sorted((mine, theirs), key=lambda each: (each.last, each.started))
    number, longest = first.number + last.number, max(first.longest, last.longest)
    if last.started - first.last > GAP:
        return Session(last.started, last.last, last.events, last.product_views, number, max(longest, first.last - first.started))
    started = min(first.started, last.started)
    return Session(started, last.last, first.events + last.events, first.product_views + last.product_views, number - 1, longest)


def _surroundings(person: Profile, other: Profile, *, is_later: bool) -> None:
    """Where somebody is, as whoever spoke last says; segments as they stand, to be asked again; scores by the latest answer."""
    if other.zone and (is_later or not person.zone):
        person.zone = other.zone
    if other.locale and (is_later or not person.locale):
        person.locale = other.locale
    if other.group and (is_later or not person.group):
        person.group = other.group
    for name, scored in other.scores.items():
        held = person.scores.get(name)
        if held is None or held.at < scored.at:
            person.scores[name] = scored
    for name, since in other.segments.items():
        person.segments[name] = min(since, person.segments.get(name, since))


def _interleaved(mine: bytes, theirs: bytes) -> bytes:
    """The latest ids of both, until the next one is remembered: then half of the places are of either."""
    ours, others = (fingerprints(ring)[::-1] for ring in (mine, theirs))
    pairs = [mark for pair in zip(ours, others, strict=False) for mark in pair]
    rest = ours[len(others) :] + others[len(ours) :]
    return b"".join(reversed(list(dict.fromkeys(pairs + rest))))
