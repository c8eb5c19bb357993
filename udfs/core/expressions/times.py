"""Dates in conditions: what is compared with `now`, or with a day in quotes, is read as the time that it says, however it was sent."""

import ast
import re

from udfs.core.expressions.notes import dotted
from udfs.core.values.instants import read

_TIMES = frozenset({"now", "session.started", "session.last"})
_TOLD = frozenset({"event", "user", "group"})
_OURS = frozenset({"user.id", "user.hour", "user.weekday"})
_WRITTEN = re.compile(r"\d{4}-\d{2}-\d{2}([T ].*)?")
ORDERING = (ast.Lt, ast.LtE, ast.Gt, ast.GtE)


def is_time(node: ast.expr) -> bool:
    """Whether it is a point in time: `now`, or so much before or after it."""
    match node:
        case ast.Name() | ast.Attribute():
            return dotted(node) in _TIMES
        case ast.BinOp(op=ast.Add(), left=left, right=right):
            return is_time(left) != is_time(right)
        case ast.BinOp(op=ast.Sub(), left=left, right=right):
            return is_time(left) and not is_time(right) and not may_be_told(right)
        case ast.Constant(value=str() as text):
            return written(text) is not None
    return False


def may_be_told(node: ast.expr) -> bool:
    """Whether it is a property or a trait, bare or with a default: what somebody may have sent as a date."""
    match node:
        case ast.Call(func=ast.Name(id="default"), args=[first, _]):
            return may_be_told(first)
        case ast.Subscript(value=value):
            return root(value) in _TOLD
    name = dotted(node) or ""
    return root(node) in _TOLD and name not in _OURS and name not in _TOLD


def root(node: ast.expr) -> str | None:
    """The first name of a dotted one, with brackets or without."""
    while isinstance(node, (ast.Attribute, ast.Subscript)):
        node = node.value
    return node.id if isinstance(node, ast.Name) else None


def written(text: str) -> int | None:
    """Epoch milliseconds of a day or a time in quotes, as ISO 8601 writes it."""
    found = read(text) if _WRITTEN.fullmatch(text.strip()) else None
    return None if found is None else found.at
