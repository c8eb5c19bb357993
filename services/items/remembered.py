"""What values of feeds say, remembered: a million items have a few thousand brands, categories, prices and sizes."""

from collections.abc import Callable, Hashable
from typing import Any, Generic, TypeVar

MAX_KEPT = 16_384
"""Values, of which each is forgotten when there are more."""
MAX_LENGTH = 120
"""Characters of a text that is worth it."""
_Told = TypeVar("_Told", bound=Hashable)
_Means = TypeVar("_Means")


class Remembered(dict[_Told, _Means], Generic[_Told, _Means]):
    """A function of values, asked as `remembered[value]`: at once where the value is known.

    A value for which the function raises an exception, or that is long, is not remembered. Two values that are equal and of different types, such as
    1 and True, must mean the same, or the key must have their types in it.
    """

    def __init__(self, read: Callable[[_Told], _Means]) -> None:
        self._read = read

    def __missing__(self, told: _Told) -> _Means:
        means = self._read(told)
        if is_short(told):
            if len(self) >= MAX_KEPT:
                self.clear()
            self[told] = means
        return means


def is_short(told: Any) -> bool:
    """Whether a text, or a tuple of texts and numbers, takes little memory."""
    texts = told if isinstance(told, tuple) else (told,)
    return all(len(each) <= MAX_LENGTH for each in texts if isinstance(each, str))
