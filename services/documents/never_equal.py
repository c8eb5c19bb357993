"""Comparisons of values of different kinds, such as `cart.value >= "50 EUR"`: they can never be met, or always are. Refused."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import NamedTuple

from services.documents.files import CampaignFile
from services.documents.findings import Finding
from services.documents.kinds import Kinds
from services.documents.never_known import compared, odd
from services.documents.products import Kind
from services.documents.written import placed
from udfs.core.expressions.compiler import Expression
from udfs.core.expressions.items import is_lookup
from udfs.core.expressions.notes import is_number

AMOUNT = re.compile(r"\D*?(-?\d+(?:[.,]\d+)?)\D*")
SAID: Mapping[Kind, str] = {"number": "a number", "text": "a text", "truth": "true or false", "list": "a list", "object": "a table"}
_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_LISTED = {"any", "all", "count", "sum", "min", "max"}


class Unlike(NamedTuple):
    """A comparison of two kinds: what is wrong, how it is written instead, and at which column."""

    what: str
    hint: str
    offset: int


def never_equal(file: CampaignFile, expressions: Sequence[Expression], kinds: Kinds) -> list[Finding]:
    """Find comparisons that can never be met, because a number is compared with a text, for example."""
    found = []
    for path, expression in placed(file.document, expressions):
        for what, hint, offset in unlike(expression.source, kinds):
            found.append(file.source.finding(path, what, suggestion=hint, offset=offset))
    return found


def unlike(source: str, kinds: Kinds) -> list[Unlike]:
    """Comparisons of two kinds in an expression that compiles."""
    text = source.replace("\n", " ")
    shift = len(text) - len(text.lstrip())
    return [each._replace(offset=each.offset + shift) for each in _of(ast.parse(text.strip(), mode="eval").body, kinds)]


def _of(node: ast.expr, kinds: Kinds) -> Iterator[Unlike]:
    match node:
        case ast.Compare(left=left, ops=ops, comparators=comparators):
            sides = [left, *comparators]
            for op, one, other in zip(ops, sides, comparators, strict=False):
                yield from _compared(one, op, other, kinds)
        case ast.Call(func=ast.Name(id=name), args=[listed, asked]) if name in _LISTED:
            yield from _of(listed, kinds)
            yield from _of(asked, kinds.inside(listed))
            return
    told = [Unlike(what, hint, where.col_offset) for what, hint, where in odd(node, kinds)]
    yield from told
    for inner in ast.iter_child_nodes(node) if not (told and isinstance(node, ast.Attribute)) else ():
        if isinstance(inner, ast.expr):
            yield from _of(inner, kinds)


def _compared(one: ast.expr, op: ast.cmpop, other: ast.expr, kinds: Kinds) -> Iterator[Unlike]:
    if isinstance(op, ast.Is | ast.IsNot):
        return
    if (found := compared(one, op, other, kinds)) is not None:
        yield Unlike(found[0], found[1], found[2].col_offset)
        return
    if isinstance(op, ast.In | ast.NotIn):
        if isinstance(other, ast.List | ast.Tuple):
            each = ast.Eq() if isinstance(op, ast.In) else ast.NotEq()
            yield from islice((found for member in other.elts for found in _compared(one, each, member, kinds)), 1)
        elif (whole := kinds.of(other)) == "number" or whole == "truth":
            yield Unlike(f"{ast.unparse(other)} is {SAID[whole]}, and nothing is in it", "write == to compare", other.col_offset)
        elif whole == "text" and (part := kinds.of(one)) is not None and part != "text":
            hint = f'write "{ast.unparse(one)}" in quotes' if isinstance(one, ast.Constant) else "compare it with =="
            yield Unlike(f"{ast.unparse(one)} is {SAID[part]}, and only a text is in a text", hint, one.col_offset)
        return
    left, right = kinds.of(one), kinds.of(other)
    if left is None or right is None or _comparable(left, right, op):
        return
    (value, its), (told, theirs) = ((other, right), (one, left)) if isinstance(one, ast.Constant) else ((one, left), (other, right))
    if isinstance(value, ast.Constant) or _is_told_already(told, op):
        return
    outcome = "always met where it is known" if isinstance(op, ast.NotEq) else "never met"
    message = f"{ast.unparse(value)} is {SAID[its]} and {ast.unparse(told)} is {SAID[theirs]}: this is {outcome}"
    yield Unlike(message, _cure(value, its, told, theirs), told.col_offset)


def _comparable(left: Kind, right: Kind, op: ast.cmpop) -> bool:
    if {left, right} <= {"number", "truth"}:
        return True
    return left == right and (left not in {"object", "truth"} or isinstance(op, ast.Eq | ast.NotEq))


def _is_told_already(told: ast.expr, op: ast.cmpop) -> bool:
    """Numbers in quotes, compared by size: the language itself says so."""
    return isinstance(told, ast.Constant) and isinstance(told.value, str) and is_number(told.value) and not isinstance(op, ast.Eq | ast.NotEq)


def _cure(value: ast.expr, its: Kind, told: ast.expr, theirs: Kind) -> str:
    name = ast.unparse(value)
    if its == "list" and theirs == "text" and is_lookup(value):
        return f"write {ast.unparse(told)} in {name}"
    if its == "list":
        return f"write len({name}) for how many, or any({name}, …) to ask each" if theirs == "number" else f"write any({name}, …) to ask each"
    if its == "object":
        return f'write {name}["…"]: it has a figure for each key'
    if its == "number" and isinstance(told, ast.Constant) and isinstance(told.value, str):
        amount = AMOUNT.fullmatch(told.value)
        if amount:
            unit = "" if is_number(told.value) else ": amounts are in the shop's currency" if "cart" in name or "price" in name else ""
            return f"write {amount[1].replace(',', '.')} without quotes{unit}"
        return f"write a number, such as {name} > 0"
    if its == "text" and isinstance(told, ast.Constant) and isinstance(told.value, int | float) and theirs == "number":
        if name == "user.weekday":
            return f'write the day as a text: "{_WEEKDAYS[(int(told.value) - 1) % 7]}"'
        return f'write "{told.value}" in quotes, or number({name}) for the number that it reads as'
    if its == "text" and theirs == "truth":
        return f"write {name} != null to ask whether there is one"
    if theirs == "list":
        return f"write {name} in {ast.unparse(told)}" if not isinstance(told, ast.List) or told.elts else "write cart.empty"
    return f"compare {name} with {SAID[its]}"
