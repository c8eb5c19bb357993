"""How many different values there were: a fingerprint of each, and the hop in which it came last, as bytes.

They stand one after the other, those that came last at the end. A profile that is read and written for every event carries bytes for nothing;
a mapping of as many numbers took a tenth of the time of an event.
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from udfs.core.features import counters
from udfs.core.values.chance import fingerprint

MAX_DISTINCT = 256
_MARK = 6
"""Bytes of a fingerprint."""
_STRIDE = _MARK + 6
"""The same with the hop behind it, which may be one of a millisecond."""


@dataclass(frozen=True, slots=True)
class Distinct:
    """Exact up to 256 in the window, then the oldest give way."""

    window: int | None
    hop: int

    def update(self, state: Any, at: int, now: int, value: Any) -> Any:
        """Note when this value came last."""
        held = b"" if state is None else state if isinstance(state, bytes) else _packed(state)
        index = at // self.hop
        if self.window is not None and index < counters.tail(now, self.window, self.hop):
            return held
        mark = _mark(str(value))
        place = _place(held, mark)
        if place >= 0:
            if _hop(held, place) >= index:
                return held
            held = held[:place] + held[place + _STRIDE :]
        elif len(held) >= MAX_DISTINCT * _STRIDE:
            held = held[max(self._first(held, now), _STRIDE) :]
        return _with(held, mark, index)

    def merge(self, state: Any, other: Any, now: int) -> Any:
        """All values of both; beyond the bound the oldest give way."""
        found = _opened(state)
        for mark, last in _opened(other).items():
            found[mark] = max(last, found.get(mark, last))
        held = _packed(found)
        return held[max(self._first(held, now), len(held) - MAX_DISTINCT * _STRIDE) :]

    def evaluate(self, state: Any, now: int) -> Any:
        """How many of them the window still holds."""
        if state is None:
            return 0
        held = state if isinstance(state, bytes) else _packed(state)
        return (len(held) - self._first(held, now)) // _STRIDE

    def _first(self, held: bytes, now: int) -> int:
        """Where the first stands that the window still holds."""
        if self.window is None or not held:
            return 0
        oldest = counters.tail(now, self.window, self.hop)
        return 0 if _hop(held, 0) >= oldest else _since(held, oldest)


def _hop(held: bytes, place: int) -> int:
    return int.from_bytes(held[place + _MARK : place + _STRIDE], signed=True)


def _since(held: bytes, oldest: int) -> int:
    """Where the first stands whose hop is `oldest` or later."""
    low, high = 0, len(held) // _STRIDE
    while low < high:
        middle = (low + high) // 2
        if _hop(held, middle * _STRIDE) < oldest:
            low = middle + 1
        else:
            high = middle
    return low * _STRIDE


def _place(held: bytes, mark: bytes) -> int:
    """Where a fingerprint stands, -1 where it does not."""
    place = held.find(mark)
    while place != -1 and place % _STRIDE:
        place = held.find(mark, place + 1)
    return place


def _with(held: bytes, mark: bytes, index: int) -> bytes:
    """The same with this one, behind those that came no later."""
    entry = mark + index.to_bytes(_STRIDE - _MARK, signed=True)
    if not held or _hop(held, len(held) - _STRIDE) <= index:
        return held + entry
    place = _since(held, index + 1)
    return held[:place] + entry + held[place:]


def _opened(state: Any) -> dict[int, int]:
    """Fingerprint as a number -> its hop."""
    if not isinstance(state, bytes):
        return dict(state)  # as it was kept until 0.1
    return {int.from_bytes(state[place : place + _MARK]): _hop(state, place) for place in range(0, len(state), _STRIDE)}


def _packed(found: dict[int, int]) -> bytes:
    held = sorted(found.items(), key=lambda each: (each[1], each[0]))
    return b"".join(mark.to_bytes(_MARK) + last.to_bytes(_STRIDE - _MARK, signed=True) for mark, last in held)


@lru_cache(maxsize=4096)  # products and categories come again with every customer, and a cryptographic hash costs ten times as much as a look-up
def _mark(text: str) -> bytes:
    return fingerprint(text)[:_MARK]
