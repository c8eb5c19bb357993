"""Conditions with three values: true, false and unknown (None). An unknown never meets a condition, and neither does its negation."""

import ast
import operator
from collections.abc import Callable
from decimal import Decimal
from typing import Protocol

COMPARE: dict[type[ast.cmpop], Callable[[Decimal, Decimal], bool]] = {
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
}
ARITHMETIC: dict[type[ast.operator], Callable[[Decimal, Decimal], Decimal]] = {ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul}


class NotJudged(Exception):
    """The oracle has no opinion on this part of the language."""


class Scope(Protocol):
    """Where the names of a condition are looked up."""

    def name(self, path: list[str]) -> object:
        """The value of `cart.value`, `user.address.city`, `orders_90d`; None is unknown."""

    def seen(self, event: str, within: str | None) -> bool:
        """Whether it happened."""


def evaluate(text: object, scope: Scope) -> object:
    """The value of an expression; numbers are decimals."""
    if isinstance(text, bool):
        return text
    return of(ast.parse(str(text).strip(), mode="eval").body, scope)


def plain(value: object) -> object:
    """Numbers as decimals, so that 0.1 + 0.2 is 0.3."""
    return Decimal(str(value)) if isinstance(value, int | float) and not isinstance(value, bool) else value


def truth(value: object) -> bool | None:
    """As Python sees it; unknown stays unknown."""
    return None if value is None else bool(value)


def of(node: ast.expr, scope: Scope) -> object:
    match node:
        case ast.Constant(value=value):
            return plain(value)
        case ast.Name() | ast.Attribute() | ast.Subscript():
            return look_up(node, scope)
        case ast.BoolOp(op=op, values=values):
            told = [truth(of(value, scope)) for value in values]
            decisive = isinstance(op, ast.Or)
            if decisive in told:
                return decisive
            return None if None in told else not decisive
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            value = truth(of(operand, scope))
            return None if value is None else not value
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            number = of(operand, scope)
            return -number if isinstance(number, Decimal) else None
        case ast.BinOp(left=left, op=op, right=right):
            return calculate(of(left, scope), op, of(right, scope))
        case ast.IfExp(test=test, body=body, orelse=orelse):
            value = truth(of(test, scope))
            return None if value is None else of(body if value else orelse, scope)
        case ast.Compare(left=left, ops=ops, comparators=comparators):
            sides = [of(one, scope) for one in (left, *comparators)]
            told = [compare(a, op, b) for a, op, b in zip(sides, ops, sides[1:], strict=False)]
            return False if False in told else None if None in told else True
        case ast.List(elts=elements) | ast.Tuple(elts=elements):
            return [of(element, scope) for element in elements]
        case ast.Call(func=ast.Name(id=name), args=args):
            return call(name, args, scope)
    raise NotJudged(ast.unparse(node))


def look_up(node: ast.expr, scope: Scope) -> object:
    if isinstance(node, ast.Subscript):
        whole, place = of(node.value, scope), of(node.slice, scope)
        if isinstance(whole, list) and isinstance(place, Decimal) and -len(whole) <= place < len(whole):
            return plain(whole[int(place)])
        return plain(whole.get(place)) if isinstance(whole, dict) else None
    path: list[str] = []
    while isinstance(node, ast.Attribute):
        path.insert(0, node.attr)
        node = node.value
    if isinstance(node, ast.Name):
        return plain(scope.name([node.id, *path]))
    value = of(node, scope)
    for name in path:
        value = value.get(name) if isinstance(value, dict) else None
    return plain(value)


def calculate(left: object, op: ast.operator, right: object) -> object:
    if not isinstance(left, Decimal) or not isinstance(right, Decimal):
        return None
    if isinstance(op, ast.Div):
        return left / right if right else None
    if type(op) not in ARITHMETIC:
        raise NotJudged(ast.dump(op))
    return ARITHMETIC[type(op)](left, right)


def compare(left: object, op: ast.cmpop, right: object) -> bool | None:
    """Equal are things of one kind only; an order there is among numbers and among texts."""
    if left is None or right is None:
        return None
    if isinstance(op, ast.Eq | ast.NotEq):
        return (left == right) == isinstance(op, ast.Eq)
    if isinstance(op, ast.In | ast.NotIn):
        if not isinstance(right, list | str) or (isinstance(right, str) and not isinstance(left, str)):
            return None
        found = left in right
        if not found and isinstance(right, list) and None in right:
            return None
        return found == isinstance(op, ast.In)
    if isinstance(left, Decimal) and isinstance(right, Decimal):
        return COMPARE[type(op)](left, right)
    return None


class Item:
    """Inside `any(list, …)` names are first those of the item."""

    def __init__(self, item: object, outer: Scope) -> None:
        self.item, self.outer = item, outer

    def name(self, path: list[str]) -> object:
        if isinstance(self.item, dict) and path[0] not in {"event", "user", "cart"}:
            value: object = self.item
            for part in path:
                value = value.get(part) if isinstance(value, dict) else None
            return value
        return self.outer.name(path)

    def seen(self, event: str, within: str | None) -> bool:
        return self.outer.seen(event, within)


def call(name: str, args: list[ast.expr], scope: Scope) -> object:
    if name == "seen":
        texts = [of(arg, scope) for arg in args]
        return scope.seen(str(texts[0]), str(texts[1]) if len(texts) > 1 else None)
    if name == "default":
        value = of(args[0], scope)
        return of(args[1], scope) if value is None or (isinstance(value, str) and not value.strip()) else value
    if name in {"any", "count", "sum"} and len(args) == 2:
        items = of(args[0], scope)
        if not isinstance(items, list):
            return None
        told = [of(args[1], Item(item, scope)) for item in items]
        if name == "any":
            return True if any(truth(one) for one in told) else None if None in told else False
        if None in told:
            return None
        return Decimal(sum(1 for one in told if one)) if name == "count" else sum((one for one in told if isinstance(one, Decimal)), Decimal(0))
    values = [of(arg, scope) for arg in args]
    if None in values:
        return None
    first = values[0]
    if name == "len" and isinstance(first, list | str):
        return Decimal(len(first))
    if name == "lower" and isinstance(first, str):
        return first.lower()
    numbers = [value for value in values if isinstance(value, Decimal)]
    if name in {"abs", "round", "min", "max"}:
        if len(numbers) < len(values):
            return None
        return (
            abs(numbers[0]) if name == "abs" else Decimal(round(numbers[0])) if name == "round" else min(numbers) if name == "min" else max(numbers)
        )
    raise NotJudged(name)
