"""Segments in words: what tells each of them from all customers, by its features, and a name made of that."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from training.inputs import Floats
from training.segments.customers import Chosen
from training.segments.methods.method import OUTSIDE, Places
from training.segments.scale import Points

SOME, MUCH = 0.4, 1.0
"""Standard deviations, on the scale that segments are found on, from which a feature sets a segment apart."""
TOLD = 4
"""Features that a description names at most."""
OUTLIERS = "outliers"
TYPICAL = "typical"
SMALL = 1e-4
"""Figures below are written with a power of ten."""
MAX_NAME = 58
"""Characters, so that a number fits behind it."""


@dataclass(frozen=True)
class Trait:
    """What one feature says of a segment."""

    feature: str
    doc: str
    apart: float
    """Standard deviations between its mean and that of all customers."""
    median: float
    """Of those of whom it is known; NaN if of nobody."""
    everybody: float
    """The same, of all customers."""

    @property
    def word(self) -> str:
        """How much, in words."""
        strength = "much " if abs(self.apart) >= MUCH else ""
        return f"{strength}{'higher' if self.apart > 0 else 'lower'}"


@dataclass(frozen=True, kw_only=True)
class Described:
    """One segment for people."""

    name: str
    place: int
    customers: int
    share: float
    traits: Sequence[Trait]
    """Of every feature, the most telling first."""

    @property
    def telling(self) -> Sequence[Trait]:
        """Those that tell it apart."""
        return [each for each in self.traits if abs(each.apart) >= SOME][:TOLD]

    @property
    def sentence(self) -> str:
        """The description."""
        if not self.telling:
            return "Like customers on the whole."
        parts = [
            f"{each.doc or each.feature}: {each.word} than on average (median {number(each.median)}; of all customers {number(each.everybody)})"
            for each in self.telling
        ]
        return ". ".join(parts) + "."


def described(x: Floats, z: Points, places: Places, chosen: Chosen) -> list[Described]:
    """Every segment, and at the end the outliers, if there are any."""
    found: list[Described] = []
    taken: set[str] = set()
    for place in [*range(int(places.max()) + 1), OUTSIDE]:
        inside = places == place
        if not inside.any():
            continue
        traits = [
            Trait(each.feature, chosen.docs.get(each.feature, ""), float(z[inside, n].mean()), _median(x[inside, n]), _median(x[:, n]))
            for n, each in enumerate(chosen.inputs)
        ]
        traits.sort(key=lambda each: (-abs(each.apart), each.feature))
        name = OUTLIERS if place == OUTSIDE else _free(_name(traits), taken)
        taken.add(name)
        found.append(Described(name=name, place=place, customers=int(inside.sum()), share=float(inside.mean()), traits=traits))
    return found


def number(value: float) -> str:
    """A figure for people."""
    if np.isnan(value):
        return "unknown"
    if 0 < abs(value) < 1:
        return f"{value:.2g}" if abs(value) >= SMALL else f"{value:.1e}"  # 0.0007 days are not 0
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:,.1f}".removesuffix(".0")


def _median(values: Floats) -> float:
    known = values[~np.isnan(values)]
    return float(np.median(known)) if len(known) else float("nan")


def _name(traits: Sequence[Trait]) -> str:
    """A name that campaigns can write, such as high-orders-low-recency."""
    parts = [f"{'high' if each.apart > 0 else 'low'}-{each.feature}" for each in traits[:2] if abs(each.apart) >= SOME]
    return re.sub("[^a-z0-9]+", "-", "-".join(parts).lower())[:MAX_NAME].strip("-") or TYPICAL


def _free(name: str, taken: set[str]) -> str:
    number = 2
    free = name
    while free in taken:
        free, number = f"{name}-{number}", number + 1
    return free
