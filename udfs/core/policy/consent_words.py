"""What an event says about consent, read: words for purposes and channels, a banner's ticks, and when a consent ends."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from udfs.core.values.durations import parse_duration
from udfs.core.values.instants import BadInstant, parse_instant

EVERY = "*"
MAX_WORD = 64
NOBODY = frozenset({"null", "undefined", "none", "nil", "nan", "n/a", "unknown", "false", "true", "0", "[object object]"})
ALL = frozenset({"any", "all", EVERY})
_WORD = re.compile(r"[\w .&-]+")
_SIGNS = str.maketrans(dict.fromkeys("/*~=", "_"))


def words(properties: Mapping[str, Any], name: str) -> list[str] | None:
    """`channel` or `channels`: a word or a list of them. None: not said, as are `any` and `all`; empty: nothing that can be read."""
    found = properties.get(name, properties.get(f"{name}s"))
    if found is None:
        return None
    listed = [found] if isinstance(found, str) else found if isinstance(found, list) else []
    named = [word.strip().lower() for word in listed if isinstance(word, str) and word.strip()]
    return None if not ALL.isdisjoint(named) else [safe(word) for word in named]


def told(properties: Mapping[str, Any], name: str) -> list[Any]:
    """The same as it was sent, whatever it is."""
    found = properties.get(name, properties.get(f"{name}s"))
    return found if isinstance(found, list) else [] if found is None else [found]


def is_unreadable(word: Any) -> bool:
    """Whether what stands for a purpose is none: then all of them are meant, never fewer."""
    if not isinstance(word, str) or len(word) > MAX_WORD:
        return True
    plain = word.strip()
    return not plain or plain.isdigit() or plain.lower() in NOBODY or not _WORD.fullmatch(plain)


def safe(name: str) -> str:
    """A name that an event brought, without the signs that mean something in a key."""
    plain = name.strip().lower()[:MAX_WORD].translate(_SIGNS)
    return "_" if plain in {"", "-"} else plain


def end_of(properties: Mapping[str, Any], at: int) -> int | None:
    """When it ends. An end that cannot be read ends it at once: consent is not stretched by a typing error."""
    end = properties.get("expires_at")
    if end is not None:
        try:
            return parse_instant(end) if isinstance(end, (str, int, float)) else at
        except BadInstant:
            return at
    if properties.get("expires_in") is not None:
        try:
            return at + parse_duration(properties["expires_in"])
        except ValueError:
            return at
    return None


def ticked(context: Mapping[str, Any]) -> Iterable[tuple[str, bool]]:
    """Category and whether it is ticked, from the consent object of Segment or RudderStack."""
    consent, management = context.get("consent"), context.get("consentManagement")
    preferences = consent.get("categoryPreferences") if isinstance(consent, Mapping) else None
    if isinstance(preferences, Mapping):
        yield from ((str(category), ticked) for category, ticked in preferences.items() if isinstance(ticked, bool))
    if isinstance(management, Mapping):
        for field, granted in (("allowedConsentIds", True), ("deniedConsentIds", False)):
            ids = management.get(field)
            if isinstance(ids, list):
                yield from ((each if isinstance(each, str) else "", granted) for each in ids)
