"""What a campaign reads, from the names in its expressions and templates: so the engine knows what to carry, to look up and to ask."""

from collections.abc import Iterable, Set
from typing import TypedDict

from udfs.core.expressions.compiler import Expression
from udfs.core.expressions.intents import READS as INTENT
from udfs.core.expressions.message_history import WORDS
from udfs.core.expressions.vocabulary import reads_score
from udfs.core.items.item import READS
from udfs.core.recommend.call import STRATEGY
from udfs.core.values.money import AMOUNTS
from udfs.core.values.names import twins

MONEY = frozenset({*AMOUNTS, "products"})
LINES = ("cart.items", "cart.products")
"""How the lines of a cart are read."""
PAGE = frozenset({"product_id", "category"})
"""What recommendations read of an event: what the customer looks at."""


class Reads(TypedDict):
    """The fields of a Campaign that say what it reads."""

    event_names: frozenset[str]
    held_against: frozenset[str]
    asks_messages: bool
    reads_items: bool
    completes_carts: bool
    recommends: frozenset[str]
    reads_intents: bool
    plain: bool


def reads_of(names: Set[str], *, when: Expression | None, held_against: frozenset[str]) -> Reads:
    """`names`: all that are read after the trigger, those of `when` among them. `held_against`: properties that exits are compared with."""
    asks_messages = any(read.partition(":")[0] in WORDS for read in names)
    reads_intents = any(read.startswith(INTENT) for read in names)
    recommends = frozenset(read.removeprefix(STRATEGY) for read in names if read.startswith(STRATEGY))
    reads_items = bool(recommends) or any(read.startswith(READS) for read in names)
    asks = asks_messages or reads_items or reads_intents
    return Reads(
        event_names=_spelled(_event_names(names) | held_against | (PAGE if recommends else frozenset())),
        held_against=held_against,
        asks_messages=asks_messages,
        reads_items=reads_items,
        completes_carts=_reads_lines(names),
        recommends=recommends,
        reads_intents=reads_intents,
        plain=when is not None and not (reads_score(when.names) or asks or _reads_lines(when.names)),
    )


def _reads_lines(names: Iterable[str]) -> bool:
    return any(read.startswith(LINES) for read in names)


def _event_names(names: Iterable[str]) -> frozenset[str]:
    """The properties of the event that are read: an amount is read in its currency."""
    found = frozenset(read.split(".")[1] for read in names if read.startswith("event."))
    return found | {"currency"} if found & MONEY else found


def _spelled(names: frozenset[str]) -> frozenset[str]:
    """These names and what is read where they are absent."""
    return names.union(*(twins(name) for name in names))
