"""Pure: one rendering of a template: what it may spend, what it wrote, and the operators, which take JSON values and nothing else."""

import operator
from collections.abc import Callable, Mapping
from typing import Any

from jinja2 import nodes

from udfs.core.templates.filters import Unfit, number
from udfs.core.templates.locales import ANYWHERE, Local
from udfs.core.values.errors import InvalidInput
from udfs.core.values.numbers import in_text

MAX_OUTPUT = 64 * 1024
MAX_WORK = 50_000
"""Steps a rendering may take: one for each node that a loop repeats, one for each 16 characters or list item that is worked through."""
MAX_NUMBER = 1e15

ARITHMETIC: dict[type[nodes.BinExpr], Callable[[Any, Any], Any]] = {
    nodes.Add: operator.add,
    nodes.Sub: operator.sub,
    nodes.Mul: operator.mul,
    nodes.Div: operator.truediv,
}
COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "eq": operator.eq,
    "ne": operator.ne,
    "lt": operator.lt,
    "lteq": operator.le,
    "gt": operator.gt,
    "gteq": operator.ge,
}


class TemplateError(InvalidInput):
    """A template that cannot be taken, or that failed on a customer's values: what, where (line from 1), and what may have been meant."""

    def __init__(self, message: str, line: int = 1, hint: str | None = None, word: str | None = None) -> None:
        super().__init__(message, hint)
        self.line = line
        self.word = word
        """The word in that line that is wrong, where it is one."""

    def __str__(self) -> str:
        return f"line {self.line}: {super().__str__()}"

    def offset(self, source: str) -> int:
        """Give the character of the source that it is about: the wrong word, else the first tag of the line, else its beginning."""
        start = sum(len(line) for line in source.splitlines(keepends=True)[: self.line - 1])
        line = source[start:].partition("\n")[0]
        found = [line.find(mark) for mark in (self.word, "{%", "{{") if mark is not None]
        return start + next((column for column in found if column >= 0), len(line) - len(line.lstrip()))


class Run:
    """One rendering: the names it sees, what it wrote, what it may still spend."""

    __slots__ = ("left", "local", "names", "out", "room")

    def __init__(self, names: Mapping[str, Any], local: Local = ANYWHERE) -> None:
        self.names = names
        self.local = local
        self.out: list[str] = []
        self.room = MAX_OUTPUT
        self.left = MAX_WORK

    def spend(self, steps: int) -> None:
        """Pay for work before it is done. Raises Unfit when nothing is left."""
        self.left -= steps
        if self.left < 0:
            msg = "the template does too much work: fewer or shorter loops"
            raise Unfit(msg)

    def write(self, piece: str) -> None:
        """Add to the message. Raises Unfit when it grows too long."""
        self.room -= len(piece)
        if self.room < 0:
            msg = f"the message is longer than {MAX_OUTPUT // 1024} KiB"
            raise Unfit(msg)
        self.out.append(piece)


Code = Callable[[Run], Any]


def at(line: int, code: Code) -> Code:
    """Say the line where a value did not fit."""

    def run_at(run: Run) -> Any:
        try:
            return code(run)
        except Unfit as e:
            raise TemplateError(str(e), line) from e

    return run_at


def calculate(operation: Callable[[Any, Any], Any], left: Any, right: Any) -> Any:
    """Calculate with two numbers; with a missing one, or divided by nothing, the result is missing. Raises Unfit."""
    if left is None or right is None:
        return None
    try:
        result = operation(number(left), number(right))
    except ZeroDivisionError:
        return None
    if abs(result) > MAX_NUMBER:
        msg = "a number beyond all measure"
        raise Unfit(msg)
    return result


def compare(operation: Callable[[Any, Any], bool], left: Any, right: Any) -> bool | None:
    """Compare two plain values, None where one is missing or they are unlike. Lists could be long and deep, so they are refused. Raises Unfit."""
    if isinstance(left, list | dict) or isinstance(right, list | dict):
        msg = "only texts, numbers and truth values are compared: ask `x in list`, or for its length"
        raise Unfit(msg)
    if isinstance(left, str) is not isinstance(right, str):
        left, right = _as_numbers(left, right)
    try:
        return None if left is None or right is None else bool(operation(left, right))
    except TypeError:  # unlike things: neither is greater
        return None


def _as_numbers(left: Any, right: Any) -> tuple[Any, Any]:
    """A text that is compared with a number as the number that it says; as they are where it says none."""
    text, other = (left, right) if isinstance(left, str) else (right, left)
    if isinstance(other, bool) or not isinstance(other, int | float) or (said := in_text(text)) is None:
        return left, right
    return (said, other) if text is left else (other, said)


def within(run: Run, item: Any, whole: Any) -> bool | None:
    """Tell whether an item is in a list, a key in an object, a text in a text; None where one of them is missing, or it cannot be."""
    if item is None:
        return None
    if isinstance(whole, str):
        run.spend(len(whole) >> 4)
        return item in whole if isinstance(item, str) else None
    if isinstance(whole, list | tuple | Mapping):
        run.spend(0 if isinstance(whole, Mapping) else len(whole))
        return not isinstance(item, list | dict) and item in whole
    return None
