"""The part of an expression's writer that is about the catalogue: `item(event.product_id).price`."""

import ast

from udfs.core.expressions.listing import Lists
from udfs.core.items.item import CALL, READS, NoField, field_of


def steps_of(node: ast.expr) -> tuple[ast.Call, list[str]] | None:
    """The call, and the names after it, of `item(…).properties.colour`; None for anything else."""
    steps: list[str] = []
    while True:
        match node:
            case ast.Attribute(value=inner, attr=name) | ast.Subscript(value=inner, slice=ast.Constant(value=str() as name)):
                steps.insert(0, name)
                node = inner
            case ast.Call(func=ast.Name(id=name)) if name == CALL:
                return node, steps
            case _:
                return None


def is_lookup(node: ast.expr) -> bool:
    """Whether it reads an item of the catalogue."""
    return steps_of(node) is not None


def looked_up(writer: Lists, node: ast.expr, *, depth: int) -> str:
    """Code that reads a field of an item."""
    found = steps_of(node)
    assert found is not None  # asked before
    call, steps = found
    written = ast.unparse(call)
    if len(call.args) != 1 or call.keywords or isinstance(call.args[0], ast.Starred):
        raise writer.refuse(node, "item() takes one thing, the id of an item", "write item(event.product_id).price")
    if not writer.vocabulary.items:
        hint = "ask it in when, a value, an offer or a step, or read the property of the event"
        raise writer.refuse(node, "the catalogue is not read here: only a decision says which items it has read", hint)
    try:
        field = field_of(steps, written)
    except NoField as error:
        raise writer.refuse(node, str(error), error.hint) from None
    writer.names.add(f"{READS}{field}")
    return f"item_field(m, {writer.value(call.args[0], depth=depth + 1)}, {field!r})"
