"""What happened to messages: a receipt finds its message by the decision's id, and is kept for conditions, caps and suppression."""

from collections.abc import Iterable, Mapping, Sequence, Set
from typing import Any

from udfs.core.profile.state import Message, Profile, Reaction
from udfs.core.records import Event
from udfs.core.values.chance import fingerprint
from udfs.core.values.channels import CHANNELS
from udfs.core.values.durations import DAY

OUTCOMES: Mapping[str, str] = {
    "message_sent": "sent",
    "message_delivered": "delivered",
    "message_bounced": "bounced",
    "message_opened": "opened",
    "message_clicked": "clicked",
    "message_dismissed": "dismissed",
    "message_complained": "complained",
}
"""Event -> the word for it in conditions."""
SOFT = frozenset({"soft", "softbounce", "soft_bounce", "soft bounce", "transient", "temporary"})
"""What senders call a bounce that may pass."""
_CLOSING = frozenset({"bounced", "complained"})
MACHINE = "machine"
"""The property of a receipt that says that no person did it: a mail server that opened a message to look for harm."""
_BY_MACHINE = frozenset({"opened", "clicked"})
CONVERTED = "converted"
"""What a message has among its outcomes while a conversion is credited to it, as the last of the customer's messages before it."""
REACTIONS = ("dismissed", "complained", "bounced", "opened", "clicked")
"""The words that suppression may count."""
MAX_REACTIONS = 64
"""Of each kind: opening many messages must not push out the dismissals that suppression counts."""
MAX_SUPPRESSION = 60 * DAY
"""No rule of suppression may look back, or rest, longer."""
REACTIONS_FOR = 2 * MAX_SUPPRESSION + DAY


def take(profile: Profile, event: Event, known: Set[str]) -> None:
    """Take in a receipt. What it says counts once a message, at the first time; a hard bounce gives the place under a cap back. Any other takes it
    again of a message that was recalled: it went out all the same. What a machine opened or clicked nobody has read.

    `known`: the channels that there are. A bounce by any other closes all of them, and so no invented name is ever remembered.
    """
    word = OUTCOMES[event.name]
    messages = profile.messages
    message = message_of(messages, event.properties)
    if is_soft(word, event):
        return
    for channel in _channels(word, event, messages, message, known):
        _reach(profile, word, channel, event.at)
    if message is None:
        return
    if word == "bounced":
        message.failed = True
    elif message.failed and "bounced" not in message.outcomes:
        message.failed = False
    if is_by_machine(word, event):
        profile.messages = messages
        return
    if word in message.outcomes:
        return
    message.outcomes[word] = event.at
    profile.messages = messages
    if word in REACTIONS:
        reactions = [reaction for reaction in profile.reactions if reaction.at > event.at - REACTIONS_FOR]
        alike = [reaction for reaction in reactions if reaction.kind == word]
        if len(alike) >= MAX_REACTIONS:
            reactions.remove(alike[0])
        profile.reactions = [*reactions, Reaction(event.at, word, message.channel, message.campaign, message.tags)]


def give_back(profile: Profile, decision_ids: Iterable[str]) -> None:
    """Messages that were recalled take no place under a cap."""
    marks, messages = {fingerprint(each) for each in decision_ids}, profile.messages
    for message in messages:
        if message.mark in marks:
            message.failed = True
    profile.messages = messages


def credited(profile: Profile, decision_id: str, at: int | None) -> None:
    """A conversion is credited to a message, or (None) none is any more: it was paid back, or is another message's."""
    mark, messages = fingerprint(decision_id), profile.messages
    for message in messages:
        if message.mark == mark and not message.in_holdout and message.outcomes.get(CONVERTED) != at:
            if at is None:
                del message.outcomes[CONVERTED]
            else:
                message.outcomes[CONVERTED] = at
            profile.messages = messages
            return


def closed_by(profile: Profile, event: Event, known: Set[str]) -> Set[str]:
    """The channels by which nothing arrives any more, as a bounce or a complaint says; none for any other receipt."""
    word, messages = OUTCOMES[event.name], profile.messages
    if word not in _CLOSING or is_soft(word, event):
        return frozenset()
    return _channels(word, event, messages, message_of(messages, event.properties), known)


def is_soft(word: str, event: Event) -> bool:
    """Whether a bounce is one that may pass: it says nothing of the address."""
    return word == "bounced" and str(event.properties.get("bounce_type")).strip().lower() in SOFT


def is_by_machine(word: str, event: Event) -> bool:
    """Whether no person did what a receipt tells."""
    return word in _BY_MACHINE and event.properties.get(MACHINE) is True


def _channels(word: str, event: Event, messages: Sequence[Message], message: Message | None, known: Set[str]) -> Set[str]:
    """Those that a receipt is about: that of its message, else its own. What closes channels and names none closes e-mail where an address is
    reported, else all by which anything went out, and all that there are where nothing is known to have gone out. An id that nobody knows, of a
    message long forgotten or of another sender, says no channel."""
    told = event.properties.get("channel")
    channel = message.channel if message else told.strip().lower() if isinstance(told, str) else ""
    if channel in known or message:
        return {channel}
    if word not in _CLOSING:
        return frozenset()
    if any(isinstance(place.get("email"), str) for place in (event.properties, event.traits)):
        return {"email"}  # the address itself says by which channel
    return {sent.channel for sent in messages if not sent.in_holdout} or {*CHANNELS, *known}


def message_of(messages: Sequence[Message], properties: Mapping[str, Any]) -> Message | None:
    """The message that a receipt is about."""
    decision_id = properties.get("decision_id")
    if not decision_id:
        return None
    mark = fingerprint(str(decision_id))
    return next((message for message in reversed(messages) if message.mark == mark and not message.in_holdout), None)


def _reach(profile: Profile, word: str, channel: str, at: int) -> None:
    if word in _CLOSING:
        profile.unreachable[channel] = max(at, profile.unreachable.get(channel, at))
    elif word == "delivered" and profile.unreachable.get(channel, at) < at:
        del profile.unreachable[channel]
