"""What a node of Jinja's tree says by itself: the name that it reads, a constant, and an error at its line."""

from collections.abc import Iterable, Mapping
from typing import Any

from jinja2 import nodes

from udfs.core.recommend.call import CALL, READS
from udfs.core.templates.run import TemplateError
from udfs.core.values.problems import did_you_mean


def refused(node: nodes.Node, message: str, suggestion: str | None = None, word: str | None = None) -> TemplateError:
    """Make the error for a node that is not allowed."""
    return TemplateError(message, node.lineno, suggestion, word)


def constant(node: nodes.Node) -> Any:
    """A number or text as it is written, None when it is neither."""
    if isinstance(node, nodes.Neg) and isinstance(node.node, nodes.Const) and isinstance(node.node.value, int):
        return -node.node.value
    return node.value if isinstance(node, nodes.Const) else None


def meant(word: str, known: Iterable[str]) -> str:
    """Which of the known words was meant, or all of them."""
    names = list(known)
    return did_you_mean(word, names) or f"there are {', '.join(names)}"


def path_of(node: nodes.Node | None, scope: Mapping[str, str]) -> str | None:
    """Give the dotted name that a node reads, None when it is not one."""
    if isinstance(node, nodes.Name):
        return scope.get(node.name, node.name)
    if isinstance(node, nodes.Call) and isinstance(node.node, nodes.Name) and node.node.name == CALL:
        return READS
    if isinstance(node, nodes.Getattr):
        of = path_of(node.node, scope)
        return None if of is None else f"{of}.{node.attr}"
    if isinstance(node, nodes.Getitem):
        of = path_of(node.node, scope)
        if of is None or isinstance(node.arg, nodes.Slice):
            return of
        key = constant(node.arg)
        return f"{of}.{key}" if isinstance(key, str) else f"{of}[]"
    if isinstance(node, nodes.Filter) and node.name in {"first", "last"} and not node.args:
        of = path_of(node.node, scope)
        return None if of is None else f"{of}[]"
    return None
