"""Chance by name: a throw depends on the seed and on what it is for, never on what others did meanwhile."""

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
    """Dice of one's own, for as many throws as are needed."""
    return Random(_number(name))


def _number(name: tuple[object, ...]) -> int:
    return int.from_bytes(blake2b("/".join(map(str, name)).encode(), digest_size=8).digest(), "big")
