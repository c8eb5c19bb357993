"""Paths of categories, `Outdoor > Tents`: compared without regard to case, and to how they are separated."""

import re

_SEPARATOR = re.compile(r"[>/|]")
MAX_DEPTH = 8
MAX_PATH = 1_000
"""Characters of a path that are read: events tell paths, too."""


def parts_of(path: str) -> tuple[str, ...]:
    """The names on the way, from the top.

    >>> parts_of("Outdoor > Tents"), parts_of(" outdoor/tents ")
    (('Outdoor', 'Tents'), ('outdoor', 'tents'))
    """
    return tuple(filter(None, map(str.strip, _SEPARATOR.split(path[:MAX_PATH]))))[:MAX_DEPTH]


def key_of(path: str) -> str:
    """What a path is found by.

    >>> key_of("Outdoor / Tents")
    'outdoor > tents'
    """
    return " > ".join(parts_of(path)).casefold()


def upwards(path: str) -> list[str]:
    """The path, and each one above it.

    >>> upwards("Outdoor > Tents > Domes")
    ['Outdoor > Tents > Domes', 'Outdoor > Tents', 'Outdoor']
    """
    parts = parts_of(path)
    return [" > ".join(parts[:length]) for length in range(len(parts), 0, -1)]


def is_within(path: str | None, wanted: str) -> bool:
    """Whether a path leads through another one, or a part of one: Tents is found in Outdoor > Tents > Domes.

    >>> is_within("Outdoor > Tents > Domes", "tents"), is_within("Outdoor > Tents", "Outdoor > Stoves"), is_within(None, "Tents")
    (True, False, False)
    """
    if path is None:
        return False
    whole, part = parts_of(path.casefold()), parts_of(wanted.casefold())
    return bool(part) and any(whole[at : at + len(part)] == part for at in range(len(whole) - len(part) + 1))
