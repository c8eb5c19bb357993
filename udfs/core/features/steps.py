"""The steps of a visit: the last 50 of a customer as bytes, and as the short text that a model of sequences reads.

What is kept of a step is what its own event says: time, kind, amount, quantity and a mark of the product or order. All that depends on other steps
(the gap before it, the cart so far, whether a product comes again) is worked out when somebody asks. So the state is a set in order of time: late
events fall into their places, two histories become one by putting them together, and the answer is that of the whole sequence, in whatever order it
came.
"""

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import expm1, log1p
from struct import Struct
from typing import Any

from udfs.core.profile.orders import COMPLETED
from udfs.core.profile.sessions import GAP
from udfs.core.values.chance import fingerprint
from udfs.core.values.durations import DAY

MAX_STEPS = 50
SPAN = DAY
"""Steps that are older than the newest one by more are forgotten, and a visit that ended longer ago is unknown."""
MAX_KINDS = 60
ENCODING = 1
"""Part of the definition of such a feature: a model that was trained on another encoding is refused."""

WIDTH = 6
"""Characters of a step: its kind, the gap before it, its amount, the cart's value after it, the cart's pieces, whether the product comes again."""
NOW = 0
"""The kind of the last step, the moment of asking: its gap is how long nothing has happened."""
LENGTH = MAX_STEPS + 1
"""The longest sequence."""
LEVELS = 64
ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
"""A character for each level, as in URLs."""

_TIME = 6
_STRIDE = _TIME + 5
_AMOUNTS_A_LOG = 20
"""An amount is kept to five per cent: a byte reaches 340,000."""
_LEVELS_A_LOG = 5.5
"""A level is read to a fifth: 64 of them reach a day, and 90,000 of money."""
_CENTS = (0, *(round(expm1(code / _AMOUNTS_A_LOG) * 100) for code in range(255)))
"""Kept amount -> hundredths; 0: there is none, or nobody can read it."""
_GAPS = tuple(round(expm1((level + 0.5) / _LEVELS_A_LOG) * 1000) for level in range(LEVELS - 1))
_MONEY = tuple(round(expm1((level + 0.5) / _LEVELS_A_LOG) * 100) for level in range(LEVELS - 1))
"""The first value of each level but the lowest: milliseconds, and hundredths."""
_ADDS = {"product_added": 1, "product_removed": -1}
_EMPTIES = frozenset({COMPLETED, "cart_cleared"})
_EMPTIED = 2
"""As what an event does to the cart."""
_LEVELS = tuple(bisect_right(_MONEY, cents) for cents in _CENTS)
"""Kept amount -> its level."""
_UNPACK = Struct(">HIBBBH").iter_unpack
"""Of a step: its time in two parts, its kind, its amount, its quantity, its mark."""
_NO_LEVEL = 255
_LEVEL_OF = bytes(ALPHABET.find(chr(code)) % 256 for code in range(256))
"""Byte of such a text -> its level."""


@dataclass(frozen=True, slots=True)
class Steps:
    """`events`: what counts as a step; the place of each in it, from 1, is its kind. A value is what `value_of` makes of an event."""

    events: tuple[str, ...]

    def update(self, state: Any, at: int, now: int, value: Any) -> Any:
        """Put one more step in its place."""
        held: bytes = state or b""
        step = max(0, at).to_bytes(_TIME) + value
        if held[-_STRIDE:] <= step:  # the usual case: nothing came later
            held += step
        else:
            place = bisect_right(range(len(held) // _STRIDE), step, key=lambda n: held[n * _STRIDE : (n + 1) * _STRIDE]) * _STRIDE
            held = held[:place] + step + held[place:]
        return _kept(held)

    def merge(self, state: Any, other: Any, now: int) -> Any:
        """Those of both, in order of time; of one instant in an order that is always the same. An order that both tell is one, the first."""
        found, orders = [], set()
        for step in sorted(_each(state) + _each(other)):
            mark = step[_TIME + 3 :]
            if self.events[step[_TIME] - 1] == COMPLETED and mark != _NO_MARK:
                if mark in orders:
                    continue
                orders.add(mark)
            found.append(step)
        return _kept(b"".join(found))

    def evaluate(self, state: Any, now: int) -> Any:
        """The steps of the latest visit as a text of `WIDTH` characters each, with `NOW` at the end; None before the first."""
        if not state:
            return None
        last = int.from_bytes(state[-_STRIDE : -_STRIDE + _TIME])
        if now - last > SPAN:
            return None
        begin, time = len(state) - _STRIDE, last
        while begin:
            before = int.from_bytes(state[begin - _STRIDE : begin - _STRIDE + _TIME])
            if time - before > GAP:
                break
            begin, time = begin - _STRIDE, before
        return self._written(state[begin:], now)

    def _written(self, visit: bytes, now: int) -> str:
        effects = [0, *(_ADDS.get(name, _EMPTIED if name in _EMPTIES else 0) for name in self.events)]
        found, seen, cents, pieces, before = [], {0}, 0, 0, -1
        for high, low, kind, amount, quantity, mark in _UNPACK(visit):
            time = high << 32 | low
            if effect := effects[kind]:
                if effect == _EMPTIED:
                    cents = pieces = 0
                else:
                    cents = max(0, cents + effect * _CENTS[amount] * quantity)
                    pieces = max(0, pieces + effect * quantity)
            gap = 0 if before < 0 else bisect_right(_GAPS, time - before)
            again = 1 if mark in seen and mark else 0
            seen.add(mark)
            worth, number = bisect_right(_MONEY, cents), min(pieces, LEVELS - 1)
            found.append(ALPHABET[kind] + ALPHABET[gap] + ALPHABET[_LEVELS[amount]] + ALPHABET[worth] + ALPHABET[number] + ALPHABET[again])
            before = time
        last = (NOW, bisect_right(_GAPS, now - before), 0, bisect_right(_MONEY, cents), min(pieces, LEVELS - 1), 0)
        return "".join([*found, *(ALPHABET[level] for level in last)])


_NO_MARK = b"\0\0"
MAX_QUANTITY = 255


def value_of(kind: int, amount: float | None, quantity: float | None, about: str | None) -> bytes:
    """What is kept of one event besides its time. `kind`: from 1; an amount or a quantity that nobody can read is None. `about`: which product or
    order.
    """
    pieces = 1 if quantity is None or not quantity > 0 else min(int(quantity), MAX_QUANTITY)
    return bytes((kind, _code(amount), pieces)) + (_NO_MARK if not about else _mark(about))


def levels(text: object, length: int = LENGTH) -> Sequence[int] | None:
    """The numbers of such a text, those of its last `length` steps; None where it is no such text."""
    if not isinstance(text, str) or not text or len(text) % WIDTH:
        return None
    found = text[-length * WIDTH :].encode(errors="replace").translate(_LEVEL_OF)
    return None if _NO_LEVEL in found or len(found) % WIDTH else list(found)


def _kept(held: bytes) -> bytes:
    """Without what is too old, or too many."""
    if len(held) > MAX_STEPS * _STRIDE:
        held = held[-MAX_STEPS * _STRIDE :]
    oldest = (int.from_bytes(held[-_STRIDE : -_STRIDE + _TIME]) - SPAN).to_bytes(_TIME + 1, signed=True)
    if oldest[0] or held[:_TIME] >= oldest[1:]:  # nothing can be as old as before 1970
        return held
    return b"".join(step for step in _each(held) if step[:_TIME] >= oldest[1:])


def _each(held: bytes) -> list[bytes]:
    return [held[begin : begin + _STRIDE] for begin in range(0, len(held), _STRIDE)]


def _code(amount: float | None) -> int:
    if amount is None or not amount >= 0:
        return 0
    return 1 + min(254, round(log1p(amount) * _AMOUNTS_A_LOG))


@lru_cache(maxsize=4096)
def _mark(about: str) -> bytes:
    """Two bytes that stand for a product or an order: one pair in 65,000 has the same."""
    found = fingerprint(about)[:2]
    return found if found != _NO_MARK else b"\0\1"


def kinds(events: Sequence[str]) -> Mapping[str, int]:
    """The number of each event, from 1."""
    return {name: number for number, name in enumerate(dict.fromkeys(events), 1)}
