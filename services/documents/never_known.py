"""What compiles and cannot be meant: a weekday that no week has, a field of a number, a time in words next to `now`, sums over true and false.

Each is reported with how it is written instead.
"""

from __future__ import annotations

import ast
import operator
import re
from collections.abc import Callable, Iterator, Mapping

from services.documents.kinds import Kinds
from services.documents.products import most
from udfs.core.expressions import times
from udfs.core.expressions.notes import dotted, is_number
from udfs.core.expressions.recommends import is_list
from udfs.core.values.durations import DAY, MINUTE, UNITS
from udfs.core.values.problems import did_you_mean

Odd = tuple[str, str, ast.expr]
"""What is wrong, how it is written instead, and where."""

LINES = frozenset({"event.products", "cart.products", "cart.items"})
_SPAN = re.compile(r"\s*(\d+(?:\.\d+)?)\s*(ms|s|m|h|d|w)\s*")
_CLOCK = re.compile(r"([01]?\d|2[0-3]):[0-5]\d")
_YEAR = re.compile(r"(?:19|20)\d\d")
_BORN = frozenset({"user.birthday", "user.birthdate", "user.date_of_birth"})
_SECONDS = frozenset({"session.seconds", "session.longest"})
_ORDERS: Mapping[type[ast.cmpop], Callable[[int, float], bool]] = {
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
}
_MIRRORED: Mapping[type[ast.cmpop], type[ast.cmpop]] = {ast.Lt: ast.Gt, ast.LtE: ast.GtE, ast.Gt: ast.Lt, ast.GtE: ast.LtE}


def compared(one: ast.expr, op: ast.cmpop, other: ast.expr, kinds: Kinds) -> Odd | None:
    """What is odd about one comparison, None where nothing is."""
    if isinstance(op, ast.In | ast.NotIn):
        return _inside(one, op, other, kinds)
    if isinstance(one, ast.Constant) and not isinstance(other, ast.Constant):
        one, op, other = other, _MIRRORED.get(type(op), type(op))(), one
    return _beyond(one, op, other) or _among(one, op, other, kinds) or _of_time(one, op, other) or _of_truth(one, op, other, kinds)


def calculated(node: ast.BinOp, kinds: Kinds) -> Odd | None:
    """What is odd about a sum, a difference, a product or a quotient."""
    for side, other in ((node.left, node.right), (node.right, node.left)):
        if kinds.of(side) == "truth":
            name = ast.unparse(side)
            return f"{name} is true or false, and nothing is computed with it", f"write a number, such as 1 if {name} else 0", side
        if not (isinstance(side, ast.Constant) and isinstance(side.value, str)) or times.is_time(side):
            continue
        if isinstance(node.op, ast.Add) and kinds.of(other) != "number":
            continue
        cure = span_as_number(side.value, ast.unparse(other)) or (side.value if is_number(side.value) else None)
        hint = f"write {cure}" if cure else "compute with numbers only"
        return f"'{side.value}' is a text, and nothing is computed with it", hint, side
    return None


def with_fields(node: ast.Attribute, kinds: Kinds) -> Odd | None:
    """`event.price.amount`: a number, a text and a truth value have no fields."""
    name = dotted(node)
    holder, _, word = (name or "").rpartition(".")
    if not holder.count("."):
        return None
    kind = "text" if holder == "user.email" else kinds.named(holder)
    if kind not in {"number", "text", "truth"}:
        return None
    hint = f"write {holder}"
    if holder in _BORN:
        hint = f"a date is a trigger: {{date: {holder}}}"
    elif kind == "text":
        hint = f'write starts_with({holder}, "…"), ends_with({holder}, "…") or "…" in {holder} for a part of it'
    what = {"number": "a number", "text": "a text", "truth": "true or false"}[str(kind)]
    return f"{name} is never known: {holder} is {what} and has no fields, so no {word} either", hint, node


def span_as_number(text: str, beside: str) -> str | None:
    """`3d` as the number that stands for it: of seconds next to `session.seconds`, else of milliseconds."""
    span = _SPAN.fullmatch(text)
    if span is None:
        return None
    length = UNITS[span[2]]
    if any(name in beside for name in _SECONDS):
        return f"{float(span[1]) * length / 1000:g}"
    return f"{span[1]} * {length}" if "now" in beside or "session." in beside or "instant" in beside else None


def _inside(one: ast.expr, op: ast.cmpop, other: ast.expr, kinds: Kinds) -> Odd | None:
    name = ast.unparse(one)
    word = "in" if isinstance(op, ast.In) else "not in"
    if isinstance(other, ast.Constant) and isinstance(other.value, str) and not isinstance(one, ast.Constant):
        members = ", ".join(f'"{member}"' for member in re.split(r"\s*[,;|/]\s*", other.value.strip()) if member)
        return f"'{other.value}' is a text: this asks whether {name} is a part of it", f"write {name} {word} [{members}]", other
    if isinstance(one, ast.Constant) and isinstance(one.value, str) and dotted(other) in LINES:
        field = "name" if " " in one.value else "category" if dotted(other) == "event.products" else "product_id"
        hint = f'write any({dotted(other)}, {field} == "{one.value}")'
        return f"{dotted(other)} is a list of products, and none of them is a text", hint, other
    if is_list(other) and kinds.of(one) != "object":
        value = ast.unparse(one).replace("'", '"')
        return f"{ast.unparse(other)} is a list of products, and none of them is a text", f"write any({ast.unparse(other)}, id == {value})", other
    if isinstance(other, ast.List | ast.Tuple):
        each = ast.Eq()
        return next((found for member in other.elts if (found := _among(one, each, member, kinds))), None)
    return None


def _beyond(one: ast.expr, op: ast.cmpop, other: ast.expr) -> Odd | None:
    """More products than a list asks for."""
    number = most(one)
    if number is None or not isinstance(other, ast.Constant) or not isinstance(other.value, int) or type(op) not in _ORDERS:
        return None
    if any(_ORDERS[type(op)](count, other.value) for count in range(number + 1)):
        return None
    name = ast.unparse(one)
    return f"{name} is {number} at most: this is never met", f"ask for more products, or write {name} == {number}", other


def _among(one: ast.expr, op: ast.cmpop, other: ast.expr, kinds: Kinds) -> Odd | None:
    """A value that the other side never has."""
    name = ast.unparse(one)
    if not isinstance(other, ast.Constant) or isinstance(other.value, bool):
        return None
    if dotted(one) in {"user.hour", "hour", "features.hour"} and isinstance(other.value, int | float) and type(op) in _ORDERS:
        met = {_ORDERS[type(op)](hour, other.value) for hour in range(24)}
        if met == {False} or (met == {True} and isinstance(op, ast.NotEq)):  # user.hour < 24 is how some end a range
            outcome = "always met" if met == {True} else "never met"
            return f"{name} is from 0 to 23: this is {outcome}", "write a number from 0 to 23, such as user.hour >= 9", other
    values = kinds.values(one)
    if not values or not isinstance(other.value, str):
        return None
    if not isinstance(op, ast.Eq | ast.NotEq):
        return f"{name} is a text, and texts are ordered by their letters", f'write {name} in ["{other.value}", …]', other
    if other.value in values:
        return None
    lowered = other.value.strip().lower()
    near = next((value for value in values if value == lowered or (len(lowered) > 1 and value.startswith(lowered))), None)
    hint = f'write "{near}"' if near else did_you_mean(lowered, values) or f"write one of {', '.join(values)}"
    return f"{name} is never '{other.value}', but {_listed(values)}", hint, other


def _of_time(one: ast.expr, op: ast.cmpop, other: ast.expr) -> Odd | None:
    name = ast.unparse(one)
    if isinstance(other, ast.Constant) and isinstance(other.value, int | float | str) and not isinstance(other.value, bool):
        if dotted(one) in _BORN and _YEAR.fullmatch(str(other.value)) and not isinstance(op, ast.Eq | ast.NotEq):
            return f"{name} is a date, not a year", f'write a day in quotes: "{other.value}-01-01"', other
        if not times.is_time(one) or isinstance(one, ast.Constant):
            return _of_span(one, op, other)
        if isinstance(other.value, str):
            if (times.written(other.value)) is not None:
                return None
            clock = _CLOCK.fullmatch(other.value.strip())
            hint = f"write user.hour >= {int(clock[1])} for the hour of the day" if clock else 'write a day in quotes, such as "2026-07-01"'
            return f"{name} is a point in time, and '{other.value}' is none", hint, other
        if 0 < abs(other.value) < 1000 * DAY:
            hint = 'compare it with a date: write user.trial_ends or "2026-07-01"; for the hour of the day write user.hour'
            return f"{name} counts milliseconds since 1970, so this is decided already", hint, other
        return None
    if isinstance(op, ast.Eq | ast.NotEq) and "now" in {dotted(one), dotted(other)}:
        date = name if dotted(other) == "now" else ast.unparse(other)
        hint = f"a date is a trigger: {{date: {date}}}" if date.startswith("user.") else f"write {date} <= now"
        return "now is one millisecond, and no date is equal to it", hint, one
    return None


def _of_span(one: ast.expr, op: ast.cmpop, other: ast.Constant) -> Odd | None:
    """A difference of two times is a number of milliseconds."""
    name = ast.unparse(one)
    if isinstance(other.value, str):
        number = span_as_number(other.value, name)
        unit = "seconds" if name in _SECONDS else "milliseconds"
        return None if number is None else (f"{name} is a number of {unit}, not '{other.value}'", f"write {number}", other)
    is_span = isinstance(one, ast.BinOp) and isinstance(one.op, ast.Sub) and (times.is_time(one.left) or times.is_time(one.right))
    if is_span and isinstance(other.value, int | float) and 0 < abs(other.value) < MINUTE and not isinstance(op, ast.Eq | ast.NotEq):
        return f"{name} is a number of milliseconds: {other.value} of them are no time at all", f"write {other.value} * 86400000 for days", other
    return None


def _of_truth(one: ast.expr, op: ast.cmpop, other: ast.expr, kinds: Kinds) -> Odd | None:
    truth = isinstance(other, ast.Constant | ast.Name) and kinds.of(other) == "truth" and ast.unparse(other).lower() in {"true", "false"}
    if not truth or kinds.of(one) != "number":
        return None
    name = ast.unparse(one)
    return f"{name} is a number, not true or false", f"write {name} > 0", other


def _listed(values: tuple[str, ...]) -> str:
    return f"{', '.join(values[:-1])} or {values[-1]}" if len(values) > 1 else values[0]


def odd(node: ast.expr, kinds: Kinds) -> Iterator[Odd]:
    """What is odd about a node by itself, without those in it."""
    found = calculated(node, kinds) if isinstance(node, ast.BinOp) else with_fields(node, kinds) if isinstance(node, ast.Attribute) else None
    if found is not None:
        yield found
