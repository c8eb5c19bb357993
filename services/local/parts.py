"""A condition taken apart: which of its parts does not hold at a moment, with the values that were found.

The tree of `and` and `or` is walked as it was written; each part below it is compiled by the compiler of the whole. It costs the job nothing:
only a run that tells why compiles the parts.
"""

import ast
from collections.abc import Callable, Iterator
from datetime import UTC
from functools import cached_property
from typing import Any

from udfs.core.expressions.compiler import Expression, ExpressionError, compile_condition, compile_value
from udfs.core.expressions.moment import Moment, local_time
from udfs.core.expressions.vocabulary import Vocabulary, reads_score

MAX_TEXT = 60
"""Characters of a value that are shown."""
_SIGNS: dict[type[ast.cmpop], str] = {
    ast.Lt: "<",
    ast.LtE: "<=",
    ast.Gt: ">",
    ast.GtE: ">=",
    ast.Eq: "==",
    ast.NotEq: "!=",
    ast.In: "in",
    ast.NotIn: "not in",
    ast.Is: "is",
    ast.IsNot: "is not",
}


class Part:
    """A condition, or one below `and`, `or` and `not`."""

    def __init__(self, node: ast.expr, text: str, vocabulary: Vocabulary, *, negated: bool = False) -> None:
        while isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
            node, negated = node.operand, not negated
        self.node, self.negated, self._text, self._vocabulary = node, negated, text, vocabulary

    @cached_property
    def source(self) -> str:
        """As it was written."""
        return ast.get_source_segment(self._text, self.node) or ast.unparse(self.node)

    @cached_property
    def parts(self) -> list["Part"]:
        """Those of `and` or `or`; none of any other part."""
        node = self.node
        return [Part(each, self._text, self._vocabulary, negated=self.negated) for each in node.values] if isinstance(node, ast.BoolOp) else []

    @property
    def needs_all(self) -> bool:
        """Whether every part must hold, and not just one."""
        return isinstance(self.node, ast.BoolOp) and isinstance(self.node.op, ast.And) is not self.negated

    @cached_property
    def _compiled(self) -> Expression:
        return compile_condition(f"not ({self.source})" if self.negated else f"({self.source})", self._vocabulary)

    @property
    def asks_a_model(self) -> bool:
        """Whether it reads a score."""
        return reads_score(self._compiled.names)

    def unmet(self, moment: Moment) -> list[str]:
        """What does not hold, in words; empty when the condition is met. A model is asked only when everything else holds, as in the job."""
        if self.parts and self.needs_all:
            plain = [told for part in self.parts if not part.asks_a_model for told in part.unmet(moment)]
            return plain or [told for part in self.parts if part.asks_a_model for told in part.unmet(moment)]
        if self.parts:
            alternatives = [part.unmet(moment) for part in self.parts]
            return [] if not all(alternatives) else [" and neither: ".join("; ".join(each) for each in alternatives)]
        if self._compiled.met(moment):
            return []
        return [self._told(moment)]

    def _told(self, moment: Moment) -> str:
        node = self.node
        if isinstance(node, ast.Compare) and len(node.ops) == 1:
            sign, (left, right) = _SIGNS[type(node.ops[0])], (node.left, node.comparators[0])
            found = " and ".join(self._found(each, moment) for each in (left, right) if not _is_literal(each))
            needs = f"{sign} {self._written(right)}" if _is_literal(right) else self.source
            return f"{found or self.source}, needs {'not ' if self.negated else ''}{needs}"
        whole = compile_value(f"({self.source})", self._vocabulary)
        found = ", ".join(self._read(moment))
        return f"{_said(self.source, whole, moment)}, needs {'false' if self.negated else 'true'}{found and f' ({found})'}"

    def _found(self, node: ast.expr, moment: Moment) -> str:
        written = self._written(node)
        return _said(written, compile_value(f"({written})", self._vocabulary), moment)

    def _written(self, node: ast.expr) -> str:
        return ast.get_source_segment(self._text, node) or ast.unparse(node)

    def _read(self, moment: Moment) -> Iterator[str]:
        """Every name that it reads, with its value."""
        for name in sorted(self._compiled.names):
            kind, _, rest = name.partition(":")
            if kind == "seen":
                at = moment.profile.seen.get(rest)
                yield f"{rest} never came" if at is None else f"{rest} came last at {clock_of(moment.profile)(at)}"
            elif not rest and name != self.source:
                try:
                    yield _said(name, compile_value(name, self._vocabulary), moment)
                except ExpressionError:
                    continue  # a name that stands only inside a function of lists


def parts_of(source: str, vocabulary: Vocabulary) -> Part:
    """A condition that has been compiled before, ready to be asked."""
    text = source.replace("\n", " ").strip()
    return Part(ast.parse(text, mode="eval").body, text, vocabulary)


def clock_of(profile: Any) -> Callable[[int], str]:
    """Instants as the customer's clock shows them."""
    return lambda at: local_time(profile, at).strftime("%Y-%m-%d %H:%M:%S")


def place_of(profile: Any) -> str:
    """What that clock is called."""
    zone = local_time(profile, 0).tzinfo
    return "UTC" if zone in (None, UTC) else str(zone)


def shown(value: Any) -> str:
    """A value for people."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else str(round(value, 4))
    if isinstance(value, str):
        return f'"{value if len(value) <= MAX_TEXT else value[:MAX_TEXT] + "…"}"'
    if isinstance(value, (list, tuple, dict)):
        return f"{len(value)} item{'' if len(value) == 1 else 's'}"
    return str(value)


def _said(name: str, expression: Expression, moment: Moment) -> str:
    warmed, moment.warming = moment.warming, False
    value = expression.evaluate(moment)
    warming, moment.warming = moment.warming, warmed
    if value is None:
        return f"{name} is not known" + (" yet (it was introduced too lately for its window)" if warming else "")
    return f"{name} is {shown(value)}"


def _is_literal(node: ast.expr) -> bool:
    """Whether it is written out, and nothing has to be looked up for it."""
    names = {each.id.lower() for each in ast.walk(node) if isinstance(each, ast.Name)}
    return names <= {"true", "false", "null", "none"} and not any(isinstance(each, ast.Call) for each in ast.walk(node))
