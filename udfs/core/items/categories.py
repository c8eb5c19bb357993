"""One word for a category, whoever names it: catalogues tell the path from the top, events often the last part of it only."""

import re
from typing import Any

MAX_CATEGORY = 200
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
