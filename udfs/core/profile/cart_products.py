"""What a product is called: trackers tell one and the same by its id, its sku, its name or its variant, and not always by the same of them."""

from collections.abc import Iterable, Mapping, Sequence, Set
from typing import Any

from udfs.core.profile.cart_state import Item
from udfs.core.values.chance import fingerprint
from udfs.core.values.ids import folded

MAX_NAME = 100
"""Characters by which products are distinguished."""
_NAMES = ("product_id", "sku", "name")


def product_of(product: Mapping[str, Any]) -> str:
    """What tells one product from another, at most 100 characters; empty when nothing does."""
    return product_called(str(product.get("product_id") or product.get("sku") or product.get("name") or ""))


def product_called(name: str) -> str:
    """The same, of a product that is called so.

    >>> product_called(" tent "), len(product_called("x" * 200))
    ('tent', 100)
    """
    told = name.strip()
    return told if len(told) <= MAX_NAME else told[: MAX_NAME - 17] + "~" + fingerprint(folded(told)).hex()


def names_of(product: Mapping[str, Any]) -> list[str]:
    """What a product is called: its id, sku, name and variant, each empty where it does not say."""
    return [_folded(product.get(field)) for field in _NAMES] + [_variant(product.get("variant"))]


def surest_names_of(product: Mapping[str, Any]) -> list[str]:
    """Its id and sku, else its name: what tells one product of an order from another."""
    product_id, sku, name, _ = names_of(product)
    return [each for each in (product_id, sku) if each] or [name] * bool(name)


def listed(properties: Mapping[str, Any]) -> Set[str] | None:
    """What the products of an order are called; None if it lists none."""
    products = properties.get("products")
    if not isinstance(products, list):
        return None
    return {name for product in products if isinstance(product, dict) for name in surest_names_of(product)} or None


def names_of_line(item: Item) -> set[str]:
    """All that a line of a cart is called."""
    return {_folded(item.product_id), _folded(item.sku), _folded(item.name), _variant(item.variant)} - {""}


def is_called(item: Item, names: Set[str]) -> bool:
    """Whether it is called so by any of its names."""
    return not names.isdisjoint(names_of_line(item))


def other_names(product: Mapping[str, Any]) -> tuple[str | None, str | None]:
    """The sku and the variant."""
    sku, variant = (product_of({"product_id": product.get(field)}) or None for field in ("sku", "variant"))
    return sku, variant


def meant(items: Iterable[Item], names: Sequence[str]) -> list[Item]:
    """The lines that are meant: those that are called by the surest name that any of them has, and of several those that fit best.

    A name or a sku does not stand against an id: two sizes of a tent are called alike.
    """
    called = [(item, names_of_line(item)) for item in items]
    found: list[tuple[Item, set[str]]] = []
    for place, name in enumerate(names):
        if place == 1 and names[0] and not found:
            called = [each for each in called if not _has_id(each[0])]
        if name:
            found = [each for each in found or called if name in each[1]] or found
    return [item for item, _ in found]


def _has_id(item: Item) -> bool:
    """Whether its id is one, and not a sku or a name that stands in for it."""
    return item.product_id not in {"", item.sku, item.name}


def _folded(told: Any) -> str:
    if not told:
        return ""
    text = str(told).strip()
    return folded(text if len(text) <= MAX_NAME else product_of({"product_id": text}))


def _variant(told: Any) -> str:
    return f"variant: {text}" if (text := _folded(told)) else ""
