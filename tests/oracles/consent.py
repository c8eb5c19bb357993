"""Who said yes or no to what, in the oracle: every word ever said, and which of them counts now."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from tests.oracles.memory import Sent
from tests.oracles.times import span
from udfs.core.records import Event

EVERY_PURPOSE = "every purpose but transactional"
MEANS = {"Advertising": "marketing", "Marketing": "marketing", "Functional": "storage"}


@dataclass(frozen=True, kw_only=True)
class Word:
    """One thing that was said. `channel` None: about all channels."""

    purpose: str
    channel: str | None
    granted: bool
    at: int
    left: bool = False
    """It was an `unsubscribed`."""
    expires: int | None = None


def words(event: Event, *, policy: Mapping[str, Any] | None, message: Callable[[Any], Sent | None]) -> list[Word]:
    """What an event says about consent."""
    return [*_told(event, message), *_in_context(event, policy)]


def _told(event: Event, message: Callable[[Any], Sent | None]) -> Iterable[Word]:
    told = event.properties
    sent = message(told.get("decision_id"))
    match event.name:
        case "consent_given" | "consent_withdrawn":
            granted = event.name == "consent_given"
            purposes = _several(told.get("purpose", "marketing" if granted else EVERY_PURPOSE))
            channels = _several(told["channel"]) if "channel" in told else [None]
            expires = told.get("expires_at", event.at + span(told["expires_in"]) if "expires_in" in told else None)
            for purpose in purposes:
                for channel in channels:
                    yield Word(purpose=str(purpose), channel=channel, granted=granted, at=event.at, expires=expires if granted else None)
        case "unsubscribed":
            by = told.get("channel") or (sent.channel if sent else None)
            yield Word(purpose="marketing", channel=by, granted=False, at=event.at, left=True)
        case "subscribed":
            yield Word(purpose="marketing", channel=told.get("channel"), granted=True, at=event.at)
        case "message_complained" if sent is not None:
            yield Word(purpose="marketing", channel=sent.channel, granted=False, at=event.at, left=True)


def _in_context(event: Event, policy: Mapping[str, Any] | None) -> Iterable[Word]:
    means = {**MEANS, **((policy or {}).get("consent") or {}).get("categories", {})}
    preferences = dict(event.context.get("consent", {}).get("categoryPreferences", {}))
    managed = event.context.get("consentManagement", {})
    preferences |= dict.fromkeys(managed.get("allowedConsentIds", ()), True)
    preferences |= dict.fromkeys(managed.get("deniedConsentIds", ()), False)
    for category, granted in preferences.items():
        yield Word(purpose=means.get(category, category.lower()), channel=None, granted=granted, at=event.at)


def _several(found: Any) -> list[Any]:
    return found if isinstance(found, list) else [found]


def denial(said: Iterable[Word], *, purpose: str, channel: str | None, now: int, policy: Mapping[str, Any] | None) -> str | None:
    """Why not: UNSUBSCRIBED or NO_CONSENT; None when there is consent."""
    if purpose == "transactional":
        return None
    about = [word for word in said if word.purpose in {purpose, EVERY_PURPOSE} and not (word.expires is not None and word.expires <= now)]
    own = _latest([word for word in about if word.channel is not None and word.channel == channel])
    general = _latest([word for word in about if word.channel is None])
    if own is None and general is None:
        return None if _default(purpose, policy) else "NO_CONSENT"
    if own is None or (own.granted and general is not None and not general.granted and general.at >= own.at):
        counts = general
    else:
        counts = own
    assert counts is not None
    if counts.granted:
        return None
    return "UNSUBSCRIBED" if counts.left or counts.channel is not None else "NO_CONSENT"


def _latest(found: list[Word]) -> Word | None:
    """The latest word; of two at one instant, the denial."""
    return max(enumerate(found), key=lambda numbered: (numbered[1].at, not numbered[1].granted, numbered[0]))[1] if found else None


def _default(purpose: str, policy: Mapping[str, Any] | None) -> bool:
    stated = ((policy or {}).get("consent") or {}).get("default", {})
    if purpose in stated:
        return bool(stated[purpose] == "grant")
    return purpose != "marketing" or policy is None
