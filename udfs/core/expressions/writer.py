"""Writes the Python of an expression from its checked tree, node by node. A kind of node without a case here is refused."""

import ast

from udfs.core.expressions import intents, items, recommends, times
from udfs.core.expressions.error import ExpressionError
from udfs.core.expressions.fields import code_of
from udfs.core.expressions.listing import Lists
from udfs.core.expressions.notes import CONSTANTS, Notes, blank, dotted
from udfs.core.expressions.operators import ARITHMETIC, COMPARE, FUNCTIONS, WORDS, is_number, ordered
from udfs.core.expressions.slips import METHODS, meant, usual_slip
from udfs.core.expressions.vocabulary import Vocabulary
from udfs.core.values.other_dates import day_of
from udfs.core.values.problems import did_you_mean

DEEPEST = 40


class Writer(Lists):
    """Walks a checked tree and writes the Python of it."""

    def __init__(self, vocabulary: Vocabulary, shift: int, source: str) -> None:
        super().__init__()
        self.vocabulary, self.shift, self.source = vocabulary, shift, source
        self.names: set[str] = set()
        self.span = 0
        self.exact = False
        self.notes = Notes(vocabulary, shift)

    def refuse(self, node: ast.AST, message: str, hint: str | None = None) -> ExpressionError:
        """The error for a node that cannot be taken."""
        return ExpressionError(message, offset=self._offset(node), hint=hint)

    def _offset(self, node: ast.AST) -> int:
        return getattr(node, "col_offset", 0) + self.shift

    def condition(self, node: ast.expr, *, negated: bool, depth: int) -> str:
        """Code whose value is True, False or None.

        Once negations are at the leaves, Python's `and` and `or` are right about whether it is met, but may call false what is unknown. Where
        that matters (for items, in the condition of an inline `if`, and where the answer is a value) they are written out.
        """
        self._check_depth(node, depth)
        match node:
            case ast.BoolOp(op=op, values=values):
                every = isinstance(op, ast.And) is not negated
                parts = [self.condition(v, negated=negated, depth=depth + 1) for v in values]
                if self.items or self.exact:
                    return _exactly(parts, every=every)
                return "(" + (" and " if every else " or ").join(parts) + ")"
            case ast.UnaryOp(op=ast.Not(), operand=operand):
                return self.condition(operand, negated=not negated, depth=depth + 1)
            case ast.Compare():
                return self._compare(node, negated=negated, depth=depth)
            case ast.IfExp(test=test, body=body, orelse=orelse):
                return self._chosen(test, *(self.condition(arm, negated=negated, depth=depth + 1) for arm in (body, orelse)), depth=depth)
            case ast.Call(func=ast.Name(id=("any" | "all") as name)):
                return self.some(node, name, negated=negated, depth=depth)
            case ast.Constant(value=str() | int() | float() as value) if not isinstance(value, bool):
                self.notes.mistake(f"{value!r} alone is no condition: it is always met", _ALONE, node)
            case ast.Tuple(elts=[_, *_] as members):
                hint = "write and for the comma" if len(members) > 1 and isinstance(members[1], ast.Compare) else _COMMA
                self.notes.mistake("a comma makes a list of it, which is always met", hint, members[-1])
        if negated and isinstance(node, (ast.Name, ast.Attribute, ast.Subscript)):
            self._doubt(node, node, "false")
        return f"{'untruth' if negated else 'truth'}({self.value(node, depth=depth + 1)})"

    def _compare(self, node: ast.Compare, *, negated: bool, depth: int) -> str:
        left, parts = node.left, []
        for op, right in zip(node.ops, node.comparators, strict=True):
            if isinstance(op, (ast.Is, ast.IsNot)) or _is_none(right):
                if not _is_none(right) or not isinstance(op, (ast.Is, ast.IsNot, ast.Eq, ast.NotEq)):
                    hint = usual_slip(self.source) or "write user.vip == true, or user.vip alone"
                    raise self.refuse(node, "compare values with == or !=", hint)
                positive = isinstance(op, (ast.Is, ast.Eq)) is not negated
                self.notes.asks_for_null(left)
                parts.append(f"({self.value(left, depth=depth + 1)} {'is' if positive else 'is not'} None)")
            else:
                helper = COMPARE[type(op)][negated]
                if negated or isinstance(op, (ast.NotEq, ast.NotIn)):
                    self._doubt(left, node, blank(right))
                    self._doubt(right, node, blank(left))
                self.notes.quoted(left, op, right)
                if isinstance(op, times.ORDERING) and (times.is_time(left) or times.is_time(right)):
                    parts.append(f"{helper}({self._time(left, depth)}, {self._time(right, depth)})")
                elif isinstance(op, times.ORDERING) and is_number(right) and not self.items:
                    parts.append(ordered(helper, self._operand(left, depth), self._operand(right, depth)))
                else:
                    parts.append(f"{helper}({self._operand(left, depth)}, {self._operand(right, depth)})")
            left = right
        if (self.items or self.exact) and len(parts) > 1:
            return _exactly(parts, every=not negated)
        return parts[0] if len(parts) == 1 else "(" + (" or " if negated else " and ").join(parts) + ")"

    def _operand(self, node: ast.expr, depth: int) -> str:
        """One side of a comparison. A bare word that nobody knows is a text without its quotes."""
        if isinstance(node, ast.Name) and not self.items and self.vocabulary.read(node.id) is None and node.id.lower() not in CONSTANTS:
            if node.id.lower() in _DAYS:
                raise self.refuse(node, self.vocabulary.refusal(node.id), _A_DAY)
            near = did_you_mean(node.id, [name for name in self.vocabulary.known() if "." not in name])
            feature = " and a feature is declared in features.yaml first" if "_" in node.id else ""
            hint = self.vocabulary.cure(node.id) or near or f'a text stands in quotes: "{node.id}"{feature}'
            raise self.refuse(node, self.vocabulary.refusal(node.id), hint)
        return self.value(node, depth=depth + 1)

    def _time(self, node: ast.expr, depth: int) -> str:
        """One side of what is compared with, or taken from, a point in time."""
        match node:
            case ast.Constant(value=str() as text) if (at := times.written(text)) is not None:
                return repr(at)
            case ast.Call(args=[first, second]) if times.may_be_told(node):
                return f"fallback({self._time(first, depth + 1)}, {self._time(second, depth + 1)})"
            case _ if (
                times.may_be_told(node) or items.is_lookup(node) or (self.items and (name := dotted(node)) is not None and self.is_of_item(name))
            ):
                return f"instant({self.value(node, depth=depth + 1)})"
        return self._operand(node, depth)

    def value(self, node: ast.expr, *, depth: int) -> str:
        """Code whose value is the expression's, None when unknown."""
        self._check_depth(node, depth)
        match node:
            case ast.Constant(value=value) if value is None or isinstance(value, (bool, int, float, str)):
                if (isinstance(value, float) and not abs(value) < 1e300) or (isinstance(value, int) and abs(value) > 2**63):
                    raise self.refuse(node, "a number this large is not usable")
                if isinstance(value, str) and any("\ud800" <= character <= "\udfff" for character in value):
                    raise self.refuse(node, "half a character (\\ud800 to \\udfff) is not a text: write the character itself")
                return repr(value)
            case ast.Tuple(elts=members) | ast.List(elts=members):
                return "(" + "".join(self._operand(member, depth) + ", " for member in members) + ")"
            case ast.BinOp(left=ast.BinOp()) if (day := _day(node)) is not None:
                raise self.refuse(node, f"{ast.unparse(node).replace(' ', '')} is a calculation, and no date", f"a date stands in quotes: {day}")
            case ast.BinOp(op=ast.Sub(), left=ast.Attribute() as left, right=ast.Name(id=rest)) if self._is_hyphened(left, rest):
                raise self.refuse(node, f"unknown name {rest!r}", f"a minus ends a name: write {_bracketed(left, rest)}")
            case ast.BinOp(op=ast.Sub(), left=left, right=right) if times.is_time(left) or times.is_time(right):
                return f"sub({self._time(left, depth)}, {self._time(right, depth)})"
            case ast.BinOp(op=op, left=left, right=right) if type(op) in ARITHMETIC:
                return f"{ARITHMETIC[type(op)]}({self.value(left, depth=depth + 1)}, {self.value(right, depth=depth + 1)})"
            case ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=int() | float() as number)):
                return repr(-number)
            case ast.UnaryOp(op=ast.USub(), operand=operand):
                return f"neg({self.value(operand, depth=depth + 1)})"
            case ast.IfExp(test=test, body=body, orelse=orelse):
                return self._chosen(test, self.value(body, depth=depth + 1), self.value(orelse, depth=depth + 1), depth=depth)
            case ast.BoolOp() | ast.Compare() | ast.UnaryOp(op=ast.Not()):
                return self._exact_condition(node, depth=depth + 1)
            case ast.Call() | ast.Attribute() | ast.Subscript() if items.is_lookup(node):
                return items.looked_up(self, node, depth=depth)
            case ast.Call() if recommends.is_list(node):
                return recommends.written(self, node, depth=depth)
            case ast.Call():
                return self._call(node, depth=depth)
            case ast.Subscript():
                return self.bracketed(node, depth=depth)
            case ast.Name() | ast.Attribute():
                return self.name(node, depth=depth)
        kind = type(node.op).__name__ if isinstance(node, (ast.BinOp, ast.UnaryOp)) else type(node).__name__
        of_lists = "ask the things of a list with any(event.products, price > 9)" if kind.endswith(("Comp", "Exp")) else None
        raise self.refuse(node, f"{WORDS.get(kind, kind)} is not part of the language of conditions", usual_slip(self.source) or of_lists)

    def _chosen(self, test: ast.expr, yes: str, no: str, *, depth: int) -> str:
        """Code of an inline `if`: unknown where its condition is."""
        if not self.items:
            self.notes.decides(test)
        return f"({yes} if (c := {self._exact_condition(test, depth=depth + 1)}) else None if c is None else {no})"

    def _exact_condition(self, node: ast.expr, *, depth: int) -> str:
        """Code of a condition in which unknown and false are distinguished."""
        before, self.exact = self.exact, True
        code = self.condition(node, negated=False, depth=depth)
        self.exact = before
        return code

    def name(self, node: ast.expr, *, depth: int) -> str:
        """Code that reads a name: of the item in a list function, else one of the vocabulary."""
        name = dotted(node)
        if name is None:
            if isinstance(node, ast.Attribute) and _ends_in_brackets(node.value):
                return code_of(self.value(node.value, depth=depth + 1), [node.attr])
            raise self.refuse(node, "a name is written like cart.value")
        if name.lower() in CONSTANTS:
            return repr(CONSTANTS[name.lower()])
        if self.items and self.is_of_item(name):
            return self.of_item(name)
        code = self.read(node, name)
        return f"brief({code})" if self.items else code

    def read(self, node: ast.expr, name: str) -> str:
        """Code that reads a name of the vocabulary."""
        code = self.vocabulary.read(name)
        if code is None:
            hint = self.vocabulary.cure(name) or meant(name) or self._in_small_letters(name)
            hint = hint or did_you_mean(name, self.vocabulary.known()) or self._told(name)
            raise self.refuse(node, self.vocabulary.refusal(name), hint)
        self.names.add(name)
        self.span = max(self.span, self.vocabulary.span(name))
        return code

    def _in_small_letters(self, name: str) -> str | None:
        """`User.country` is nothing that is known, but for its capital."""
        plain = name.lower()
        return f"did you mean {plain!r}?" if plain != name and self.vocabulary.read(plain) is not None else None

    def _call(self, node: ast.Call, *, depth: int) -> str:
        name = node.func.id if isinstance(node.func, ast.Name) else dotted(node.func) or "this"
        if node.keywords or any(isinstance(argument, ast.Starred) for argument in node.args):
            raise self.refuse(node, f"{name}() takes plain arguments only")
        if name in {"any", "all"}:
            return self.some(node, name, negated=False, depth=depth)
        if self.is_over_list(name, node):
            return self.figure(node, name, depth=depth)
        if name == intents.CALL:
            return intents.asked(self, node, depth=depth)
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
            known = [*FUNCTIONS, "any", "all", "count", "sum", *([intents.CALL] if self.vocabulary.intents else []), *self.vocabulary.functions]
            raise self.refuse(node, f"there is no function {name}()", METHODS.get(name.rpartition(".")[2].lower()) or did_you_mean(name, known))
        helper, fewest, most = FUNCTIONS[name]
        if not fewest <= len(node.args) <= most:
            raise self.refuse(node, f"{name}() takes {fewest}{f' to {most}' if most > fewest else ''} arguments")
        if name == "len":
            return f"{helper}({self.listed(node.args[0], depth=depth + 1)})"
        return f"{helper}({', '.join(self.value(argument, depth=depth + 1) for argument in node.args)})"

    def _told(self, name: str) -> str | None:
        """A bare name that nobody knows is that of a property or a trait, maybe."""
        roots = {"event": "a property of the event", "user": "a trait of the customer"}
        said = [f"{root}.{name} for {what}" for root, what in roots.items() if self.vocabulary.read(f"{root}.{name}") is not None]
        return f"write {', or '.join(said)}" if said and "." not in name else None

    def _is_hyphened(self, left: ast.expr, rest: str) -> bool:
        """Whether a difference is a name with a hyphen: `user.first-name`."""
        return times.may_be_told(left) and self.vocabulary.read(rest) is None and not (self.items and self.is_of_item(rest))

    def _doubt(self, node: ast.expr, place: ast.expr, otherwise: str) -> None:
        if not self.items:
            self.notes.negated(node, place, otherwise)

    def _check_depth(self, node: ast.expr, depth: int) -> None:
        if depth > DEEPEST:
            raise self.refuse(node, f"nested more than {DEEPEST} deep: split it into features")


_ALONE = (
    'name again what is compared, as in user.country == "DE" or user.country == "AT", or write user.country in ["DE", "AT"]; '
    'for what is missing: default(user.country, "DE")'
)
_A_DAY = "compare a date with now, as in user.trial_ends > now, or with one in quotes; what happens on the day itself has {date: user.trial_ends}"
_DAYS = frozenset({"today", "yesterday", "tomorrow"})
_COMMA = "write a number without commas, such as 1000 or 99.5"


def _exactly(parts: list[str], *, every: bool) -> str:
    """Code of `and` (every) or `or` of three values; the rest is not asked once the answer is known."""
    *before, code = parts
    settled, helper = ("False", "both") if every else ("True", "either")
    for part in reversed(before):
        code = f"({settled} if (c := {part}) is {settled} else {helper}(c, {code}))"
    return code


def _day(node: ast.BinOp) -> str | None:
    """The date that a calculation is when it is read as one: `2026-12-15`, `15/12/2026`."""
    match node:
        case ast.BinOp(
            left=ast.BinOp(left=ast.Constant(value=int() as first), op=inner, right=ast.Constant(value=int() as second)),
            op=outer,
            right=ast.Constant(value=int() as third),
        ) if type(inner) is type(outer) and isinstance(outer, (ast.Sub, ast.Div)):
            return day_of(first, second, third)
    return None


def _bracketed(left: ast.expr, rest: str) -> str:
    root, _, name = (dotted(left) or "").partition(".")
    return f'{root}["{name}-{rest}"]'


def _is_none(node: ast.expr) -> bool:
    match node:
        case ast.Constant(value=None):
            return True
        case ast.Name(id=name):
            return name.lower() in {"none", "null"}
    return False


def _ends_in_brackets(node: ast.expr) -> bool:
    while isinstance(node, ast.Attribute):
        node = node.value
    return isinstance(node, ast.Subscript)
