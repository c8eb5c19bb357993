"""One word for a category, whoever names it: catalogues tell the path from the top, events often the last part of it only."""

import re
from typing import Any

MAX_CATEGORY = 200
MAX_PATH, MAX_DEPTH = 1_000, 8
"""Characters of a path that are read, and names on it: events tell paths, too."""
_SEPARATORS = re.compile(r"[>/|]")


def category_key(told: Any) -> str | None:
    """The last part of a category's path, without regard to case; None for what names no category.

    >>> category_key("Outdoor > Tents"), category_key("tents "), category_key(7)
    ('tents', 'tents', None)
    """
    if not isinstance(told, str):
        return None
    parts = [part.strip() for part in _SEPARATORS.split(told)]
    last = next((part for part in reversed(parts) if part), "")
    return " ".join(last.split()).casefold()[:MAX_CATEGORY] or None


def parts_of(path: str) -> tuple[str, ...]:
    """The names on the way, from the top.

    >>> parts_of("Outdoor > Tents"), parts_of(" outdoor/tents ")
    (('Outdoor', 'Tents'), ('outdoor', 'tents'))
    """
    return tuple(filter(None, map(str.strip, _SEPARATORS.split(path[:MAX_PATH]))))[:MAX_DEPTH]


def names_of(path: str) -> list[str]:
    """Everything that somebody may call a category by: the path itself, and each part of it, however it is separated.

    >>> names_of("Outdoor/Tents")
    ['Outdoor/Tents', 'Outdoor', 'Outdoor > Tents', 'Tents']
    """
    parts = parts_of(path)
    found = [" > ".join(parts[begin:end]) for begin in range(len(parts)) for end in range(begin + 1, len(parts) + 1)]
    return list(dict.fromkeys([path, *found]))


def spelled(path: str) -> str:
    """A path with ` > ` between its parts; what has no parts as it is.

    >>> spelled("Outdoor/Tents"), spelled("tents")
    ('Outdoor > Tents', 'tents')
    """
    parts = parts_of(path)
    return " > ".join(parts) if len(parts) > 1 else path
