"""Random numbers by name: each depends only on the seed and its purpose, never on what others did."""

import math
from hashlib import blake2b
from random import Random


def uniform(*name: object) -> float:
    """A number from 0 to 1 that belongs to this name."""
    return _number(name) / 2**64


def waiting(*name: object) -> float:
    """An exponential waiting time of mean 1 that belongs to this name."""
    return -math.log1p(-uniform(*name))


def dice(*name: object) -> Random:
    """A random generator of its own for this name."""
    return Random(_number(name))


def _number(name: tuple[object, ...]) -> int:
    return int.from_bytes(blake2b("/".join(map(str, name)).encode(), digest_size=8).digest(), "big")
