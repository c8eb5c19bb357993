"""What somebody looks for in this visit: filters that were set, words that were searched for, and words of reviews that were read."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from udfs.core.profile.state import Profile
from udfs.core.records import Event
from udfs.core.values.names import normalise

FILTERED, SEARCHED, READ = "product_list_filtered", "products_searched", "product_review_viewed"
SPOKEN = frozenset({FILTERED, SEARCHED, READ})
MAX_WANTED = 16
"""The latest words and filters."""
MAX_WORD = 40
_WORD = re.compile(r"\w{3,}")
MIN_OF_TEXT = 4
"""Letters of a word of a review; of what was searched for three will do."""
MAX_READ = 2_000
"""Characters of a review that are read."""


def take(profile: Profile, event: Event) -> None:
    """Take in what an event says. A filter of the same name takes the place of the one before."""
    for key in _said(event):
        name, mark, _ = key.partition("=")
        kept = [held for held in profile.wanted if held[0] != key and not (mark and held[0].startswith(f"{name}="))]
        profile.wanted = [*kept, (key, event.at)][-MAX_WANTED:]


def in_this_visit(profile: Profile) -> list[str]:
    """Words, and filters as `size=10`, the newest last. Those of earlier visits are over."""
    session = profile.session
    return [] if session is None else [key for key, at in profile.wanted if at >= session.started]


def _said(event: Event) -> Iterator[str]:
    properties = event.properties
    if event.name == FILTERED:
        yield from _filters(properties.get("filters"))
    elif event.name == SEARCHED:
        yield from _words(properties.get("query"), 3)
    else:
        for told in (properties.get("text"), *_listed(properties.get("topics"))):
            yield from _words(told, MIN_OF_TEXT)


def _filters(told: Any) -> Iterator[str]:
    """`[{type: size, value: 10}]` as in the Segment spec, or `{size: 10}`."""
    if isinstance(told, Mapping):
        pairs = [(name, value) for name, values in told.items() for value in _listed(values)]
    else:
        pairs = [(each.get("type") or each.get("name"), each.get("value")) for each in _listed(told) if isinstance(each, Mapping)]
    for name, value in pairs[:MAX_WANTED]:
        if isinstance(name, str) and isinstance(value, (str, int, float)) and not isinstance(value, bool) and (key := normalise(name)):
            yield f"{key[:MAX_WORD]}={_plain(value)}"


def _words(told: Any, least: int) -> list[str]:
    found = _WORD.findall(told[:MAX_READ].casefold()) if isinstance(told, str) else []
    return [word[:MAX_WORD] for word in dict.fromkeys(found) if len(word) >= least][:MAX_WANTED]


def _listed(told: Any) -> list[Any]:
    return told[:MAX_WANTED] if isinstance(told, list) else [told]


def _plain(value: str | float) -> str:
    return (f"{value:g}" if isinstance(value, (int, float)) else " ".join(value.split()).casefold())[:MAX_WORD]
