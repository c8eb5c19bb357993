"""Conditions of metrics: the words of conditions in campaigns, over the columns of one table, as SQL.

`event == "product_added" and properties.price > 50` becomes a condition of DuckDB. Only the node kinds below exist, names are columns, and
values are written by us: nothing that somebody writes reaches the database as it stands. What is unknown is never met, negated or not.
"""

import ast
from collections.abc import Mapping
from math import isfinite
from typing import Any

from services.kpis.tables import PROPERTIES, Table
from udfs.core.expressions.error import ExpressionError
from udfs.core.expressions.slips import usual_slip
from udfs.core.values.problems import did_you_mean

MAX_CHARACTERS = 2_000
MAX_DEPTH = 40
MAX_NUMBER = 10**18
_COMPARED = {ast.Eq: "=", ast.NotEq: "<>", ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">="}
_NUMBERS = {ast.Add: "+", ast.Sub: "-", ast.Mult: "*"}
_WORDS: Mapping[str, Any] = {"true": True, "false": False, "null": None}
_NUMERIC = frozenset({"number", "money", "duration"})
_TIMES = "time"


class _Value:
    """A part of a condition: its SQL and its kind. `None`: a property, whose kind its other side tells."""

    def __init__(self, sql: str, kind: str | None, path: str = "") -> None:
        self.sql, self.kind, self.path = sql, kind, path

    def as_kind(self, kind: str) -> str:
        """The SQL of a property that is compared with a value of this kind."""
        if self.kind is not None:
            return self.sql
        if kind in _NUMERIC:
            return f"number_of({PROPERTIES}, {self.path})"
        if kind == "flag":
            return f"flag_of({PROPERTIES}, {self.path})"
        return f"{'text' if kind == 'text' else 'any'}_of({PROPERTIES}, {self.path})"


def condition(source: object, table: Table) -> str:
    """The condition as SQL over a row of the table. Raises ExpressionError, with the column where it is wrong."""
    return _Writer(source, table).condition()


def key(source: str, table: Table) -> str:
    """A column or a property as SQL, as text, by which two rows are the same. Raises ExpressionError."""
    return _Writer(source, table).key()


class _Writer:
    def __init__(self, source: object, table: Table) -> None:
        told = str(source) if isinstance(source, bool) else source
        if not isinstance(told, str) or not told.strip():
            message = "a condition is a text, such as opened and not clicked"
            raise ExpressionError(message)
        if len(told) > MAX_CHARACTERS:
            message = f"a condition has at most {MAX_CHARACTERS:,} characters, this one {len(told):,}"
            raise ExpressionError(message)
        self.table = table
        flat = told.replace("\n", " ")
        self.shift = len(flat) - len(flat.lstrip())
        try:
            self.tree = ast.parse(flat.strip(), mode="eval").body
        except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
            offset = getattr(error, "offset", None)
            message = f"not a condition: {getattr(error, 'msg', None) or 'it cannot be read'}"
            raise ExpressionError(message, offset=offset - 1 + self.shift if offset else None, hint=usual_slip(told)) from None

    def condition(self) -> str:
        return self._flag(self.tree, 0)

    def key(self) -> str:
        found = self._value(self.tree, 0)
        if not isinstance(self.tree, ast.Name | ast.Attribute):
            raise self._error(self.tree, "this is not a name", "name a column or a property, such as properties.product_id")
        return found.as_kind("any") if found.kind is None else f"CAST({found.sql} AS VARCHAR)"

    def _error(self, node: ast.AST, message: str, hint: str | None = None) -> ExpressionError:
        return ExpressionError(message, offset=getattr(node, "col_offset", 0) + self.shift, hint=hint)

    def _flag(self, node: ast.expr, depth: int) -> str:
        """A part that is met or not."""
        if depth > MAX_DEPTH:
            raise self._error(node, "nested too deeply")
        if isinstance(node, ast.BoolOp):
            word = " AND " if isinstance(node.op, ast.And) else " OR "
            return f"({word.join(self._flag(each, depth + 1) for each in node.values)})"
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
            return f"(NOT {self._flag(node.operand, depth + 1)})"
        if isinstance(node, ast.Compare):
            return self._compared(node, depth)
        found = self._value(node, depth)
        if found.kind not in (None, "flag"):
            raise self._error(node, f"this is a {found.kind}, not a condition", "compare it with something, as in orders > 0")
        return found.as_kind("flag")

    def _compared(self, node: ast.Compare, depth: int) -> str:
        parts, left = [], node.left
        for operation, right in zip(node.ops, node.comparators, strict=True):
            parts.append(self._pair(left, operation, right, depth))
            left = right
        return parts[0] if len(parts) == 1 else f"({' AND '.join(parts)})"

    def _pair(self, left: ast.expr, operation: ast.cmpop, right: ast.expr, depth: int) -> str:
        if isinstance(operation, ast.In | ast.NotIn):
            return self._in(left, right, depth, negated=isinstance(operation, ast.NotIn))
        sign = _COMPARED.get(type(operation))
        if sign is None:
            raise self._error(right, "write == null for what is not known, and == to compare")
        one, other = self._value(left, depth), self._value(right, depth)
        for here, there in ((one, other), (other, one)):
            if here.kind == "null":
                if sign not in ("=", "<>"):
                    raise self._error(right, "null is neither less nor more than anything", "write == null or != null")
                return f"({there.as_kind('any')} IS {'NOT ' if sign == '<>' else ''}NULL)"
        kind = self._common(one, other, right)
        if kind == "any" and sign not in ("=", "<>"):
            kind = "number"
        if sign not in ("=", "<>") and kind not in (*_NUMERIC, _TIMES):
            raise self._error(right, f"a {kind} is neither less nor more than another", "write == or !=")
        return f"({one.as_kind(kind)} {sign} {other.as_kind(kind)})"

    def _in(self, left: ast.expr, right: ast.expr, depth: int, *, negated: bool) -> str:
        if not isinstance(right, ast.List | ast.Tuple | ast.Set) or not right.elts:
            raise self._error(right, "after in stands a list", 'write channel in ["email", "push"]')
        one, items = self._value(left, depth), [self._value(each, depth) for each in right.elts]
        kinds = {self._common(one, each, node) for each, node in zip(items, right.elts, strict=True)}
        if len({kind if kind not in _NUMERIC else "number" for kind in kinds}) > 1:
            raise self._error(right, "a list holds values of one kind")
        return f"({one.as_kind(kinds.pop())} {'NOT IN' if negated else 'IN'} ({', '.join(each.sql for each in items)}))"

    def _common(self, one: _Value, other: _Value, node: ast.expr) -> str:
        """The kind in which two parts are compared."""
        known = [each.kind for each in (one, other) if each.kind is not None]
        if not known:
            return "any"
        if len(known) == 2 and known[0] != known[1] and not _NUMERIC.issuperset(known):
            raise self._error(node, f"a {known[0]} is never equal to a {known[1]}")
        return known[0]

    def _value(self, node: ast.expr, depth: int) -> _Value:
        if depth > MAX_DEPTH:
            raise self._error(node, "nested too deeply")
        if isinstance(node, ast.Name) and node.id in _WORDS:
            return self._constant(_WORDS[node.id], node)
        if isinstance(node, ast.Name):
            return self._column(node)
        if isinstance(node, ast.Attribute | ast.Subscript):
            return self._property(node)
        if isinstance(node, ast.Constant):
            return self._constant(node.value, node)
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub | ast.UAdd):
            inner = self._number(node.operand, depth)
            return _Value(f"(-{inner})" if isinstance(node.op, ast.USub) else inner, "number")
        if isinstance(node, ast.BinOp):
            return self._reckoned(node, depth)
        if isinstance(node, ast.BoolOp | ast.Compare) or (isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not)):
            return _Value(self._flag(node, depth + 1), "flag")
        what = f"{node.func.id}()" if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) else "this"
        raise self._error(
            node, f"{what} is not part of conditions of metrics", "there are columns, values, comparisons, in, and, or, not and + - * /"
        )

    def _reckoned(self, node: ast.BinOp, depth: int) -> _Value:
        one, other = self._number(node.left, depth), self._number(node.right, depth)
        if isinstance(node.op, ast.Div):
            return _Value(f"({one} / nullif({other}, 0))", "number")
        sign = _NUMBERS.get(type(node.op))
        if sign is None:
            raise self._error(node, "numbers are added, subtracted, multiplied and divided, and nothing else")
        return _Value(f"({one} {sign} {other})", "number")

    def _number(self, node: ast.expr, depth: int) -> str:
        found = self._value(node, depth + 1)
        if found.kind is not None and found.kind not in _NUMERIC:
            raise self._error(node, f"this is a {found.kind}, not a number")
        return found.as_kind("number")

    def _column(self, node: ast.Name) -> _Value:
        column = self.table.columns.get(node.id)
        if column is None:
            if node.id == PROPERTIES and self.table.has_properties:
                raise self._error(node, "properties has no value of its own", "name one of them, such as properties.price")
            known = ", ".join(self.table.columns)
            hint = did_you_mean(node.id, self.table.columns) or f"{self.table.name} has {known}"
            raise self._error(node, f"{self.table.name} has no column {node.id!r}", hint)
        return _Value(f'"{node.id}"', column.kind)

    def _property(self, node: ast.Attribute | ast.Subscript) -> _Value:
        names: list[str] = []
        inner: ast.expr = node
        while isinstance(inner, ast.Attribute):
            names.append(inner.attr)
            inner = inner.value
        if not isinstance(inner, ast.Name) or not names:
            raise self._error(node, "this cannot be read", "name a column, or a property such as properties.price")
        if inner.id != PROPERTIES or not self.table.has_properties:
            hint = "columns have no dots" if inner.id in self.table.columns else "only events have properties: metrics over `events` can name them"
            raise self._error(node, f"{self.table.name} has no {inner.id}.{names[-1]}", hint)
        path = "$" + "".join(f'."{name}"' for name in reversed(names))
        return _Value("", None, path=_text(path))

    def _constant(self, value: object, node: ast.expr) -> _Value:
        if value is None:
            return _Value("NULL", "null")
        if isinstance(value, bool):
            return _Value("true" if value else "false", "flag")
        if isinstance(value, int | float):
            if not isfinite(value) or abs(value) > MAX_NUMBER:
                raise self._error(node, "this number is too large")
            return _Value(repr(value), "number")
        if isinstance(value, str) and "\x00" not in value:
            return _Value(_text(value), "text")
        raise self._error(node, "this value cannot be compared", 'write a number, true, false, null, or a text in quotes, as "email"')


def _text(value: str) -> str:
    """A text as SQL writes it."""
    return "'" + value.replace("'", "''") + "'"
