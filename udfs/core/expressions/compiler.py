"""Conditions and values of campaigns: a safe subset of Python expressions, checked and compiled once, when a campaign is published.

`cart.value > 99 and not seen("order_completed", "7d")` becomes one Python function over a moment (`udfs.core.expressions.moment`). Only the node
kinds of `writer.py` exist: no calls but the listed functions, no attributes but the vocabulary's names, no comprehension or power. So nothing
that an author writes can reach the interpreter or grow: the only loops are those over one list, of bounded length (`lists.py`). `not` is
pushed down to the comparisons, which makes the logic three-valued: what is unknown is never met, negated or not (`logic.py`).
"""

import ast
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from udfs.core.expressions import lists, logic
from udfs.core.expressions.error import ExpressionError
from udfs.core.expressions.notes import Mistake, Negated
from udfs.core.expressions.slips import usual_slip, without_quotes
from udfs.core.expressions.vocabulary import Vocabulary
from udfs.core.expressions.writer import Writer

MAX_CHARACTERS = 2_000
_HELPERS: dict[str, Any] = {
    name: getattr(module, name)
    for module in (logic, lists)
    for name in vars(module)
    if callable(getattr(module, name)) and not name.startswith("_") and name.islower()
} | {"numbers": frozenset({int, float})}

__all__ = ["Expression", "ExpressionError", "compile_condition", "compile_value"]


@dataclass(frozen=True, slots=True)
class Expression:
    """A compiled expression: call it with a moment. `names` are the dotted names it reads, `code` the Python made of it."""

    source: str
    evaluate: Callable[[Any], Any]
    names: frozenset[str]
    code: str
    span: int = 0
    """For how long after a customer's last event time alone may change the value, milliseconds."""
    negated: tuple[Negated, ...] = ()
    """Names whose value is negated: not met while it is unknown, which may not be what was meant."""
    mistakes: tuple[Mistake, ...] = ()
    """What can be taken, but is always or never met: the check refuses it."""
    fields: frozenset[str] = frozenset()
    """Bare names inside list functions: fields of the items."""

    def met(self, moment: Any) -> bool:
        """Whether the condition is known to be true."""
        return self.evaluate(moment) is True


def compile_condition(source: object, vocabulary: Vocabulary) -> Expression:
    """A condition: its value is True, False or None (unknown)."""
    return _compile(source, vocabulary, condition=True)


def compile_value(source: object, vocabulary: Vocabulary) -> Expression:
    """A value: a number, a text, a truth value or None (unknown)."""
    return _compile(source, vocabulary, condition=False)


def _compile(source: object, vocabulary: Vocabulary, *, condition: bool) -> Expression:
    if isinstance(source, (bool, int, float)):
        source = str(source)
    if not isinstance(source, str) or not source.strip():
        message = "an expression is a text, such as cart.value > 99"
        raise ExpressionError(message)
    if len(source) > MAX_CHARACTERS:
        message = f"an expression has at most {MAX_CHARACTERS} characters, this one {len(source)}"
        raise ExpressionError(message)
    text = source.replace("\n", " ")
    shift = len(text) - len(text.lstrip())
    try:
        tree = ast.parse(text.strip(), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        offset = getattr(error, "offset", None)
        date = without_quotes(source)
        message = f"not an expression: {getattr(error, 'msg', None) or 'it cannot be read'}" if date is None else f"{date} is no date without quotes"
        raise ExpressionError(message, offset=offset - 1 + shift if offset else None, hint=usual_slip(source)) from None
    writer = Writer(vocabulary, shift, source)
    body = writer.condition(tree, negated=False, depth=0) if condition else writer.value(tree, depth=0)
    code = f"lambda m: {body}"
    function = eval(compile(code, "<expression>", "eval"), {"__builtins__": {}, **_HELPERS, **vocabulary.helpers})
    return Expression(
        source,
        function,
        frozenset(writer.names),
        code,
        writer.span,
        negated=writer.notes.in_doubt(),
        mistakes=tuple(writer.notes.mistakes),
        fields=frozenset(writer.fields),
    )
