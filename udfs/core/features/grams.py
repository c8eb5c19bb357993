"""A text as numbers for a model: hashed words, pairs of words, and pieces of words. One function, for training and for the job: they cannot differ.

Only the first MAX_CHARACTERS of a text are read, so that what a customer writes costs a bounded time. No vocabulary is kept: a hash says the place
of each piece, and unknown words share pieces with known ones.
"""

import re
from collections import Counter
from itertools import pairwise
from math import log
from typing import NamedTuple
from zlib import crc32

MAX_CHARACTERS = 1_000
"""Of a text that are read."""
PIECES = (2, 3, 4, 5)
"""Characters of a piece of a word, its ends among them."""
MIN_BITS, MAX_BITS = 8, 18
_WORD = re.compile(r"[\w']+")


class Grams(NamedTuple):
    """The pieces of a text: where each stands, and how much it weighs, one plus the logarithm of how often it occurs."""

    places: list[int]
    weights: list[float]

    @property
    def row(self) -> list[float]:
        """Both as one row of numbers, the places first: what a scorer is given."""
        return [*self.places, *self.weights]


def grams(text: str, bits: int) -> Grams:
    """The pieces of the beginning of a text, in 2 ** `bits` places, in the order in which they first occur. Without a word: one piece at 0."""
    words = _WORD.findall(text[:MAX_CHARACTERS].lower())
    found = [*words, *[f"{one} {other}" for one, other in pairwise(words)]]
    for word in words:
        marked = f"<{word}>"
        found += [marked[at : at + size] for size in PIECES for at in range(len(marked) - size + 1)]
    mask = (1 << bits) - 1
    counted = Counter([crc32(each.encode("utf-8", "surrogatepass")) & mask for each in found]) or Counter([0])
    return Grams(list(counted), [1 + log(number) for number in counted.values()])
