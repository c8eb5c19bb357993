"""Arithmetic of windows: partial aggregates in hop tiles, so that a window costs bounded memory however busy its user.

A window of length W over hops of length h holds, at the moment t, every event from `floor(t - W, h)` up to t: the head is live, the
tail is aligned down to a hop (the sawtooth of Chronon, https://chronon.ai). So it is exact at its head and at most one hop too long
at its tail, for every event order: a late event falls into the tile of its own time.
"""

from udfs.core.values.durations import DAY, HOUR, MINUTE, WEEK

Tiles = dict[int, float]
"""Hop index -> partial aggregate."""

_HOPS = (MINUTE, 5 * MINUTE, HOUR, 6 * HOUR, DAY)
TILES = 64
"""A window is cut into at most about so many hops."""
FEW_TILES = 12
"""The same where many windows stand side by side."""
_LONG_HOPS = (*_HOPS, WEEK, 4 * WEEK)


def hop_for(window: int, tiles: int = TILES) -> int:
    """The shortest hop of the ladder that cuts `window` into at most so many tiles (at most days for 64: longer windows have more)."""
    hops = _HOPS if tiles == TILES else _LONG_HOPS
    return next((hop for hop in hops if window <= tiles * hop), hops[-1])


def tail(now: int, window: int, hop: int) -> int:
    """Index of the oldest tile that the window still holds at `now`."""
    return (now - window) // hop


def add(tiles: Tiles, at: int, now: int, window: int, hop: int, amount: float) -> None:
    """Add `amount` at time `at`; `now` is the newest time known, from which old tiles are forgotten."""
    oldest = (now - window) // hop
    index = at // hop
    if index < oldest:
        return
    if index in tiles:
        tiles[index] += amount
        return
    forget(tiles, oldest)
    tiles[index] = amount


def lower(tiles: Tiles, at: int, now: int, window: int, hop: int, amount: float) -> None:
    """Keep the smaller of what the tile holds and `amount`; the negative of the larger serves a maximum."""
    oldest = (now - window) // hop
    index = at // hop
    if index < oldest:
        return
    held = tiles.get(index)
    if held is None:
        forget(tiles, oldest)
        tiles[index] = amount
    elif amount < held:
        tiles[index] = amount


def forget(tiles: Tiles, oldest: int) -> None:
    """Drop tiles that no window reaches any more."""
    gone = [index for index in tiles if index < oldest]
    for index in gone:
        del tiles[index]


def total(tiles: Tiles, now: int, window: int, hop: int) -> float:
    """The sum over the window that ends at `now`."""
    oldest = (now - window) // hop
    return sum([amount for index, amount in tiles.items() if index >= oldest])


def least(tiles: Tiles, now: int, window: int, hop: int) -> float | None:
    """The smallest over the window that ends at `now`, None when it is empty."""
    oldest = (now - window) // hop
    return min((amount for index, amount in tiles.items() if index >= oldest), default=None)
