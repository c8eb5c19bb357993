"""Conditions and values of campaigns: a safe subset of Python expressions, checked and compiled once, when a campaign is taken up.

`cart.value > 99 and not seen("order_completed", "7d")` becomes one Python function over a moment (`udfs.core.expressions.moment`). Only the node
kinds below exist: no calls but the listed functions, no attributes but the vocabulary's names, no comprehension, power or
subscript, so nothing that an author writes can reach the interpreter, loop, or grow. `not` is pushed down to the comparisons, which
makes the logic three-valued: what is unknown is never met, negated or not (`udfs.core.expressions.logic`).
"""

import ast
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from udfs.core.expressions import logic
from udfs.core.expressions.vocabulary import Vocabulary
from udfs.core.values.errors import InvalidInput
from udfs.core.values.problems import Problem, did_you_mean

MAX_CHARACTERS = 2_000
MAX_DEPTH = 40

_COMPARE: dict[type[ast.cmpop], tuple[str, str]] = {  # operator -> helper, helper of its negation
    ast.Lt: ("lt", "ge"),
    ast.LtE: ("le", "gt"),
    ast.Gt: ("gt", "le"),
    ast.GtE: ("ge", "lt"),
    ast.Eq: ("eq", "ne"),
    ast.NotEq: ("ne", "eq"),
    ast.In: ("within", "without"),
    ast.NotIn: ("without", "within"),
}
_ARITHMETIC: dict[type[ast.operator], str] = {
    ast.Add: "add",
    ast.Sub: "sub",
    ast.Mult: "mul",
    ast.Div: "div",
    ast.FloorDiv: "floordiv",
    ast.Mod: "mod",
}
FUNCTIONS = {  # name -> helper, fewest and most arguments
    "len": ("length", 1, 1),
    "abs": ("magnitude", 1, 1),
    "round": ("rounded", 1, 2),
    "min": ("smallest", 2, 8),
    "max": ("largest", 2, 8),
    "lower": ("lowered", 1, 1),
}
_CONSTANTS = {"true": True, "false": False, "null": None, "none": None}
_HELPERS: dict[str, Any] = {name: getattr(logic, name) for name in vars(logic) if callable(getattr(logic, name)) and not name.startswith("_")}


class ExpressionError(InvalidInput):
    """An expression that cannot be taken: what is wrong, at which column (0-based), and what was probably meant."""

    def __init__(self, message: str, *, offset: int | None = None, hint: str | None = None) -> None:
        super().__init__(message, hint)
        self.offset = offset

    def problem(self, *path: str | int) -> Problem:
        """As a problem at `path` of a document."""
        return Problem(path, self.message, self.hint, self.offset)


@dataclass(frozen=True, slots=True)
class Expression:
    """A compiled expression: call it with a moment. `names` are the dotted names it reads, `code` the Python made of it."""

    source: str
    evaluate: Callable[[Any], Any]
    names: frozenset[str]
    code: str
    span: int = 0
    """For how long after a customer's last event time alone may change the value, milliseconds."""

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
        message = f"not an expression: {getattr(error, 'msg', None) or 'it cannot be read'}"
        raise ExpressionError(message, offset=offset - 1 + shift if offset else None, hint=_usual_slip(source)) from None
    writer = _Writer(vocabulary, shift)
    body = writer.condition(tree, negated=False, depth=0) if condition else writer.value(tree, depth=0)
    code = f"lambda m: {body}"
    function = eval(compile(code, "<expression>", "eval"), {"__builtins__": {}, **_HELPERS, **vocabulary.helpers})
    return Expression(source, function, frozenset(writer.names), code, writer.span)


def _usual_slip(source: str) -> str | None:
    for wrong, right in (("&&", "and"), ("||", "or"), ("===", "=="), (" = ", "=="), ("!", "not")):
        if wrong in source.replace("!=", ""):
            return f"write {right!r} instead of {wrong.strip()!r}"
    return None


class _Writer:
    """Walks a checked tree and writes the Python of it."""

    def __init__(self, vocabulary: Vocabulary, shift: int) -> None:
        self.vocabulary, self.shift = vocabulary, shift
        self.names: set[str] = set()
        self.span = 0

    def refuse(self, node: ast.AST, message: str, hint: str | None = None) -> ExpressionError:
        return ExpressionError(message, offset=getattr(node, "col_offset", 0) + self.shift, hint=hint)

    def condition(self, node: ast.expr, *, negated: bool, depth: int) -> str:
        """Code whose value is True, False or None; `and`, `or` of Python are right on these once negations are at the leaves."""
        self._check_depth(node, depth)
        match node:
            case ast.BoolOp(op=op, values=values):
                joined = " and " if isinstance(op, ast.And) is not negated else " or "
                return "(" + joined.join(self.condition(v, negated=negated, depth=depth + 1) for v in values) + ")"
            case ast.UnaryOp(op=ast.Not(), operand=operand):
                return self.condition(operand, negated=not negated, depth=depth + 1)
            case ast.Compare():
                return self._compare(node, negated=negated, depth=depth)
            case ast.IfExp(test=test, body=body, orelse=orelse):
                yes, no = (self.condition(arm, negated=negated, depth=depth + 1) for arm in (body, orelse))
                return f"({yes} if {self.condition(test, negated=False, depth=depth + 1)} else {no})"
        return f"{'untruth' if negated else 'truth'}({self.value(node, depth=depth + 1)})"

    def _compare(self, node: ast.Compare, *, negated: bool, depth: int) -> str:
        left, parts = node.left, []
        for op, right in zip(node.ops, node.comparators, strict=True):
            if isinstance(op, (ast.Is, ast.IsNot)) or _is_none(right):
                if not _is_none(right) or not isinstance(op, (ast.Is, ast.IsNot, ast.Eq, ast.NotEq)):
                    raise self.refuse(node, "compare values with == or !=")
                positive = isinstance(op, (ast.Is, ast.Eq)) is not negated
                parts.append(f"({self.value(left, depth=depth + 1)} {'is' if positive else 'is not'} None)")
            else:
                helper = _COMPARE[type(op)][negated]
                parts.append(f"{helper}({self.value(left, depth=depth + 1)}, {self.value(right, depth=depth + 1)})")
            left = right
        return parts[0] if len(parts) == 1 else "(" + (" or " if negated else " and ").join(parts) + ")"

    def value(self, node: ast.expr, *, depth: int) -> str:
        """Code whose value is the expression's, None when unknown."""
        self._check_depth(node, depth)
        match node:
            case ast.Constant(value=value) if value is None or isinstance(value, (bool, int, float, str)):
                if (isinstance(value, float) and not abs(value) < 1e300) or (isinstance(value, int) and abs(value) > 2**63):
                    raise self.refuse(node, "a number this large is not usable")
                if isinstance(value, str) and any("\ud800" <= character <= "\udfff" for character in value):
                    raise self.refuse(node, "half a character (\\ud800 to \\udfff) is no text: write the character itself")
                return repr(value)
            case ast.Tuple(elts=members) | ast.List(elts=members):
                return "(" + "".join(self.value(member, depth=depth + 1) + ", " for member in members) + ")"
            case ast.BinOp(op=op, left=left, right=right) if type(op) in _ARITHMETIC:
                return f"{_ARITHMETIC[type(op)]}({self.value(left, depth=depth + 1)}, {self.value(right, depth=depth + 1)})"
            case ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=int() | float() as number)):
                return repr(-number)
            case ast.UnaryOp(op=ast.USub(), operand=operand):
                return f"neg({self.value(operand, depth=depth + 1)})"
            case ast.IfExp(test=test, body=body, orelse=orelse):
                condition = self.condition(test, negated=False, depth=depth + 1)
                return f"({self.value(body, depth=depth + 1)} if {condition} else {self.value(orelse, depth=depth + 1)})"
            case ast.BoolOp() | ast.Compare() | ast.UnaryOp(op=ast.Not()):
                return self.condition(node, negated=False, depth=depth + 1)
            case ast.Call():
                return self._call(node, depth=depth)
            case ast.Name() | ast.Attribute():
                return self._name(node)
        kind = type(node.op).__name__ if isinstance(node, (ast.BinOp, ast.UnaryOp)) else type(node).__name__
        raise self.refuse(node, f"{kind} is not part of the language of conditions")

    def _name(self, node: ast.expr) -> str:
        dotted = _dotted(node)
        if dotted is None:
            raise self.refuse(node, "a name is written like cart.value")
        if dotted.lower() in _CONSTANTS:
            return repr(_CONSTANTS[dotted.lower()])
        code = self.vocabulary.read(dotted)
        if code is None:
            raise self.refuse(node, self.vocabulary.refusal(dotted), did_you_mean(dotted, self.vocabulary.known()))
        self.names.add(dotted)
        self.span = max(self.span, self.vocabulary.span(dotted))
        return code

    def _call(self, node: ast.Call, *, depth: int) -> str:
        name = node.func.id if isinstance(node.func, ast.Name) else _dotted(node.func) or "this"
        if node.keywords or any(isinstance(argument, ast.Starred) for argument in node.args):
            raise self.refuse(node, f"{name}() takes plain arguments only")
        if name in self.vocabulary.functions:
            literals = [argument.value if isinstance(argument, ast.Constant) else None for argument in node.args]
            try:
                call = self.vocabulary.functions[name](literals)
            except ValueError as error:
                raise self.refuse(node, str(error)) from None
            self.names.add(call.reads)
            self.span = max(self.span, call.span)
            return call.code
        if name not in FUNCTIONS:
            raise self.refuse(node, f"there is no function {name}()", did_you_mean(name, [*FUNCTIONS, *self.vocabulary.functions]))
        helper, fewest, most = FUNCTIONS[name]
        if not fewest <= len(node.args) <= most:
            raise self.refuse(node, f"{name}() takes {fewest}{f' to {most}' if most > fewest else ''} arguments")
        return f"{helper}({', '.join(self.value(argument, depth=depth + 1) for argument in node.args)})"

    def _check_depth(self, node: ast.expr, depth: int) -> None:
        if depth > MAX_DEPTH:
            raise self.refuse(node, f"nested more than {MAX_DEPTH} deep: split it into features")


def _is_none(node: ast.expr) -> bool:
    match node:
        case ast.Constant(value=None):
            return True
        case ast.Name(id=name):
            return name.lower() in {"none", "null"}
    return False


def _dotted(node: ast.expr) -> str | None:
    match node:
        case ast.Name(id=name):
            return name
        case ast.Attribute(value=value, attr=attr):
            head = _dotted(value)
            return None if head is None else f"{head}.{attr}"
    return None
