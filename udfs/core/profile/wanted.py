"""What somebody looks for in this visit: filters that were set, words that were searched for, and words of reviews that were read.

Only fingerprints of them are kept: they can be found again in what the catalogue says of an item, and nobody can read what was typed.
"""

import re
from collections.abc import Iterator, Mapping
from operator import itemgetter
from typing import Any, NamedTuple

from udfs.core.profile.state import Profile
from udfs.core.records import Event
from udfs.core.values.chance import fingerprint
from udfs.core.values.names import normalise

FILTERED, SEARCHED, READ = "product_list_filtered", "products_searched", "product_review_viewed"
SPOKEN = frozenset({FILTERED, SEARCHED, READ})
MAX_WANTED = 16
"""The latest words and filters."""
MAX_WORD = 40
_LARGEST = 2**53
_WORD = re.compile(r"\w{3,}")
MIN_OF_TEXT = 4
"""Letters of a word of a review; of what was searched for three will do."""
MAX_READ = 2_000
"""Characters of a review, or of the value of a filter, that are read."""


class Wanted(NamedTuple):
    """One thing that is looked for."""

    name: bytes
    """Of a filter: the fingerprint of what it filters by, such as size; empty for a word."""
    mark: bytes
    """The fingerprint of the word, or of the filter as `size=10`."""


def take(profile: Profile, event: Event) -> None:
    """Take in what an event says. A filter takes the place of an older one of its name, in whatever order they arrive."""
    for name, value in _said(event):
        wanted = of_filter(name, value) if name else of_word(value)
        same = [held for held in profile.wanted if held[1] == wanted.mark or (name and held[0] == wanted.name)]
        if not any(at > event.at for _, _, at in same):
            others = [held for held in profile.wanted if held not in same]
            profile.wanted = sorted([*others, (*wanted, event.at)], key=itemgetter(2))[-MAX_WANTED:]


def in_this_visit(profile: Profile) -> list[Wanted]:
    """What is looked for, the newest last. Visits before are over."""
    session = profile.session
    return [] if session is None else [Wanted(name, mark) for name, mark, at in profile.wanted if at >= session.started]


def of_word(word: str) -> Wanted:
    """A word, as it is looked for."""
    return Wanted(b"", fingerprint(word))


def of_filter(name: str, value: Any) -> Wanted:
    """A filter, as it is looked for."""
    return Wanted(fingerprint(name), fingerprint(f"{name}={plain(value)}"))


def words_of(text: str, least: int = 3) -> list[str]:
    """The words of a text, without regard to case, each once."""
    return [word[:MAX_WORD] for word in dict.fromkeys(_WORD.findall(text.casefold())) if len(word) >= least]


def plain(value: Any) -> str:
    """A value as it is compared: 10.0 is 10, and case and blanks do not count. A number beyond what any size or price is has no text."""
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        if not -_LARGEST < value < _LARGEST:
            return ""
        value = int(value) if value == int(value) else value
    return " ".join(str(value)[:MAX_READ].split()).casefold()[:MAX_WORD]


def _said(event: Event) -> Iterator[tuple[str, Any]]:
    """Names of filters with values, and words without a name."""
    properties = event.properties
    if event.name == FILTERED:
        yield from _filters(properties.get("filters"))
    elif event.name == SEARCHED:
        yield from _words(properties.get("query"), 3)
    else:
        for told in (properties.get("text"), *_listed(properties.get("topics"))):
            yield from _words(told, MIN_OF_TEXT)


def _filters(told: Any) -> Iterator[tuple[str, Any]]:
    """`[{type: size, value: 10}]` as in the Segment spec, or `{size: 10}`."""
    if isinstance(told, Mapping):
        pairs = [(name, value) for name, values in told.items() for value in _listed(values)]
    else:
        pairs = [(each.get("type") or each.get("name"), each.get("value")) for each in _listed(told) if isinstance(each, Mapping)]
    for name, value in pairs[:MAX_WANTED]:
        is_plain = isinstance(value, (str, int, float)) and not isinstance(value, bool) and plain(value)
        if is_plain and isinstance(name, str) and (key := normalise(name)):
            yield key, value


def _words(told: Any, least: int) -> list[tuple[str, Any]]:
    return [("", word) for word in words_of(told[:MAX_READ], least)[:MAX_WANTED]] if isinstance(told, str) else []


def _listed(told: Any) -> list[Any]:
    return told[:MAX_WANTED] if isinstance(told, list) else [told]
