"""Consent by purpose and channel: what customers said, when, and whether it still holds. docs/policy.md has the rules in words.

A word about one channel goes before a word about all of them, unless a later one withdraws them all; the latest word counts, and of two
at one instant the denial. Kept under `purpose` and `purpose/channel`; the purpose `*` is every one but transactional and storage.
A consent that ends is kept with the word that it covers for a while, with ~ behind its key. The purpose `-` holds who unsubscribed, and when
that was taken back; = before a purpose is a banner's last tick. So no name that an event brings along may contain one of these signs.

What the policy and the campaigns name is never forgotten. Of other purposes, which anybody can make up, a bounded number is remembered;
where a denial gives way to more of them, all purposes of that kind are denied from then on (`~`), so that none is lost.
"""

import re
from collections.abc import Mapping, Set
from typing import Any, NamedTuple

from udfs.core.policy.case import Case, Closed
from udfs.core.policy.consent_words import ALL, EVERY, MAX_WORD, NOBODY, end_of, is_unreadable, safe, ticked, told, words
from udfs.core.policy.rules import MARKETING, STORAGE, TRANSACTIONAL, ConsentRules
from udfs.core.profile.receipts import message_of
from udfs.core.profile.state import Consent, Profile
from udfs.core.records import Event, Facts, Reason
from udfs.core.values.durations import MINUTE
from udfs.core.values.instants import in_utc

_LEFT, _TICK, _ENDING = "-", "=", "~"
_NO_PURPOSE = frozenset({_LEFT, _TICK, _ENDING})
_OTHERS = _ENDING
"""The purposes of which a denial was not kept for want of room: all that neither the policy nor a banner's categories name."""
MAX_CONSENTS = 64
"""Words kept of one customer about purposes and channels that nothing knows: grants give way first, then what a banner denies."""
CLOCKS_DIFFER = 5 * MINUTE
"""How far two right clocks are apart at most."""
_DENYING = frozenset({"consent_withdrawn", "unsubscribed", "message_complained"})
SPOKEN = frozenset({"consent_given", "subscribed"}) | _DENYING


_WORDS = re.compile(r"[^\W\d_]+")
_OF_MESSAGES = frozenset(
    {"marketing", "email", "mail", "mailing", "newsletter", "message", "promotion", "promotional", "offer", "advertising", "advert", "sms", "push"}
)


class Known(NamedTuple):
    """What there is, about which nothing is forgotten."""

    purposes: Set[str]
    """Of the policy, of banners' categories and of campaigns."""
    channels: Set[str]


def speaks(event: Event) -> bool:
    """Whether an event says anything about consent; most do not."""
    return event.name in SPOKEN or "consent" in event.context or "consentManagement" in event.context


def denies(profile: Profile, event: Event, rules: ConsentRules) -> bool:
    """Whether an event takes a consent back: by its name, or by a tick of a banner that was another before."""
    return event.name in _DENYING or (speaks(event) and any(not granted for _, granted in _changed(profile, event.context, rules)))


def latest_grant(profile: Profile) -> int | None:
    """When the latest word was said, if it is a grant; None: nothing is granted, or something was denied after it."""
    times: dict[bool, int] = {}
    for word in profile.consents.values():
        times[word.granted] = max(word.at, times.get(word.granted, word.at))
    granted = times.get(True)
    return granted if granted is not None and granted >= times.get(False, granted) else None


def take(profile: Profile, event: Event, rules: ConsentRules, known: Known) -> None:
    """Take in what an event says about consent."""
    if event.name in SPOKEN:
        _spoken(profile, event, rules, known)
    for purpose, granted in _changed(profile, event.context, rules):
        word = Consent(granted, _heard_at(profile, event.at, granted=granted), "context")
        put(profile, _TICK + purpose, word, known)
        put(profile, purpose, word, known)


def ends(profile: Profile, purpose: str, now: int) -> int | None:
    """When the latest consent to a purpose that has an end is over; None: there is none, or it is over."""
    word = profile.consents.get(purpose + _ENDING)
    return word.expires if word is not None and word.expires is not None and word.expires > now else None


def forbids_storage(profile: Profile, now: int, rules: ConsentRules) -> Closed | None:
    """Why nothing may be remembered of this customer, None when it may."""
    if not profile.consents and rules.default(STORAGE):
        return None
    return against(profile, STORAGE, None, now, rules)


def granted(profile: Profile, now: int, rules: ConsentRules) -> list[str]:
    """Purposes (`marketing`) and purposes by channel (`marketing/email`) to which the customer said yes, where that still holds; sorted."""
    found = []
    for key, word in profile.consents.items():
        if word.granted and key[0] not in _NO_PURPOSE and not key.endswith(_ENDING):
            purpose, _, channel = key.partition("/")
            if against(profile, purpose, channel or None, now, rules) is None:
                found.append(key)
    return sorted(found)


def check(case: Case, channel: str | None) -> Closed | None:
    """Whether the customer's consent is missing for the campaign's purpose by this channel."""
    return against(case.profile, case.campaign.purpose, channel, case.now, case.policy.consent)


def against(profile: Profile, purpose: str, channel: str | None, now: int, rules: ConsentRules) -> Closed | None:
    """What forbids `purpose` by `channel` (None: whatever the channel) at `now`, None when it is allowed."""
    if purpose == TRANSACTIONAL:
        return None
    consents = profile.consents
    general = special = None
    if consents:
        general = _latest(consents, purpose, "", now)
        if channel is not None:
            special = _latest(consents, purpose, f"/{channel}", now)
        if general is None and _OTHERS in consents and not rules.names(purpose):
            general = consents[_OTHERS]
        left = consents.get(_LEFT)
        if left is not None and not left.granted and purpose != STORAGE and (general is None or general.granted):
            general = left  # who has left by all channels comes back by subscribing: no banner and no general consent lifts it
    if special is not None:
        if not special.granted:
            return Closed(Reason.UNSUBSCRIBED, f"{channel}: {_said(special)}", _facts(special, channel=channel))
        if general is None or general.granted or special.at > general.at:
            return None
    if general is not None:
        if general.granted:
            return None
        reason = Reason.UNSUBSCRIBED if general.source.startswith("unsubscribed") else Reason.NO_CONSENT
        return Closed(reason, f"{purpose}: {_said(general)}", _facts(general, purpose=purpose))
    if rules.default(purpose):
        return None
    return Closed(Reason.NO_CONSENT, f"{purpose}: never given, and the policy's default is deny", ({"purpose": purpose},))


def _said(word: Consent) -> str:
    return f"denied at {in_utc(word.at)} by {word.source}"


def _facts(word: Consent, **about: str | None) -> Facts:
    """`about`: the channel or the purpose that was denied."""
    return ({**about, "denied_at": word.at, "source": word.source},)


def _latest(consents: Mapping[str, Consent], purpose: str, by: str, now: int) -> Consent | None:
    """The latest word about `purpose` that still holds; at one instant the denial. `by`: /channel, or empty for all channels."""
    latest = None
    for whose, ending in ((_LEFT, ""), (EVERY, ""), (purpose, ""), (purpose, _ENDING)):
        word = consents.get(whose + by + ending)
        if word is None or (word.expires is not None and word.expires <= now):
            continue
        if whose != purpose and (purpose == STORAGE or word.granted):  # storage is not meant; what was taken back does not hold
            continue
        if latest is None or (word.at, not word.granted) > (latest.at, not latest.granted):
            latest = word
    return latest


def _spoken(profile: Profile, event: Event, rules: ConsentRules, known: Known) -> None:
    properties, name = event.properties, event.name
    channels, purposes = words(properties, "channel"), words(properties, "purpose")
    granted = name in {"consent_given", "subscribed"}
    if granted and (channels == [] or purposes == []):
        return  # for something that cannot be read: nobody has agreed to anything; a denial counts for all
    if name in {"consent_given", "consent_withdrawn"}:
        purposes = [rules.categories.get(purpose, purpose) for purpose in purposes or [MARKETING if granted else EVERY]]
        if not granted and any(is_unreadable(purpose) for purpose in told(properties, "purpose")):
            purposes = [EVERY]
        if not granted and any(purpose not in known.purposes and _is_of_messages(purpose, known) for purpose in purposes):
            purposes = [*purposes, EVERY]  # "marketing emails", which no campaign has as its purpose: the denial counts for all of them
        source = str(properties.get("source") or name)[:64]
        word = Consent(granted, _heard_at(profile, event.at, granted=granted), source, end_of(properties, event.at) if granted else None)
    else:
        if not channels and "decision_id" in properties and (message := message_of(profile.messages, properties)) is not None:
            channels = [message.channel]
        if name == "message_complained" and not channels:
            return  # nobody knows by which channel
        purposes = [MARKETING, _LEFT] if granted else [_LEFT]
        word = Consent(granted, _heard_at(profile, event.at, granted=granted), name)
    if not granted and channels and not known.channels >= set(channels):
        channels = None  # one that nobody knows: the denial counts for all of them, never for less than was meant
    for purpose in purposes:
        for key in [f"{purpose}/{channel}" for channel in channels or ()] or [purpose]:
            put(profile, key + _ENDING if word.expires is not None else key, word, known)


def _is_of_messages(purpose: str, known: Known) -> bool:
    """Whether the words of a purpose that nobody uses name messages, and not something else, such as `analytics`."""
    names = {word.removesuffix("s") for word in _WORDS.findall(purpose.casefold())}
    return not names.isdisjoint(_OF_MESSAGES) or not names.isdisjoint(known.channels)


def _heard_at(profile: Profile, at: int, *, granted: bool) -> int:
    """The time of a word. A denial that comes after a grant, by a clock that is a little slower, counts as of the grant's time, and wins."""
    if granted:
        return at
    return max([at, *(word.at for word in profile.consents.values() if word.granted and 0 < word.at - at < CLOCKS_DIFFER)])


def put(profile: Profile, key: str, word: Consent, known: Known) -> None:
    """Keep a word if it is the latest on its purpose and channel; of two at one instant the denial."""
    consents = profile.consents
    held = consents.get(key)
    if held is not None and (held.at > word.at or (held.at == word.at and not held.granted)):
        return
    consents[key] = word
    if len(consents) <= MAX_CONSENTS:
        return
    unknown = [each for each in consents if not _is_known(each, known)]
    if len(unknown) > MAX_CONSENTS:
        out = key if word.granted else min(unknown, key=lambda each: _weight(consents[each]))  # no grant takes the place of another's tick
        lost = consents.pop(out)
        if not lost.granted and not out.startswith(_TICK):
            before = consents.get(_OTHERS)
            consents[_OTHERS] = lost if before is None or before.at < lost.at else before


def _is_known(key: str, known: Known) -> bool:
    """Whether a word is about something that can decide: a purpose that there is, by a channel that there is."""
    purpose, _, channel = key.removeprefix(_TICK).removesuffix(_ENDING).partition("/")
    return key == _OTHERS or ((purpose in {_LEFT, EVERY} or purpose in known.purposes) and (not channel or channel in known.channels))


def _weight(word: Consent) -> tuple[bool, bool, int]:
    return not word.granted, word.source != "context", word.at


def _changed(profile: Profile, context: Mapping[str, Any], rules: ConsentRules) -> list[tuple[str, bool]]:
    """Purposes whose tick is another than before: a banner repeats itself with every event, and that is no new word."""
    ticks: dict[str, bool] = {}
    for category, granted in ticked(context):
        if (purpose := _purpose_of(category, rules, granted=granted)) is not None:
            ticks[purpose] = granted and ticks.get(purpose, True)
    held = profile.consents
    return [(purpose, granted) for purpose, granted in ticks.items() if (word := held.get(_TICK + purpose)) is None or word.granted is not granted]


def _purpose_of(category: str, rules: ConsentRules, *, granted: bool) -> str | None:
    """What a category of a banner stands for. One that nobody can read grants nothing (None), and denies everything."""
    plain = category.strip().lower()
    if (known := rules.categories.get(plain)) is not None:
        return known
    if not plain or plain in NOBODY or plain in ALL or plain[0] in "[{" or len(plain) > MAX_WORD:
        return None if granted else EVERY
    return safe(category)
