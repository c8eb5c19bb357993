"""Paths of categories, `Outdoor > Tents`: compared without regard to case, and to how they are separated."""

from udfs.core.items.categories import parts_of


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
