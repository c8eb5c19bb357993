"""Pure: what a template compares that may be missing: then an inline `if` prints neither of its texts, and a negation is not met."""

from collections.abc import Callable, Iterator
from typing import NamedTuple

from jinja2 import nodes

Path = Callable[[nodes.Node], str | None]


class InDoubt(NamedTuple):
    """A name that a template compares without saying what holds where it is missing."""

    name: str
    line: int
    otherwise: str
    """What could stand for it, as it is written: an empty text, 0 or false."""
    inline: bool
    """Whether it decides an inline `if`; else it is negated."""


def in_doubt(test: nodes.Node, path: Path, *, inline: bool) -> list[InDoubt]:
    """Names that a condition compares (in an inline `if`) or negates, and whose presence it does not ask for itself."""
    asked = set(_asked(test, path))
    return [each for each in _compared(test, path, inline=inline, negated=False) if each.name not in asked]


def _asked(node: nodes.Node, path: Path) -> Iterator[str]:
    """Names that are asked whether they are there."""
    match node:
        case nodes.And(left=left, right=right) | nodes.Or(left=left, right=right):
            yield from _asked(left, path)
            yield from _asked(right, path)
        case nodes.Not(node=inner):
            yield from _asked(inner, path)
        case nodes.Test(node=inner):
            yield from filter(None, [path(inner)])
        case nodes.Compare(expr=left, ops=[nodes.Operand(expr=right)]) if _is_none(left) or _is_none(right):
            yield from filter(None, [path(left), path(right)])
        case _:
            yield from filter(None, [path(node)])


def _compared(node: nodes.Node, path: Path, *, inline: bool, negated: bool) -> Iterator[InDoubt]:
    match node:
        case nodes.And(left=left, right=right) | nodes.Or(left=left, right=right):
            yield from _compared(left, path, inline=inline, negated=negated)
            yield from _compared(right, path, inline=inline, negated=negated)
        case nodes.Not(node=inner):
            yield from _compared(inner, path, inline=inline, negated=True)
        case nodes.Compare(expr=left, ops=[nodes.Operand(op=op, expr=right)]) if inline or negated or op in {"ne", "notin"}:
            for one, other in ((left, right), (right, left)):
                for name in _read(one, path):
                    yield InDoubt(name, node.lineno, _blank(other), inline)


def _read(node: nodes.Node, path: Path) -> Iterator[str]:
    """Names whose absence makes this missing: not those that a default stands in for."""
    name = path(node)
    if name is not None:
        yield name
    elif isinstance(node, nodes.Filter) and node.node is not None and node.name != "default":
        yield from _read(node.node, path)
    elif isinstance(node, nodes.BinExpr):
        yield from _read(node.left, path)
        yield from _read(node.right, path)


def _blank(other: nodes.Node) -> str:
    if isinstance(other, nodes.Const) and isinstance(other.value, bool):
        return "false"
    return "0" if isinstance(other, nodes.Const) and isinstance(other.value, int | float) else "''"


def _is_none(node: nodes.Node) -> bool:
    return isinstance(node, nodes.Const) and node.value is None
