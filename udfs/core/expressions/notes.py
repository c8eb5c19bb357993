"""What is noted about an expression while it is written: negations of what may be unknown, and what is always or never met."""

import ast
from typing import NamedTuple

from udfs.core.expressions.intents import CALL as INTENT
from udfs.core.expressions.items import is_lookup
from udfs.core.expressions.vocabulary import Vocabulary
from udfs.core.items.item import LOOKUP

CONSTANTS = {"true": True, "false": False, "null": None, "none": None}


class Mistake(NamedTuple):
    """Something about a part of an expression: what, how to write it instead, and at which column (0-based)."""

    what: str
    hint: str | None
    offset: int


class Negated(NamedTuple):
    """A name whose value is negated: as it is written, the name of the vocabulary that it reads, and the column."""

    name: str
    reads: str
    offset: int
    otherwise: str
    """What could stand for it where it is unknown: an empty text, 0 or false."""
    inline: bool = False
    """Whether it decides an inline `if`."""


class Notes:
    """The notes of one expression, whose text begins `shift` characters before its tree."""

    def __init__(self, vocabulary: Vocabulary, shift: int) -> None:
        self.vocabulary, self.shift = vocabulary, shift
        self.mistakes: list[Mistake] = []
        self._negated: dict[str, Negated] = {}
        self._asked_for_null: set[str] = set()

    def mistake(self, what: str, hint: str, node: ast.expr) -> None:
        """Note what can be taken, but cannot be meant."""
        self.mistakes.append(Mistake(what, hint, self._offset(node)))

    def asks_for_null(self, node: ast.expr) -> None:
        """Note that the expression says what holds where this is unknown."""
        self._asked_for_null.add(ast.unparse(node))

    def in_doubt(self) -> tuple[Negated, ...]:
        """Names that are negated, and about which the expression does not say what holds where they are unknown."""
        return tuple(told for name, told in self._negated.items() if name not in self._asked_for_null)

    def quoted(self, left: ast.expr, op: ast.cmpop, right: ast.expr) -> None:
        """A name or a number in quotes is a text: compared by size it is never met."""
        for one, other in ((left, right), (right, left)):
            if not (isinstance(one, ast.Constant) and isinstance(one.value, str)):
                continue
            if self.vocabulary.read(one.value) is not None and isinstance(other, ast.Constant):
                hint = f"write {one.value} without quotes"
                self.mistake(f"in quotes {one.value!r} is a text, not what the customer has", hint, one)
            elif isinstance(op, (ast.Lt, ast.LtE, ast.Gt, ast.GtE)) and is_number(one.value) and not isinstance(other, ast.Constant):
                is_year = len(one.value) == 4 and any(word in (dotted(other) or "") for word in ("birth", "date"))
                hint = f'write a day in quotes: "{one.value}-01-01"' if is_year else f"write {one.value} without quotes"
                self.mistakes.append(
                    Mistake(f"in quotes {one.value!r} is a text, and no number is more or less than a text", hint, self._offset(one))
                )

    def decides(self, test: ast.expr) -> None:
        """Note names that the condition of an inline `if` compares: while one is unknown, neither side is chosen."""
        match test:
            case ast.BoolOp(values=parts):
                for part in parts:
                    self.decides(part)
            case ast.UnaryOp(op=ast.Not(), operand=operand):
                self.decides(operand)
            case ast.Compare(left=left, comparators=[right]):
                self.negated(left, test, blank(right), inline=True)
                self.negated(right, test, blank(left), inline=True)
            case ast.Name() | ast.Attribute() | ast.Subscript():
                self.negated(test, test, "false", inline=True)

    def negated(self, node: ast.expr, place: ast.expr, otherwise: str, *, inline: bool = False) -> None:
        """Note names whose value is negated; `default(…)` says what holds where it is unknown."""
        match node:
            case ast.Name() | ast.Attribute() | ast.Subscript():
                name = ast.unparse(node)
                base: ast.expr = node
                while isinstance(base, (ast.Subscript, ast.Attribute)) and dotted(base) is None:
                    base = base.value
                read = LOOKUP if is_lookup(node) else dotted(base)
                if read is not None and read.lower() not in CONSTANTS:
                    self._negated.setdefault(name, Negated(name, read, self._offset(place), otherwise, inline))
            case ast.Call(func=ast.Name(id=name)) if name == INTENT:
                self._negated.setdefault(ast.unparse(node), Negated(ast.unparse(node), f"{INTENT}()", self._offset(place), otherwise, inline))
            case ast.BinOp(left=left, right=right):
                self.negated(left, place, otherwise, inline=inline)
                self.negated(right, place, otherwise, inline=inline)
            case ast.Call(func=ast.Name(id=name), args=args) if name != "default":
                for argument in args:
                    self.negated(argument, place, otherwise, inline=inline)

    def _offset(self, node: ast.expr) -> int:
        return node.col_offset + self.shift


def blank(other: ast.expr) -> str:
    """What stands for nothing, given the other side of a comparison."""
    if isinstance(other, ast.Constant) and isinstance(other.value, bool):
        return "false"
    return "0" if isinstance(other, ast.Constant) and isinstance(other.value, (int, float)) else '""'


def is_number(text: str) -> bool:
    """Whether a text reads as a number."""
    return text.replace(".", "", 1).lstrip("-").isdigit()


def dotted(node: ast.expr) -> str | None:
    """A name as it is written, None when it is none."""
    match node:
        case ast.Name(id=name):
            return name
        case ast.Attribute(value=value, attr=attr):
            head = dotted(value)
            return None if head is None else f"{head}.{attr}"
    return None
