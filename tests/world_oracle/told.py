"""What was said of carts, the orders and clearings that end them, and which of them end what."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from tests.world_oracle.instants import MINUTE
from tests.world_oracle.products import Line

TOLERANCE: Final = 5 * MINUTE  # two clocks differ, even when both are right


@dataclass(frozen=True, kw_only=True)
class Said:
    """What an event says about the content of a cart: `add`, `remove`, a full list (`all`), or something unreadable (`blur`)."""

    number: int  # order of arrival
    time: int
    kind: str
    lines: tuple[Line, ...] = ()
    source: tuple[str, str] = ("", "")
    ahead: bool = False  # of the topic's clock, by more than two right clocks differ
    near: tuple["Exit", ...] = ()  # what had arrived when it did, and may have ended something of it, though not of its cart

    def keyed(self) -> list[tuple[str, Line]]:
        """Its lines, each by its product, or else as itself."""
        return [(line.product or f"? {self.number} {place}", line) for place, line in enumerate(self.lines)]


@dataclass(frozen=True, kw_only=True)
class Exit:
    """An order or a cleared cart. `products`: ids and skus, else names, of what an order lists; None where nothing is listed."""

    number: int
    time: int
    name: str | None
    known: bool  # it named a cart that was known then
    products: frozenset[str] | None
    source: tuple[str, str] = ("", "")
    new: bool = False  # an order that was not reported before
    clears: bool = False  # a cleared cart


def is_over(said: Said, line: Line | None, exit_: Exit) -> bool:
    """Whether an order or clearing ended this: what came before it, and, by two clocks, what lies less than five minutes after it, unless the order
    lists its products and this is none of them.

    What arrives after it came after it, if one clock told both, or nobody knows whose did; but not what its order lists, nor what a clock tells
    that is seen to be fast.
    """
    if said.time <= exit_.time:
        return True
    if said.time - exit_.time >= TOLERANCE:
        return False
    if said.number > exit_.number and said.source == exit_.source and (any(said.source) or not (said.ahead or exit_.products)):
        return False
    return exit_.products is None or (line is not None and not exit_.products.isdisjoint(line.called[:3]))


def speaks_of(exit_: Exit, name: str | None) -> bool:
    """Whether an order or clearing may be about the cart of this name."""
    return name is None or exit_.name in (None, name) or not exit_.known


def listed(lines: Iterable[Line]) -> frozenset[str] | None:
    """What the products of an order are called: by id and sku, else by name. None if it lists none that says so."""
    return (
        frozenset(name for line in lines for name in line.called[:2] if name)
        | {line.called[2] for line in lines if line.called[2] and not any(line.called[:2])}
        or None
    )
