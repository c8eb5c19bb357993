"""How `recommend(…)` is written, the same in messages, conditions and offers."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from udfs.core.items.item import FIELDS
from udfs.core.recommend.strategy import DEFAULT_NAME, MAX_COUNT
from udfs.core.values.problems import did_you_mean

CALL = "recommend"
READS = "recommend()"
"""What is noted to be read where a list is made; templates find who makes it under this name."""
PRICES = ("min_price", "max_price")
EXAMPLES = {"category": "Outdoor > Tents", "brand": "Acme"}
"""The options that are names, each with one."""
OPTIONS = ("like", "category", "brand", "min_price", "max_price", "in_stock", "strategy")
USAGE = f"write {CALL}(8), or {CALL}(4, like=cart.products, max_price=50)"
STRATEGY = "strategy:"
"""What the name of a strategy begins with, where it is noted to be used."""
OWN = ("because", "because_of", "how", "fits", "source", "product_id")
"""What an item of a list has besides the fields of the catalogue."""
SHOWN = (*FIELDS, *OWN)
IN_VALUES = ("id", "product_id", "name", "brand", "category", "price", "currency", "image", "url", "because", "source")
"""What an item of a list has in conditions and offers, where a list is a value."""


class NoCall(ValueError):
    """A call that cannot be taken; `hint` says how it is written."""

    def __init__(self, message: str, hint: str | None = USAGE) -> None:
        super().__init__(message)
        self.hint = hint


class Asked(NamedTuple):
    """What a list is asked for, with the values of one moment; None: that is not asked."""

    number: int
    like: Any = None
    category: Any = None
    brand: Any = None
    min_price: Any = None
    max_price: Any = None
    in_stock: Any = None
    strategy: str = DEFAULT_NAME


def check(arguments: list[Any], options: Mapping[str, Any]) -> None:
    """Check what a call says outright. `arguments` and `options`: plain values as they are written, None for what is calculated, () for a
    list. Raises NoCall."""
    if len(arguments) != 1:
        msg = f"{CALL}() takes one number, how many items are wanted"
        raise NoCall(msg, USAGE if not arguments else f"{USAGE}; it is for the customer of the decision, and says nothing of whom")
    (count,) = arguments
    if isinstance(count, bool) or not isinstance(count, int) or not 1 <= count <= MAX_COUNT:
        msg = f"how many items are wanted is a whole number from 1 to {MAX_COUNT}"
        raise NoCall(msg)
    for name in options:
        if name not in OPTIONS:
            msg = f"{CALL}() has no option {name!r}"
            raise NoCall(msg, did_you_mean(name, OPTIONS) or f"it has {', '.join(OPTIONS)}")
    if "strategy" in options and not isinstance(options["strategy"], str):
        msg = "a strategy is named by a text"
        raise NoCall(msg, f'write {CALL}(8, strategy="{DEFAULT_NAME}")')
    for name, value in options.items():
        if value is not None:
            _check_option(name, value)


def _check_option(name: str, value: Any) -> None:
    """Check a value that is written outright: what cannot be read is an option that is not asked. Raises NoCall."""
    if name in PRICES and (isinstance(value, bool) or not isinstance(value, int | float)):
        msg = f"{name} is a number, in the shop's currency"
        raise NoCall(msg, f"write {name}=50")
    if name == "in_stock" and not isinstance(value, bool):
        msg = "in_stock is true or false"
        raise NoCall(msg, "write in_stock=true")
    if name in EXAMPLES and name_of(value) is None:
        msg = f"{name} is a text"
        raise NoCall(msg, f'write {name}="{EXAMPLES[name]}"')


def name_of(value: Any) -> str | None:
    """What stands for a name, as a text; None for what is none.

    >>> name_of(" Acme "), name_of(7), name_of(""), name_of(["Acme"]), name_of(True)
    ('Acme', '7', None, None, None)
    """
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    return str(value).strip() or None


def check_field(name: str) -> None:
    """Check a field of an item of a list. Raises NoCall."""
    if name not in SHOWN:
        msg = f"an item of {CALL}() has no field '{name}'"
        raise NoCall(msg, did_you_mean(name, SHOWN) or f"it has {', '.join(SHOWN)}")


def strategy_read(name: str) -> str:
    """What is noted of a strategy that a call names."""
    return f"{STRATEGY}{name}"
