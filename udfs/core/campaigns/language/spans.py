"""Whether an expression says how long something lasts: numbers without a unit are no durations, and nobody guesses which unit was meant."""

import ast
import re

from udfs.core.campaigns.language.reader import CampaignReader
from udfs.core.expressions.notes import dotted
from udfs.core.expressions.times import is_time, may_be_told
from udfs.core.values.document_reader import KeyPath
from udfs.core.values.durations import parse_duration
from udfs.core.values.problems import shown

_SPAN = re.compile(r"""("[^"]*"|'[^']*')|(?<![\w.])\d+(?:\.\d+)?\s*(?:ms|s|m|h|d|w)\b""")
_STANDS_FOR_SPAN = "a_span"
_ALIKE = frozenset({"abs", "default", "max", "min"})
"""Functions that give what they are given."""

SPAN, NUMBER, TIME, MIXED, ANY = "span", "number", "time", "mixed", "any"
"""What an expression is; a mixture has no meaning, and 0 is as long in any unit."""


def in_milliseconds(text: str) -> str:
    """An expression with its durations as numbers: `event.cycle_days * 86400000`. ValueError for one of more than 400 days."""
    return _SPAN.sub(lambda span: span[0] if span[1] else str(parse_duration(span[0])), text)


def is_span(reader: CampaignReader, path: KeyPath, text: str) -> bool:
    """Whether an expression, which can be read, is known to be a duration; it is refused if not."""
    marked = _SPAN.sub(lambda span: span[0] if span[1] else f" {_STANDS_FOR_SPAN} ", text)
    node = ast.parse(marked.replace("\n", " ").strip(), mode="eval").body
    match _kind(node):
        case "number":
            plain = text.strip() if isinstance(node, (ast.Name, ast.Attribute, ast.Subscript, ast.Call)) else f"({text.strip()})"
            reader.refuse(path, f"{shown(text)} is a number without a unit", f"write {plain} * 1d for days, or * 1h for hours")
        case "time":
            reader.refuse(path, f"{shown(text)} is a time, and not how long to wait", f"write wait_until: {text.strip()}")
        case "mixed":
            reader.refuse(path, f"{shown(text)} is no duration", "give each number a unit, as in event.days * 1d + 12h")
        case _:
            return True
    return False


def _kind(node: ast.expr) -> str:
    match node:
        case ast.Name(id=name) if name == _STANDS_FOR_SPAN:
            return SPAN
        case ast.Constant(value=int() | float() as value) if not isinstance(value, bool):
            return ANY if value == 0 else NUMBER
        case ast.UnaryOp(op=ast.USub() | ast.UAdd(), operand=operand):
            return _kind(operand)
        case ast.IfExp(body=body, orelse=orelse):
            return _joined([_kind(body), _kind(orelse)])
        case ast.Call(func=ast.Name(id=name), args=args) if name in _ALIKE and args:
            return _joined([_kind(each) for each in args])
        case ast.Call(func=ast.Name(id="round"), args=[first, *_]):
            return _kind(first)
        case ast.Call(func=ast.Name(id="sum"), args=[_, each]):
            return _kind(each)
        case ast.BinOp():
            return _computed(node)
        case ast.Name() | ast.Attribute() | ast.Subscript() | ast.Call():
            return TIME if is_time(node) else NUMBER
    return TIME if is_time(node) else MIXED


def _computed(node: ast.BinOp) -> str:
    left, right = _kind(node.left), _kind(node.right)
    kinds = {left, right}
    match node.op:
        case ast.Add() | ast.Sub():
            if TIME in kinds:
                if isinstance(node.op, ast.Sub) and right != SPAN and all(_may_be_time(each) for each in (node.left, node.right)):
                    return SPAN
                return TIME if kinds == {TIME, SPAN} else MIXED
            return _joined([left, right])
        case ast.Mult():
            return SPAN if kinds in ({SPAN, NUMBER}, {SPAN, ANY}) else NUMBER if kinds <= {NUMBER, ANY} else MIXED
        case ast.Div() | ast.FloorDiv():
            if right in {NUMBER, ANY}:
                return left
            return NUMBER if left == right == SPAN else MIXED
        case ast.Mod():
            return _joined([left, right])
    return MIXED


def _may_be_time(node: ast.expr) -> bool:
    return is_time(node) or may_be_told(node) or (dotted(node) or "") == "now"


def _joined(kinds: list[str]) -> str:
    found = set(kinds) - {ANY}
    return found.pop() if len(found) == 1 else MIXED if found else ANY
