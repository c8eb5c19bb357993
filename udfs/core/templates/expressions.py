"""Pure: the expressions of a template, from Jinja2's tree to closures. A kind of node without a method here is refused."""

import inspect
import operator
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from jinja2 import nodes

from udfs.core.templates import filters
from udfs.core.templates.filters import FILTERS, TESTS, field, text
from udfs.core.templates.items import Items
from udfs.core.templates.run import ARITHMETIC, COMPARE, Code, Run, at, calculate, compare, within
from udfs.core.templates.slips import TESTS as TESTS_MEANT
from udfs.core.templates.slips import filter_meant, name_meant
from udfs.core.templates.trees import constant, meant, path_of, refused
from udfs.core.templates.unknown import InDoubt, in_doubt
from udfs.core.values.names import twins
from udfs.core.values.other_dates import as_pattern, day_of, is_strftime
from udfs.core.values.problems import did_you_mean

ROOTS = ("user", "event", "cart", "session", "group", "offer", "campaign", "features", "because")
_OBJECTS = frozenset({"user", "event", "group"})
MAX_NESTING = 40
_LOOP_FIELDS = ("index", "index0", "first", "last", "length")
_WHY: dict[type[nodes.Node], str] = {
    nodes.Call: "a template calls nothing but item(…) and recommend(…): there are filters, as in {{ cart.value | money }}",
    nodes.Pow: "'**' is not allowed in a template",
    nodes.Mod: "'%' is not allowed in a template",
    nodes.FloorDiv: "'//' is not allowed in a template: use / and the filter int",
    nodes.Dict: "a template makes no objects",
}
_CONDITIONS = (nodes.Compare, nodes.Not, nodes.And, nodes.Or, nodes.CondExpr)


class Expressions(Items):
    """Compiles expressions and notes the names they read; `scope` maps each loop variable to what it stands for."""

    def __init__(self) -> None:
        self.names: set[str] = set()
        self.bare: set[str] = set()
        """Of those the ones that are printed, whether there is a value or not."""
        self.doubts: list[InDoubt] = []
        self.depth = 0
        self._asked = 0
        self._guards: list[set[str]] = []

    def value(self, node: nodes.Node, scope: dict[str, str], *, whether: bool = False) -> Code:
        """Compile one expression, or (whether) one condition: True, False, or None where it is unknown. Raises TemplateError."""
        kind = type(node).__name__.lower()
        method: Callable[[Any, dict[str, str]], Code] | None = getattr(self, f"_{kind}_value", None)
        if whether:
            method = getattr(self, f"_{kind}_test", None) or method
        if type(node) in ARITHMETIC:
            method = self._arithmetic
        method = self.lookup(node) or method
        if method is None:
            raise refused(node, _WHY.get(type(node), f"'{type(node).__name__.lower()}' is not allowed in a template"))
        self.depth += 1
        if self.depth > MAX_NESTING:
            raise refused(node, "nested too deeply")
        path = path_of(node, scope)
        self.check_field(path, node)
        if path is not None and not path.startswith("loop"):
            self.names.add(path)
            if not self._asked and not any(path in guard or (path.startswith("offer.") and _of_offer(guard)) for guard in self._guards):
                self.bare.add(path)
        code = method(node, scope)
        self.depth -= 1
        return _is_there(code) if whether and not isinstance(node, _CONDITIONS) else code

    def asked(self, node: nodes.Node, scope: dict[str, str], *, whether: bool = False) -> tuple[Code, set[str]]:
        """Compile what is only asked about: whether a name has a value, say. Also the names that it reads."""
        before, self.names = self.names, set()
        self._asked += 1
        code = self.value(node, scope, whether=whether)
        self._asked -= 1
        read, self.names = self.names, before | self.names
        return code, read

    @contextmanager
    def guarded(self, names: set[str]) -> Iterator[None]:
        """Within it these names were asked about before."""
        self._guards.append(names)
        yield
        self._guards.pop()

    def _const_value(self, node: nodes.Const, scope: dict[str, str]) -> Code:
        constant = node.value
        return lambda run: constant

    def _name_value(self, node: nodes.Name, scope: dict[str, str]) -> Code:
        name = node.name
        if name not in ROOTS and name not in scope:
            known = [*ROOTS, *scope]
            raise refused(node, f"unknown name '{name}'", name_meant(name) or meant(name, known), name)
        return lambda run: run.names.get(name)

    def _getattr_value(self, node: nodes.Getattr, scope: dict[str, str]) -> Code:
        return self._field(node.node, node.attr, node, scope)

    def _getitem_value(self, node: nodes.Getitem, scope: dict[str, str]) -> Code:
        if isinstance(node.arg, nodes.Slice):
            return self._slice(node, node.arg, scope)
        name = constant(node.arg)
        if not isinstance(name, str | int):
            raise refused(node, "in brackets stands a plain text or a whole number")
        return self._field(node.node, name, node, scope)

    def _field(self, of: nodes.Node, name: str | int, node: nodes.Node, scope: dict[str, str]) -> Code:
        if isinstance(name, str) and name.startswith("_"):
            raise refused(node, f"'{name}': a name in a template does not start with _")
        if isinstance(of, nodes.Name) and of.name == "loop" and name not in _LOOP_FIELDS:
            raise refused(node, f"unknown 'loop.{name}': there are {', '.join(_LOOP_FIELDS)}", did_you_mean(str(name), _LOOP_FIELDS), f"loop.{name}")
        whole = self.value(of, scope)
        if isinstance(node, nodes.Getitem) and not (isinstance(of, nodes.Name) and of.name in _OBJECTS):
            return lambda run: field(whole(run), name)  # a key of a feature's answers, say, which is no name of a field
        others = twins(name) if isinstance(name, str) else ()
        return lambda run: field(whole(run), name, others)

    def _slice(self, node: nodes.Getitem, cut: nodes.Slice, scope: dict[str, str]) -> Code:
        bounds = [None if edge is None else constant(edge) for edge in (cut.start, cut.stop, cut.step)]
        if not all(isinstance(bound, int) for bound, edge in zip(bounds, (cut.start, cut.stop, cut.step), strict=True) if edge is not None):
            raise refused(node, "the bounds of a cut are whole numbers, as in cart.items[:3]")
        if bounds[2] == 0:
            raise refused(node, "a cut cannot go in steps of 0")
        whole, part = self.value(node.node, scope), slice(*bounds)

        def taken(run: Run) -> Any:
            found = whole(run)
            if not isinstance(found, str | list | tuple):
                return None
            run.spend(len(found) >> 4)
            return found[part]

        return at(node.lineno, taken)

    def note_doubts(self, test: nodes.Node, scope: dict[str, str], *, inline: bool) -> None:
        """Note what the condition compares that may be missing, unless an `if` around it asked."""
        found = in_doubt(test, lambda node: path_of(node, scope), inline=inline)
        self.doubts += [each for each in found if not any(each.name in guard for guard in self._guards)]

    def _condexpr_value(self, node: nodes.CondExpr, scope: dict[str, str], *, whether: bool = False) -> Code:
        self.note_doubts(node.test, scope, inline=node.expr2 is not None)
        test, names = self.asked(node.test, scope, whether=True)
        with self.guarded(names):
            then = self.value(node.expr1, scope, whether=whether)
        otherwise = self.value(node.expr2, scope, whether=whether) if node.expr2 else lambda run: None

        def chosen(run: Run) -> Any:
            met = test(run)
            return None if met is None else then(run) if met else otherwise(run)

        return chosen

    def _condexpr_test(self, node: nodes.CondExpr, scope: dict[str, str]) -> Code:
        return self._condexpr_value(node, scope, whether=True)

    def _and_value(self, node: nodes.And, scope: dict[str, str]) -> Code:
        if isinstance(node.left, _CONDITIONS) and isinstance(node.right, _CONDITIONS):
            return self._and_test(node, scope)
        left, names = self.asked(node.left, scope)
        with self.guarded(names):
            right = self.value(node.right, scope)
        return lambda run: left(run) and right(run)

    def _and_test(self, node: nodes.And, scope: dict[str, str]) -> Code:
        left, names = self.asked(node.left, scope, whether=True)
        with self.guarded(names):
            right = self.value(node.right, scope, whether=True)
        return lambda run: False if (first := left(run)) is False else False if (second := right(run)) is False else first and second

    def _or_value(self, node: nodes.Or, scope: dict[str, str]) -> Code:
        if isinstance(node.left, _CONDITIONS) and isinstance(node.right, _CONDITIONS):
            return self._or_test(node, scope)
        (left, _), right = self.asked(node.left, scope), self.value(node.right, scope)
        return lambda run: left(run) or right(run)

    def _or_test(self, node: nodes.Or, scope: dict[str, str]) -> Code:
        (left, _), right = self.asked(node.left, scope, whether=True), self.value(node.right, scope, whether=True)
        return lambda run: True if (first := left(run)) else True if (second := right(run)) else None if first is None else second

    def _not_value(self, node: nodes.Not, scope: dict[str, str]) -> Code:
        inner = self.value(node.node, scope, whether=True)
        return lambda run: None if (met := inner(run)) is None else not met

    def _neg_value(self, node: nodes.Neg, scope: dict[str, str]) -> Code:
        inner = self.value(node.node, scope)
        return at(node.lineno, lambda run: calculate(operator.sub, 0, inner(run)))

    def _arithmetic(self, node: nodes.BinExpr, scope: dict[str, str]) -> Code:
        if isinstance(node, nodes.Sub | nodes.Div) and isinstance(node.left, type(node)):
            parts = [constant(part) for part in (node.left.left, node.left.right, node.right)]
            if all(type(part) is int for part in parts) and (day := day_of(*parts)) is not None:
                raise refused(node, f"{node.operator.join(map(str, parts))} is a calculation, and no date", f"a date stands in quotes: {day}")
        for side in (node.left, node.right):
            text_or_list = isinstance(side, nodes.List | nodes.Tuple | nodes.Concat) or (
                isinstance(side, nodes.Const) and isinstance(side.value, str)
            )
            if text_or_list:
                raise refused(node, f"'{node.operator}' is for numbers: put texts together with ~")
        left, right, operation = self.value(node.left, scope), self.value(node.right, scope), ARITHMETIC[type(node)]
        return at(node.lineno, lambda run: calculate(operation, left(run), right(run)))

    def _concat_value(self, node: nodes.Concat, scope: dict[str, str]) -> Code:
        parts = [self.value(part, scope) for part in node.nodes]

        def together(run: Run) -> str:
            texts = [text(part(run)) for part in parts]
            run.spend(sum(map(len, texts)) >> 4)
            return "".join(texts)

        return at(node.lineno, together)

    def _list_value(self, node: nodes.List | nodes.Tuple, scope: dict[str, str]) -> Code:
        items = [self.value(item, scope) for item in node.items]
        return lambda run: [item(run) for item in items]

    _tuple_value = _list_value

    def _compare_value(self, node: nodes.Compare, scope: dict[str, str]) -> Code:
        if len(node.ops) != 1:
            raise refused(node, "one comparison at a time: use `and`")
        sides = (node.expr, node.ops[0].expr)
        op, (left, right) = node.ops[0].op, (self.value(side, scope) for side in sides)
        if op in {"eq", "ne"} and any(isinstance(side, nodes.Const) and side.value is None for side in sides):
            return lambda run: ((left(run) is None) is (right(run) is None)) is (op == "eq")
        if op in COMPARE:
            operation = COMPARE[op]
            return at(node.lineno, lambda run: compare(operation, left(run), right(run)))
        wanted = op == "in"
        return at(node.lineno, lambda run: None if (found := within(run, left(run), right(run))) is None else found is wanted)

    def _test_value(self, node: nodes.Test, scope: dict[str, str]) -> Code:
        if node.name not in TESTS:
            raise refused(
                node,
                f"unknown test '{node.name}'",
                f"write is {TESTS_MEANT[node.name]}" if node.name in TESTS_MEANT else meant(node.name, TESTS),
                node.name,
            )
        if node.args or node.kwargs or node.dyn_args or node.dyn_kwargs:
            raise refused(node, f"the test '{node.name}' takes nothing")
        test, (value, _) = TESTS[node.name], self.asked(node.node, scope)
        return at(node.lineno, lambda run: test(value(run)))

    def _filter_value(self, node: nodes.Filter, scope: dict[str, str]) -> Code:
        if node.node is None or node.dyn_args or node.dyn_kwargs:
            raise refused(node, "a filter stands behind a value: {{ cart.value | money }}")
        if node.name not in FILTERS:
            raise refused(node, f"unknown filter '{node.name}'", filter_meant(node.name) or meant(node.name, FILTERS), node.name)
        apply = FILTERS[node.name]
        value = self.asked(node.node, scope)[0] if apply is filters.default and node.args else self.value(node.node, scope)
        args = [self.value(arg, scope) for arg in node.args]
        kwargs = {str(pair.key): self.value(pair.value, scope) for pair in node.kwargs}
        limited = apply is filters.join
        localised = apply in filters.LOCALISED
        passed = apply is filters.default  # the one filter that has something to say about a missing value
        try:
            inspect.signature(apply).bind(None, *args, **kwargs, **dict.fromkeys(["spend"] if limited else []))
        except TypeError as e:
            raise refused(node, f"filter '{node.name}': {e}") from e

        style = constant(node.args[0]) if node.name == "date" and node.args else None
        if isinstance(style, str) and is_strftime(style):
            raise refused(node, f"{style!r} writes no date", f'a date is written in letters: write date("{as_pattern(style)}")', style)

        def filtered(run: Run) -> Any:
            found = value(run)
            if found is None and not passed:
                return None
            run.spend(1 + (len(found) >> 4) if isinstance(found, str) else 1)
            given: dict[str, Any] = {name: arg(run) for name, arg in kwargs.items()}
            if limited:
                given["spend"] = run.spend
            if localised:
                given["local"] = run.local
            return apply(found, *(arg(run) for arg in args), **given)

        return at(node.lineno, filtered)


def _is_there(code: Code) -> Code:
    """A value alone as a condition asks whether there is one, which is always known."""
    return lambda run: bool(code(run))


def _of_offer(names: set[str]) -> bool:
    """Whether it is asked for anything of the offer: then there is one."""
    return any(name.startswith("offer.") for name in names)
