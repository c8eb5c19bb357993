"""What kind of value each field of a product has: those of `item(…)`, and those of the items of `recommend(…)`."""

import ast
from collections.abc import Mapping
from typing import Literal

from udfs.core.expressions.recommends import is_list
from udfs.core.recommend.call import IN_VALUES, SHOWN

Kind = Literal["number", "text", "truth", "list", "object"]

OF_ITEM: Mapping[str, Kind] = {
    **dict.fromkeys(("id", "name", "category", "brand", "currency", "image", "url", "released"), "text"),
    **dict.fromkeys(("price", "list_price", "stock", "viewers_1h"), "number"),
    **dict.fromkeys(("in_stock", "learned"), "truth"),
    "tags": "list",
    "properties": "object",
}
"""Of the fields that the catalogue has."""
OF_SHOWN: Mapping[str, Kind] = {**{name: OF_ITEM.get(name, "text") for name in SHOWN}, "fits": "list"}
"""Of an item of a list, in messages."""
OF_VALUE: Mapping[str, Kind] = {name: OF_SHOWN[name] for name in IN_VALUES}
"""The same in conditions."""


def shown_field(node: ast.expr) -> Kind | None:
    """The kind of `recommend(3)[0].price`, None for anything else."""
    match node:
        case ast.Attribute(value=ast.Subscript(value=listed), attr=name) if is_list(listed):
            return OF_VALUE.get(name)
        case ast.Subscript(value=listed) if is_list(listed):
            return "object"
    return None


def most(node: ast.expr) -> int | None:
    """How many items `len(recommend(3))` counts at most, None for anything else."""
    match node:
        case ast.Call(func=ast.Name(id="len" | "count"), args=[ast.Call(args=[ast.Constant(value=int() as number)]) as of, *_]) if is_list(of):
            return number
    return None
