"""How a list is made: which sources count how much, what fills it up, what is left out, how mixed it is, and how much of it is drawn."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

MAX_COUNT = 24
"""Items of one list."""
DEFAULT_NAME = "default"


class Source(StrEnum):
    """What brings items."""

    TOGETHER = "together"
    """What the same people took shortly before or after."""
    ALIKE = "alike"
    """Items of which the catalogue says much the same."""
    TRENDING = "trending"
    """What people took lately in the categories looked at."""
    NEW = "new"
    """What has not been sold for long, in the categories looked at."""
    WANTED = "wanted"
    """What fits the filters, searches and reviews of this visit: it brings nothing, and moves up what others bring."""


class Fill(StrEnum):
    """What fills up a list that the sources leave short, as of somebody of whom little is known."""

    PAGE = "page"
    """What is popular in the category looked at, then in the one above it."""
    SEGMENT = "segment"
    """What is popular in the customer's segments, the latest first."""
    POPULAR = "popular"
    """What is popular with everybody."""


class Left(StrEnum):
    """What a list leaves out."""

    BOUGHT = "bought"
    SEEN = "seen"
    IN_CART = "in_cart"
    NOT_INTERESTED = "not_interested"
    OUT_OF_STOCK = "out_of_stock"


@dataclass(frozen=True, slots=True, kw_only=True)
class Strategy:
    """A declared way to make lists."""

    name: str = DEFAULT_NAME
    version: str = ""
    """Hash of its declaration; empty: it is the one that is used where none is declared."""
    weights: Mapping[str, float] | None = None
    """Source -> how much it counts; None: as evaluation chose it."""
    ranker: bool = True
    """Whether the ranker, where there is one, orders what the sources bring; only with the weights that evaluation chose."""
    fill: tuple[Fill, ...] = tuple(Fill)
    exclude: frozenset[Left] = frozenset(Left)
    max_per_category: int | None = None
    max_per_brand: int | None = None
    explore: float = 0.0
    """The share of places whose item is drawn among those that follow."""


@dataclass(frozen=True, slots=True)
class Strategies:
    """What is declared."""

    named: Mapping[str, Strategy] = field(default_factory=dict)

    def of(self, name: str) -> Strategy:
        """The strategy of that name; the default one if it is not declared."""
        found = self.named.get(name)
        return found if found is not None else self.named.get(DEFAULT_NAME, _DEFAULT)


_DEFAULT = Strategy()
NO_STRATEGIES = Strategies()
