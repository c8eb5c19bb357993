"""What was said to somebody and what they said to it: messages take the union, so that no cap is exceeded; of words on consent the latest counts."""

from collections.abc import Set

from udfs.core.policy import consent, reach
from udfs.core.policy.consent import Known
from udfs.core.profile import exited, interests, packed
from udfs.core.profile.bounds import MAX_MESSAGES, MAX_UNDERWAY, has_room
from udfs.core.profile.receipts import MAX_REACTIONS, REACTIONS
from udfs.core.profile.state import Message, Profile, Reaction
from udfs.core.profile.stub import mark_of
from udfs.core.values.names import read


def join_messages(person: Profile, other: Profile) -> None:
    """Messages, what is under way, and reactions to them."""
    if other.packed_messages != packed.EMPTY:
        known = {message.mark for message in person.messages if message.mark}
        theirs = [message for message in other.messages if message.mark not in known]
        person.messages = sorted([*theirs, *person.messages], key=_at)[-MAX_MESSAGES:]
    if other.packed_underway != packed.EMPTY:
        on_way = {(each.decision_id, each.attempt): each for each in [*other.underway, *person.underway]}
        person.underway = sorted(on_way.values(), key=lambda each: each.expires)[-MAX_UNDERWAY:]
    if other.reactions:
        together = sorted([*other.reactions, *person.reactions], key=_at)
        kept = [each for kind in REACTIONS for each in [one for one in together if one.kind == kind][-MAX_REACTIONS:]]
        person.reactions = sorted(kept, key=_at)
    if other.packed_exited != packed.EMPTY:
        exits = sorted([*exited.unpack(other.packed_exited), *exited.unpack(person.packed_exited)], key=lambda each: each.at)
        person.packed_exited = packed.packed(exits[-exited.MOST :])


def join_consents(person: Profile, other: Profile, known: Known) -> None:
    """The latest word on each purpose and channel, and on each interest; of two at one instant the denial."""
    for key, word in other.consents.items():
        consent.put(person, key, word, known)
    for subject, said in other.declined.items():
        interests.put(person, subject, said)


def join_reach(person: Profile, other: Profile, channels: Set[str]) -> int:
    """Traits and addresses. Of an address the latest word counts, also that there is none; of every other trait the person's own, since nobody knows
    the time of that. A channel is closed where either history says so, unless the other has a newer address, which is another one.
    Returns how many traits found no room."""
    dropped = 0
    closed: dict[str, int] = {}
    bounced: dict[str, bytes] = {}
    for one, beside in ((person, other), (other, person)):
        for channel, since in one.unreachable.items():
            trait = reach.ADDRESS.get(channel, "")
            mark = one.bounced.get(channel) or (mark_of(one.traits[trait]) if trait in one.traits else b"")
            elsewhere = beside.traits.get(trait)
            is_open = elsewhere is not None and channel not in beside.unreachable and mark_of(elsewhere) != mark
            if not (is_open and beside.addressed.get(trait, 0) > since):
                closed[channel] = max(since, closed.get(channel, since))
                if channel in one.bounced:
                    bounced[channel] = one.bounced[channel]
    for trait, value in other.traits.items():
        if reach.is_address(trait):
            if (trait not in person.traits and person.addressed.get(trait, -1) < other.addressed.get(trait, 0)) or other.addressed.get(
                trait, 0
            ) > person.addressed.get(trait, 0):
                person.traits[trait] = value
        elif not (has_room(person.traits, trait) or reach.is_needed(trait, channels)):
            dropped += 1
        elif value is False and trait.endswith("_reachable"):
            person.traits[trait] = False
        elif read(person.traits, trait) is None:
            person.traits[trait] = value
    for trait, at in other.addressed.items():
        if trait not in other.traits and at > person.addressed.get(trait, 0):
            person.traits.pop(trait, None)
        person.addressed[trait] = max(at, person.addressed.get(trait, at))
    person.unreachable, person.bounced = closed, bounced
    return dropped


def _at(each: Message | Reaction) -> int:
    return each.at
