"""Who said yes or no to what, in the oracle: every word ever said, and which of them counts now."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from tests.oracles.memory import Sent
from tests.oracles.times import CLOCKS_DIFFER, span
from udfs.core.records import Event

EVERY_PURPOSE = "every purpose but transactional and storage"
MEANS = {"advertising": "marketing", "marketing": "marketing", "functional": "storage"}


@dataclass(frozen=True, kw_only=True)
class Word:
    """One thing that was said. `channel` None: about all channels."""

    purpose: str
    channel: str | None
    granted: bool
    at: int
    by: str
    """The event that said it; `banner` when it was a tick in the context."""
    expires: int | None = None

    def is_about(self, purpose: str) -> bool:
        """Whether it names this purpose."""
        return self.purpose == purpose or (self.purpose == EVERY_PURPOSE and purpose not in {"transactional", "storage"})


OF_MESSAGES = ("mail", "marketing", "newsletter", "sms", "push", "message", "promotion", "offer")


def words(event: Event, *, policy: Mapping[str, Any] | None, message: Callable[[Any], Sent | None], said: list[Word], used: set[str]) -> list[Word]:
    """What an event says about consent, after all that has been said."""
    ticks = [word for word in _ticks(event, policy) if _is_new(word, said)]
    return [_heard(word, said) for word in (*_told(event, message, used | {*MEANS.values()}), *ticks)]


def _heard(word: Word, said: list[Word]) -> Word:
    """A denial that comes after a grant by a clock that is a little slower counts as of the grant's time, and so it wins."""
    if word.granted:
        return word
    before = [other.at for other in said if other.granted and 0 < other.at - word.at < CLOCKS_DIFFER]
    return replace(word, at=max([word.at, *before]))


def _told(event: Event, message: Callable[[Any], Sent | None], used: set[str]) -> Iterable[Word]:
    told = event.properties
    sent = message(told.get("decision_id"))
    channels = _several(told["channel"]) if "channel" in told else [None]
    match event.name:
        case "consent_given" | "consent_withdrawn":
            granted = event.name == "consent_given"
            expires = told.get("expires_at", event.at + span(told["expires_in"]) if "expires_in" in told else None)
            purposes = _several(told.get("purpose", "marketing" if granted else EVERY_PURPOSE))
            unused = " ".join(purpose for purpose in purposes if purpose not in used)
            if not granted and any(word in unused.lower() for word in OF_MESSAGES):
                purposes = [*purposes, EVERY_PURPOSE]  # nobody uses that one, and it names messages: all of them may be meant
            for purpose in purposes:
                for channel in channels:
                    yield Word(purpose=purpose, channel=channel, granted=granted, at=event.at, by=event.name, expires=expires if granted else None)
        case "unsubscribed" | "message_complained":
            if "channel" not in told and sent is not None:
                channels = [sent.channel]
            if event.name == "unsubscribed" or channels != [None]:
                for channel in channels:
                    yield Word(purpose=EVERY_PURPOSE, channel=channel, granted=False, at=event.at, by=event.name)
        case "subscribed":
            for channel in channels:
                yield Word(purpose="marketing", channel=channel, granted=True, at=event.at, by=event.name)


def _ticks(event: Event, policy: Mapping[str, Any] | None) -> Iterable[Word]:
    named = ((policy or {}).get("consent") or {}).get("categories", {})
    means = {**MEANS, **{category.lower(): purpose for category, purpose in named.items()}}
    ticked = list(event.context.get("consent", {}).get("categoryPreferences", {}).items())
    managed = event.context.get("consentManagement", {})
    ticked += [(category, True) for category in managed.get("allowedConsentIds", ())]
    ticked += [(category, False) for category in managed.get("deniedConsentIds", ())]
    purposes = [(means.get(category.lower(), category.lower()), granted) for category, granted in ticked]
    for purpose in {purpose for purpose, _ in purposes}:
        yield Word(purpose=purpose, channel=None, granted=(purpose, False) not in purposes, at=event.at, by="banner")


def _is_new(tick: Word, said: list[Word]) -> bool:
    """Whether the banner says something else than it did before."""
    before = _latest([word for word in said if word.by == "banner" and word.purpose == tick.purpose])
    return before is None or before.granted is not tick.granted


def _several(found: Any) -> list[Any]:
    return found if isinstance(found, list) else [found]


def denial(said: list[Word], *, purpose: str, channel: str | None, now: int, policy: Mapping[str, Any] | None) -> str | None:
    """Why not: UNSUBSCRIBED or NO_CONSENT; None when there is consent."""
    if purpose == "transactional":
        return None
    holds = [word for word in said if word.is_about(purpose) and not _is_over(word, said, now) and not _lifted(word, said)]
    own = _latest([word for word in holds if word.channel is not None and word.channel == channel])
    general = _latest([word for word in holds if word.channel is None])
    left = [word for word in holds if word.channel is None and word.by == "unsubscribed" and purpose != "storage"]
    if left and (general is None or general.granted):
        general = _latest(left)  # whoever has left comes back by subscribing, and by no banner
    counts = own
    if own is None or (own.granted and general is not None and not general.granted and general.at >= own.at):
        counts = general
    if counts is None:
        return None if _default(purpose, policy) else "NO_CONSENT"
    if counts.granted:
        return None
    return "UNSUBSCRIBED" if counts.channel is not None or counts.by == "unsubscribed" else "NO_CONSENT"


def _is_over(word: Word, said: list[Word], now: int) -> bool:
    """Whether a consent has ended, by its own end or because a later one with an end took its place."""
    if word.expires is None:
        return False
    ending = [other for other in said if other.expires is not None and (other.purpose, other.channel) == (word.purpose, word.channel)]
    return word.expires <= now or word is not max(enumerate(ending), key=lambda numbered: (numbered[1].at, numbered[0]))[1]


def _lifted(word: Word, said: list[Word]) -> bool:
    """Whether an unsubscription was taken back by subscribing to the same channel later, for every purpose."""
    left = word.by in {"unsubscribed", "message_complained"}
    return left and any(other.by == "subscribed" and other.channel == word.channel and other.at > word.at for other in said)


def _latest(found: list[Word]) -> Word | None:
    """The latest word; of two at one instant, the denial, and of two denials that of who left the list."""
    return max(found, key=lambda word: (word.at, not word.granted, word.by == "unsubscribed")) if found else None


def _default(purpose: str, policy: Mapping[str, Any] | None) -> bool:
    stated = ((policy or {}).get("consent") or {}).get("default", {})
    if purpose in stated:
        return bool(stated[purpose] == "grant")
    return purpose != "marketing" or policy is None
