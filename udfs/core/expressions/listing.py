"""The part of an expression's writer that is about lists: list functions, their items, and what stands in brackets.

Inside a list function a bare name is a field of the item (`category`), `item` the item itself; `event.`, `user.`, `cart.`, `session.`, `group.`
and `features.` are read as everywhere. A list function inside another runs over a list of the item, so all of it together looks at each thing
once.
"""

import ast
from abc import ABC, abstractmethod

from udfs.core.expressions.error import ExpressionError
from udfs.core.expressions.fields import code_of
from udfs.core.expressions.vocabulary import Vocabulary

MAX_FUNCTIONS = 10
"""List functions in one expression."""
MAX_NESTED = 2
MAX_KEY = 100
"""Characters of a name in brackets."""
OUTSIDE = frozenset({"event", "user", "cart", "session", "group", "features"})
OBJECTS = frozenset({"event", "user", "group"})
"""Whose fields may stand in brackets, where a name is no plain word: event["Plan Name"]."""
_FIGURES = {"count": "count_of", "sum": "sum_of", "max": "largest_of", "min": "smallest_of"}


class Lists(ABC):
    """Writes list functions. `items`: the variables of the items, outermost first."""

    vocabulary: Vocabulary
    names: set[str]
    """Names that the expression reads."""

    def __init__(self) -> None:
        self.items: list[str] = []
        self.fields: set[str] = set()
        self.functions = 0

    @abstractmethod
    def refuse(self, node: ast.AST, message: str, hint: str | None = None) -> ExpressionError:
        """The error for a node that cannot be taken."""

    @abstractmethod
    def value(self, node: ast.expr, *, depth: int) -> str:
        """Code of a value."""

    @abstractmethod
    def condition(self, node: ast.expr, *, negated: bool, depth: int) -> str:
        """Code of a condition."""

    @abstractmethod
    def read(self, node: ast.expr, name: str) -> str:
        """Code that reads a name of the vocabulary."""

    def some(self, node: ast.Call, name: str, *, negated: bool, depth: int) -> str:
        """Code of `any` or `all`. Not any is all not, so that what is unknown stays unknown under a negation."""
        if len(node.args) != 2 or node.keywords:
            raise self.refuse(node, f'{name}() asks each item of a list: write {name}(event.products, category == "tents")')
        helper = "any_of" if (name == "any") is not negated else "all_of"
        return f"{helper}({self._listed(node, depth)}, {self._each(node, condition=True, negated=negated, depth=depth)})"

    def is_over_list(self, name: str, node: ast.Call) -> bool:
        """Whether it is a list function: max and min are those of numbers, too."""
        if name in {"count", "sum"}:
            return True
        return name in {"max", "min"} and (len(node.args) == 1 or (len(node.args) == 2 and _is_path(node.args[0]) and bool(_bare(node.args[1]))))

    def figure(self, node: ast.Call, name: str, *, depth: int) -> str:
        """Code of `count`, `sum`, `max` or `min` over a list."""
        if not 1 <= len(node.args) <= 2:
            example = "count(event.products, price > 50)" if name == "count" else f"{name}(event.products, price * quantity)"
            raise self.refuse(node, f"{name}() runs over a list: write {example}")
        helper, found = _FIGURES[name], self._listed(node, depth)
        if len(node.args) == 1:
            return f"{helper}({found})" if name == "count" else f"{helper}({found}, itself)"
        before = set(self.fields)
        each = self._each(node, condition=name == "count", negated=False, depth=depth)
        otherwise = self._of_numbers(node, name, depth) if name in {"max", "min"} else None
        self.fields = before if otherwise else self.fields
        return f"{helper}({found}, {each}, lambda: {otherwise})" if otherwise else f"{helper}({found}, {each})"

    def _of_numbers(self, node: ast.Call, name: str, depth: int) -> str | None:
        """The same as max or min of two numbers, where the second reads as one: `max(event.bid, views_7d)`."""
        first, second = node.args
        if self.items or not all(self.vocabulary.read(word) for word in _bare(second)):
            return None
        helper = "largest" if name == "max" else "smallest"
        return f"{helper}({self.value(first, depth=depth + 1)}, {self.value(second, depth=depth + 1)})"

    def listed(self, node: ast.expr, *, depth: int) -> str:
        """Code of a list: `cart.items`, a number elsewhere, stands for the products in the cart here."""
        if isinstance(node, ast.Attribute) and node.attr == "items" and isinstance(node.value, ast.Name) and node.value.id == "cart":
            return self.read(node, "cart.products")
        return self.value(node, depth=depth)

    def bracketed(self, node: ast.Subscript, *, depth: int) -> str:
        """Code of `event.products[0]`, `spend_by_category["tents"]` or `event["Plan Name"]`."""
        place = _place(node.slice)
        if place is None and self._names_key(node):
            return f"item_at({self.listed(node.value, depth=depth + 1)}, {self.value(node.slice, depth=depth + 1)})"
        if place is None or (isinstance(place, str) and not 0 < len(place) <= MAX_KEY):
            raise self.refuse(node, 'in brackets stands a whole number or a text: event.products[0].name, spend_by_category["tents"]')
        if isinstance(node.value, ast.Name) and node.value.id in OBJECTS and not (self.items and node.value.id not in OUTSIDE):
            name = node.value.id
            if not isinstance(place, str) or "." in place:
                raise self.refuse(node, f'name the field as a text without dots, such as {name}["Plan Name"]')
            return self.read(node, f"{name}.{place}")
        return f"item_at({self.listed(node.value, depth=depth + 1)}, {place!r})"

    def _names_key(self, node: ast.Subscript) -> bool:
        """Whether a property says which figure of a feature is meant: `bought_last[event.product_id]`, of an item `features.margins[product_id]`."""
        match node.value:
            case ast.Name(id=name) if not self.items:
                known = name in self.vocabulary.features
            case ast.Attribute(value=ast.Name(id="features"), attr=name):
                known = name in self.vocabulary.features
            case _:
                return False
        return known and (isinstance(node.slice, ast.Attribute) or (bool(self.items) and isinstance(node.slice, ast.Name)))

    def is_of_item(self, name: str) -> bool:
        """Whether a name inside a list function is the item's."""
        root, dot, _ = name.partition(".")
        return not (dot and root in OUTSIDE)

    def of_item(self, name: str) -> str:
        """Code that reads a field of the item, or the item."""
        steps = name.split(".")
        if steps[0] == "item":
            steps = steps[1:]
        else:
            self.fields.add(steps[0])
        return code_of(self.items[-1], steps)

    def _listed(self, node: ast.Call, depth: int) -> str:
        self.functions += 1
        if self.functions > MAX_FUNCTIONS:
            raise self.refuse(node, f"at most {MAX_FUNCTIONS} list functions in one expression: split it into features")
        if len(self.items) >= MAX_NESTED:
            raise self.refuse(node, f"list functions are nested at most {MAX_NESTED} deep")
        if self.items and not self._starts_at_item(node.args[0]):
            raise self.refuse(node, "inside a list function another one runs over a list of the item: any(event.orders, any(products, price > 50))")
        return self.listed(node.args[0], depth=depth + 1)

    def _starts_at_item(self, node: ast.expr) -> bool:
        dots = False
        while isinstance(node, (ast.Attribute, ast.Subscript)):
            node, dots = node.value, True
        return isinstance(node, ast.Name) and not (dots and node.id in OUTSIDE)

    def _each(self, node: ast.Call, *, condition: bool, negated: bool, depth: int) -> str:
        """The function that is called with each item."""
        variable = f"i{len(self.items)}"
        self.items.append(variable)
        asked = node.args[1]
        body = self.condition(asked, negated=negated, depth=depth + 1) if condition else self.value(asked, depth=depth + 1)
        self.items.pop()
        return f"lambda {variable}: {body}"


def _bare(node: ast.expr) -> set[str]:
    """The names in it that would be the item's: no functions, no roots such as `event.`, no words such as true."""
    called = {id(call.func) for call in ast.walk(node) if isinstance(call, ast.Call)}
    rooted = {id(each.value) for each in ast.walk(node) if isinstance(each, ast.Attribute) and _root(each) in OUTSIDE}
    names = {each.id for each in ast.walk(node) if isinstance(each, ast.Name) and id(each) not in called | rooted}
    return {name for name in names if name.lower() not in {"true", "false", "null", "none"}}


def _root(node: ast.expr) -> str | None:
    while isinstance(node, (ast.Attribute, ast.Subscript)):
        node = node.value
    return node.id if isinstance(node, ast.Name) else None


def _is_path(node: ast.expr) -> bool:
    return isinstance(node, (ast.Attribute, ast.Subscript, ast.Name)) and _root(node) is not None


def _place(node: ast.expr) -> str | int | None:
    match node:
        case ast.Constant(value=str() | int() as place) if not isinstance(place, bool):
            return place
        case ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=int() as place)) if not isinstance(place, bool):
            return -place
    return None
